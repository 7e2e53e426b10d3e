import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { run, step, upToDate } from '../steps.js';

/** Installs what package-lock.json says, unless node_modules was made from that same lock file. */
export async function installNodeModules() {
  await step('Node packages', async () => {
    const lock = readFileSync(join(projectRoot, 'package-lock.json'));
    const hash = createHash('sha256').update(lock).digest('hex');
    // A hash and not times: git gives every file of a fresh checkout the time of the checkout.
    const stamp = join(projectRoot, 'node_modules/.package-lock.sha256');
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return upToDate;
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: projectRoot });
    await writeFile(stamp, hash);
  });
}
