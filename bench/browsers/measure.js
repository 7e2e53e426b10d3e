import { getThreadsCount, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { limitCandidates, limitOf, loadLimitsModule, workOf } from '../limits/limits.js';
import { passesOf } from '../shared/depthwise.js';
import { tolerance } from '../shared/measure.js';
import { differenceFrom, randomValues, reference } from '../shared/reference.js';

// The part of npm run bench -- --browsers that runs inside an engine (start.js). Clocks of browsers are coarse, so a sample is the mean of the calls of a
// turn. A time is the fastest sample: an engine replaces its code while it runs, and other programs only make samples slower.

const WARM_UP_MS = 100;
/** As in shared/measure.js, and at least so many steps of the clock. */
const MIN_TURN_MS = 4;
const STEPS_PER_TURN = 50;
const MIN_ROUNDS = 10;

/**
 * Loads everything that is measured. Returns { about, measureRow }.
 *
 * @param {object} place
 * @param {string} place.packagePath the path of js/index.js, or of its variant for Node
 * @param {string} place.tfjsPath where the wasm files of tfjs are
 * @param {(path: string) => Promise<BufferSource>} place.read reads a file of this repository
 * @param {number} [place.threads] how many threads both packages use
 */
export async function prepareEngine({ packagePath, tfjsPath, read, threads = 1 }) {
  // Only pages that are isolated have fine clocks, and there both packages would use threads.
  if (threads === 1) tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths(tfjsPath);
  setThreadsCount(threads);
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs could not start its wasm backend');
  if (getThreadsCount() !== threads) throw new Error(`tfjs uses ${getThreadsCount()} instead of ${threads} threads`);
  const modules = [];
  for (const variant of ['simd', 'relaxed-simd']) {
    const { load } = await import(`${packagePath}?${variant}`); // a copy, because `load` loads once
    modules.push(await load({ variant, threads }).catch(() => undefined)); // the engine may not support relaxed SIMD
  }
  const own = modules.filter(Boolean);
  const limits = await loadLimitsModule(await read('build/wasm/bench/limits.wasm'));
  const clock = clockStep();
  return {
    about: async () => ({ variants: own.map(({ variant }) => variant), clock, tfjs: tf.version_core }),
    /** Measures the passes of a row. Returns { limits: { arithmetic, copy }, times: { [pass]: { [backend]: milliseconds } } }. */
    measureRow: (layer, passes, seconds) =>
      measureRow(layer, passes, { own, limits, seconds, turn: turnLength(clock) }),
  };
}

/** Returns the smallest step of the clock, in milliseconds. */
export function clockStep(now = () => performance.now()) {
  const steps = Array.from({ length: 10 }, () => {
    const start = now();
    let end = start;
    while (end === start) end = now();
    return end - start;
  });
  return Math.min(...steps);
}

/** Returns how long the turn of a candidate takes. */
export function turnLength(step) {
  return Math.max(MIN_TURN_MS, STEPS_PER_TURN * step);
}

async function measureRow(layer, passes, { own, limits, seconds, turn }) {
  const values = randomValues(layer);
  const right = Object.fromEntries(passes.map((pass) => [pass, reference(layer, pass, values)]));
  const tensors = Object.values(values).map(({ data, shape }) => tf.tensor(data, shape));
  const theirs = Object.fromEntries(Object.keys(values).map((name, i) => [name, tensors[i]]));
  const ours = own.map((dw) => {
    const named = Object.entries(values).map(([name, { data, shape }]) => [name, dw.tensor(data, shape)]);
    return { dw, tensors: Object.fromEntries(named) };
  });
  const limitsOfRow = limitCandidates(limits, workOf(layer, 'forward')); // the work is equal in all passes
  const candidates = [
    ...limitsOfRow,
    ...(right.forward
      ? [{ id: 'forward tfjs-wasm', run: tfjsForward(layer, theirs), right: right.forward, isPeer: true }]
      : []),
    ...ours.flatMap(({ dw, tensors: named }) => {
      const calls = passesOf(dw, layer, named);
      return passes.map((pass) => ({ id: `${pass} ${dw.variant}`, run: calls[pass], right: right[pass] }));
    }),
  ];
  const times = await fastest(candidates.filter(isRight), { seconds, turn });
  tf.dispose(tensors);
  for (const { tensors: named } of ours) Object.values(named).forEach((tensor) => tensor.dispose());
  const results = Object.fromEntries(times.map(({ id, milliseconds }) => [id, { status: 'ok', milliseconds }]));
  const { limits: scaled } = limitOf(limitsOfRow, results);
  const least = (wanted) =>
    Math.min(...limitsOfRow.filter(({ kind }) => kind === wanted).map(({ id }) => scaled[id].milliseconds));
  const timesOf = (pass) =>
    times.filter(({ id }) => id.startsWith(`${pass} `)).map(({ id, milliseconds }) => [id.split(' ')[1], milliseconds]);
  return {
    limits: { arithmetic: least('arithmetic'), copy: least('copy') },
    times: Object.fromEntries(passes.map((pass) => [pass, Object.fromEntries(timesOf(pass))])),
  };
}

function tfjsForward({ strides, dilations, pad }, { x, filter }) {
  const attrs = { strides, dilations, pad, dataFormat: 'NHWC', dimRoundingMode: null };
  return () => tf.engine().runKernel('DepthwiseConv2dNative', { x, filter }, attrs);
}

/** Returns whether the first result is right. A wrong result of this package or of a limit is an error. */
function isRight({ id, run, right, isPeer }) {
  const result = run();
  const difference = differenceFrom(right, result.shape, result.dataSync());
  result.dispose();
  if (difference <= tolerance) return true;
  if (isPeer) return false;
  throw new Error(`${id} is wrong, it differs by ${difference}`);
}

/**
 * Returns the time of the fastest turn of each candidate, per call. The candidates take turns for some seconds, longer on a busy machine: the number of rounds
 * is that of an idle machine.
 */
async function fastest(candidates, { seconds, turn }) {
  const measured = candidates.map(({ id, run }) => ({ id, run, calls: 1, milliseconds: Infinity }));
  let round = 0;
  for (const candidate of measured) {
    for (const end = performance.now() + WARM_UP_MS; performance.now() < end;) takeTurn(candidate, turn);
    round += Math.min(candidate.milliseconds, WARM_UP_MS) + turn; // a turn, and the call before it
    candidate.milliseconds = Infinity;
  }
  const rounds = Math.max(MIN_ROUNDS, (seconds * 1000 - measured.length * WARM_UP_MS) / round);
  for (let done = 0; done < rounds; ++done) {
    for (const candidate of measured) takeTurn(candidate, turn);
    await new Promise((resolve) => setTimeout(resolve)); // the engine compiles, and the page stays responsive
  }
  return measured;
}

function takeTurn(candidate, turn) {
  const { run, calls } = candidate;
  run().dispose(); // brings the data back into the caches, where a program finds it that calls only this
  const start = performance.now();
  for (let i = 0; i < calls; ++i) run().dispose();
  const elapsed = performance.now() - start;
  if (elapsed >= turn / 2) candidate.milliseconds = Math.min(candidate.milliseconds, elapsed / calls);
  // The engine may have faster code now, the turn may be too short for the clock, or another program may have interrupted it.
  const wanted = elapsed < turn / 8 ? 2 * calls : (calls * turn) / elapsed;
  candidate.calls = Math.max(1, Math.round(Math.max(wanted, calls / 2)));
}
