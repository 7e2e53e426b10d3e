import { differenceFrom } from '../../../bench/shared/reference.js';
import { TOLERANCE } from './report.js';

// Measures one pass of a layer on several backends with a clock that can be coarse. All times are in milliseconds.
//
// A sample is the time of several calls, divided by their number. The candidates take turns, one sample each, so that all of them meet the
// same disturbances of the machine.

/** Warm-up time. JavaScript engines replace the code of their first compiler after a while. */
const WARM_UP = 120;
/** The page makes a call of this length only once. */
const LONG_CALL = 1000;
/** More samples would not change the median. */
const MAX_SAMPLES = 250;

/** A sample spans at least this number of clock steps, so that the error of the clock is a few percent of one sample. */
const STEPS_PER_SAMPLE = 25;
/** Limits of a sample: longer than the disturbances of one call, shorter than the time between disturbances of the machine. */
const MIN_SAMPLE = 10;
const MAX_SAMPLE = 250;
/** The number of calls of a sample grows at most by this factor from one sample to the next. */
const MAX_GROWTH = 10;

/**
 * Returns the smallest observed step of a clock. Browsers limit the resolution of their clock for security, to between 5 µs and 1 ms.
 *
 * @param {() => number} now
 */
export function clockStep(now = () => performance.now()) {
  let smallest = Infinity;
  for (let i = 0; i < 10; ++i) {
    const start = now();
    let end = start;
    while (end === start) end = now();
    smallest = Math.min(smallest, end - start);
  }
  return smallest;
}

/** Returns the minimum length of a sample. @param {number} step of the clock */
export function sampleLength(step) {
  return Math.min(Math.max(MIN_SAMPLE, STEPS_PER_SAMPLE * step), MAX_SAMPLE);
}

/**
 * Returns the median and the quartiles, with linear interpolation between two values.
 *
 * @param {number[]} values at least one
 */
export function quartilesOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { lower: quantile(sorted, 0.25), median: quantile(sorted, 0.5), upper: quantile(sorted, 0.75) };
}

function quantile(sorted, fraction) {
  const position = fraction * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
}

/**
 * A result of a kernel call. GPUs need time until the values can be read: their results have `read`.
 *
 * @typedef {{ shape: readonly number[], read?: () => Promise<Float32Array>, dataSync: () => Float32Array, dispose: () => void }} Result
 */

/**
 * Wraps a kernel call with timing.
 *
 * @param {() => Result} run makes one call
 * @param {object} [options]
 * @param {() => number} [options.now]
 * @param {() => unknown} [options.finish] waits until the device has finished all calls: a GPU computes after the call returns
 */
export function timedCall(run, { now = () => performance.now(), finish = () => {} } = {}) {
  return {
    /** Makes the first call. Returns its time and its result. */
    async first() {
      const start = now();
      const result = run();
      await finish();
      const elapsed = now() - start;
      const { shape } = result;
      const data = result.read ? await result.read() : result.dataSync();
      result.dispose();
      return { elapsed, shape, data };
    },
    /** Makes calls for this time, at least one. @param {number} time */
    async warmUp(time) {
      let calls = 0;
      let elapsed = 0;
      const start = now();
      while (elapsed < time) {
        run().dispose();
        await finish();
        ++calls;
        elapsed = now() - start;
      }
      return { calls, elapsed };
    },
    /** Returns the mean time of some calls. One call before them brings the data back into the caches. @param {number} calls */
    async sample(calls) {
      if (calls > 1) run().dispose();
      await finish();
      const start = now();
      for (let i = 0; i < calls; ++i) run().dispose();
      await finish();
      return (now() - start) / calls;
    },
  };
}

