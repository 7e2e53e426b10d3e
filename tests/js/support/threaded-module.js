import { setImmediate } from 'node:timers/promises';

import createModule from '../../../dist/depthwise.node.js';
import { makeLoad } from '../../../js/load.js';
import { Judge } from '../../../js/threads/judge.js';
import { Pool } from '../../../js/threads/pool.js';
import { wasmBytes, wasmUrls } from './another-module.js';
import { valuesFor } from './problem.js';

/** Workers need a fraction of a second to start, on a busy machine more. */
const START_MILLISECONDS = 30_000;

// All loops that consist of several parts are divided, also on a busy machine and if workers sleep.
Judge.prototype.wantsThreads = () => true;
const ENOUGH_MICROSECONDS = 1000;

/** Counts the jobs that pools run. */
export const jobs = { run: 0 };
const { run } = Pool.prototype;
Pool.prototype.run = function (compute, job) {
  const isRun = run.call(this, compute, { ...job, microseconds: ENOUGH_MICROSECONDS });
  if (isRun) ++jobs.run;
  return isRun;
};

const fetchBytes = (url) => wasmBytes(url === wasmUrls.simd ? 'simd' : 'relaxed-simd');

/**
 * Returns a `load` that was not called before, in an environment with other threads than Node.
 *
 * @param {object} [threads] members of the environment that differ from those of Node
 */
export function loadWithThreads(threads) {
  const importStart = () => import('../../../js/threads/index.node.js');
  return makeLoad({ createModule, wasmUrls, fetchBytes, threads: { processors: () => 1, importStart, ...threads } });
}

const [X, FILTER] = [valuesFor([1, 56, 56, 64]), valuesFor([3, 3, 64, 1])];

/** Computes a convolution that is large enough for several threads. Returns the values. */
export function computeLarge(dw) {
  const y = dw.depthwiseConv2d(X, FILTER, 1, 'same');
  const data = y.dataSync();
  y.dispose();
  return { data };
}

/** Computes until a condition holds. Returns whether it does. */
export async function computeUntil(dw, condition) {
  for (const end = Date.now() + START_MILLISECONDS; !condition() && Date.now() < end;) {
    computeLarge(dw);
    await setImmediate(); // workers report that they are ready
  }
  return condition();
}

/** Returns a module whose workers run. */
export async function startThreaded(threads, options) {
  const dw = await loadWithThreads()({ threads, ...options });
  const before = jobs.run;
  if (!(await computeUntil(dw, () => jobs.run > before))) throw new Error(`no worker runs: ${dw.threads.reason}`);
  return dw;
}
