import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { run, step, upToDate } from '../steps.js';

/**
 * Installs what the package-lock.json of a folder of the project says, unless its node_modules was made from that same lock file.
 */
export async function installNodeModules(folder = '.') {
  const root = join(projectRoot, folder);
  await step(folder === '.' ? 'Node packages' : `Node packages of ${folder}/`, async () => {
    const lock = readFileSync(join(root, 'package-lock.json'));
    const hash = createHash('sha256').update(lock).digest('hex');
    // A hash and not times: git gives every file of a fresh checkout the time of the checkout.
    const stamp = join(root, 'node_modules/.package-lock.sha256');
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return upToDate;
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
    await writeFile(stamp, hash);
  });
}
