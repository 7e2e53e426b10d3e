import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Runs the source of a module in another Node process, where 'depthwise-wasm' is this package, and returns its output. Throws if the
 * source throws.
 *
 * @param {string} source
 * @param {{ nodeArguments?: string[], engine?: 'simd' | 'relaxed-simd', timeout?: number }} options engine: the variant that its engine runs.
 *   Default: as in this process. timeout: the milliseconds after which the process is ended. Default: none
 */
export function runInChild(source, { nodeArguments = [], engine, timeout } = {}) {
  const asEngine = engine ? [`--import=./tests/as-${engine}.js`] : process.execArgv;
  const args = [...asEngine, ...nodeArguments, '--input-type=module', '--eval', source];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: projectRoot, encoding: 'utf8', timeout });
  if (status !== 0) throw new Error(`the child process ended with ${status}:\n${stderr}`);
  return stdout;
}
