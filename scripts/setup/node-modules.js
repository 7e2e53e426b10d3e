import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../project-root.js';

/**
 * Runs `npm ci` in a folder of the project, unless node_modules already matches package-lock.json. Uses no package, because scripts/main.js
 * calls it before the packages are installed. Returns whether it installed something.
 *
 * @param {string} folder
 * @param {{ onInstall?: () => void }} [options]
 */
export async function installNodeModules(folder, { onInstall } = {}) {
  const root = join(projectRoot, folder);
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  // A hash, because git gives all files of a fresh clone the same time.
  const stamp = join(root, 'node_modules/.package-lock.sha256');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return false;
  onInstall?.();
  await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
  writeFileSync(stamp, hash);
  return true;
}