/**
 * Measures one pass of all candidates: checks each result, warms up, then takes samples in turn until each candidate has used its time. A
 * slow candidate finishes early, and the rest continue.
 *
 * @param {{ id: string, call?: TimedCall, problem?: string }[]} candidates `call` is missing when the backend has no
 *   such kernel; `problem` says why a backend could not prepare the call
 * @param {{ shape: readonly number[], data: Float64Array }} expected
 * @param {object} options
 * @param {number} options.time for each candidate
 * @param {number} options.sampleLength
 * @param {(fraction: number) => void} [options.report] receives the progress
 * @param {number} [options.tolerance] the largest allowed error
 * @returns {Promise<PassResult[]>}
 *
 * @typedef {object} TimedCall
 * @property {() => Promise<{ elapsed: number, shape: readonly number[], data: Float32Array }>} first
 * @property {(time: number) => Promise<{ calls: number, elapsed: number }>} warmUp
 * @property {(calls: number) => Promise<number>} sample
 *
 * @typedef {object} PassResult
 * @property {string} id
 * @property {'ok' | 'none' | 'wrong' | 'failed'} status
 * @property {string} [message] the reason of a failure
 * @property {number} [error] the largest difference from the reference, relative to the largest right value
 * @property {number} [median] time of one call; `lower` and `upper` are the quartiles
 * @property {number} [lower]
 * @property {number} [upper]
 * @property {number} [samples] number of samples
 * @property {number} [callsPerSample] in the last sample
 * @property {{ layer: string, spec?: string, calls: number, milliseconds: number }[]} [layers] of a network, see kernel-times.js
 */
export async function measure(candidates, expected, { time, sampleLength, report = () => {}, tolerance = TOLERANCE }) {
  const all = [];
  for (const candidate of candidates) {
    all.push({ ...(await check(candidate, expected, time, tolerance)), time, sampleLength });
  }
  const valid = all.filter(({ result }) => result.status === 'ok');
  const reportProgress = () => report(progressOf(valid, time));
  for (const candidate of valid) {
    await warmUp(candidate);
    reportProgress();
  }
  for (let active = valid.filter(isActive); active.length > 0; active = active.filter(isActive)) {
    for (const candidate of active) await takeSample(candidate);
    reportProgress();
  }
  for (const { result, samples, calls } of valid) {
    Object.assign(result, quartilesOf(samples), { samples: samples.length, callsPerSample: calls });
  }
  return all.map(({ result }) => result);
}

/** Makes the first call and compares its result with the reference. @returns {Promise<any>} */
async function check(/** @type {any} */ { id, call, problem }, expected, time, tolerance) {
  const state = { call, samples: /** @type {number[]} */ ([]), used: 0, calls: 1, minSamples: 0 };
  if (problem) return { ...state, result: { id, status: 'failed', message: problem } };
  if (!call) return { ...state, result: { id, status: 'none' } };
  try {
    const { elapsed, shape, data } = await call.first();
    const error = differenceFrom(expected, shape, data);
    if (elapsed >= Math.max(time, LONG_CALL)) state.samples.push(elapsed);
    return { ...state, used: elapsed, result: { id, status: error <= tolerance ? 'ok' : 'wrong', error } };
  } catch (error) {
    return { ...state, result: { id, status: 'failed', message: /** @type {Error} */ (error).message } };
  }
}

async function warmUp(candidate) {
  if (candidate.samples.length > 0) return;
  const { calls, elapsed } = await candidate.call.warmUp(WARM_UP);
  const callTime = elapsed / calls;
  candidate.used += elapsed;
  candidate.calls = Math.max(1, Math.ceil(candidate.sampleLength / callTime));
  candidate.minSamples = callTime < WARM_UP ? 5 : callTime < LONG_CALL ? 3 : 1;
}

// A candidate can use its time before its first sample. It still gets a minimum number of samples.
function isActive({ used, time, samples, minSamples }) {
  return samples.length < Math.max(minSamples, used < time ? MAX_SAMPLES : 0);
}

async function takeSample(candidate) {
  const { calls, sampleLength } = candidate;
  const callTime = await candidate.call.sample(calls);
  candidate.used += callTime * (calls > 1 ? calls + 1 : 1);
  if (calls * callTime >= sampleLength / 2) candidate.samples.push(callTime); // in shorter samples, the error of the clock is too large
  // Later samples need more calls if calls become faster, or if the device paused in the warm-up. A coarse clock may show a time of 0.
  candidate.calls = Math.max(calls, Math.min(Math.ceil(sampleLength / callTime), MAX_GROWTH * calls));
}

function progressOf(candidates, time) {
  const used = candidates.reduce((sum, one) => sum + (isActive(one) ? Math.min(one.used, time) : time), 0);
  return candidates.length === 0 ? 1 : used / (candidates.length * time);
}
