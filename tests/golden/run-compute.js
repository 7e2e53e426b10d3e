import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { projectRoot } from '../../scripts/project-root.js';

/**
 * Returns the hashes that compute.js prints in a runtime.
 *
 * @param {string[]} [command] the runtime and its arguments. Default: this Node
 * @returns {Promise<Record<string, string>>}
 */
export async function runCompute([program, ...args] = [process.execPath]) {
  const { stdout } = await promisify(execFile)(program, [...args, 'tests/golden/compute.js'], { cwd: projectRoot });
  return JSON.parse(stdout);
}
