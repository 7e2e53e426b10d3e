import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bundleSuite } from './bundle.js';

const MOST_MILLISECONDS = 5 * 60 * 1000;

let bundled;

/**
 * Runs tfjs's suite on its wasm backend, in another process.
 *
 * @param {{ plain?: boolean, leakCheck?: boolean }} [options] `plain`: without our kernels; `leakCheck`: tfjs looks for leaked
 *   tensors after each kernel
 * @returns {Promise<{ specs: { spec: string, passed: boolean, message?: string }[], calls: Record<string, number> }>}
 */
export async function runSuite({ plain = false, leakCheck = false } = {}) {
  const bundle = await (bundled ??= bundleSuite());
  const child = fork(
    fileURLToPath(new URL('child.js', import.meta.url)),
    [JSON.stringify({ bundle, plain, leakCheck })],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'], // the suite writes a lot
      execArgv: process.execArgv.filter((argument) => argument.startsWith('--import=./tests/as-')), // not the test runner's
      timeout: MOST_MILLISECONDS,
    },
  );
  let report;
  let talk = '';
  child.on('message', (message) => (report = message));
  child.stderr.setEncoding('utf8').on('data', (text) => (talk = (talk + text).slice(-10000)));
  const outcome = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  if (outcome !== 0 || !report) throw new Error(`tfjs's suite ended with ${outcome}:\n${talk}`);
  return report;
}
