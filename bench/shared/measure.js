import { median } from './numbers.js';
import { differenceFrom } from './reference.js';

export const tolerance = 1e-4;

// V8 replaces the code of its first compiler after a while; the calls are two to three times faster then.
const WARM_UP_MS = 100;
// Long compared with the clock and with one interrupted call, short compared with slow changes of the machine.
const TURN_MS = 2;
const MIN_ROUNDS = 3;
// A single call of this length is a usable sample; a shorter one may be wrong by a factor of twenty.
const ONCE_MS = 1000;

/**
 * Measures one pass. Each candidate is { id, run, activate?, renew? } for calls in this process (localRunner), or { id, runner } for
 * others; without either it has no kernel. A candidate may contain its own `right` result.
 *
 * First checks the result of each candidate and warms it up. Then the candidates take turns, of several calls when these are short, until
 * each has used `rounds` turns or `seconds`. Slow candidates stop early. A very slow candidate is called only once. Candidates with `isLimit`
 * stop when all other candidates have stopped.
 *
 * Returns for each id { status: 'none' | 'failed' | 'wrong' | 'ok', message?, difference?, milliseconds?, calls? }.
 */
export async function measurePass(candidates, right, { rounds, seconds, warmUpMs = WARM_UP_MS }) {
  const results = {};
  const measured = [];
  for (const { id, runner, activate, run, renew, isLimit, right: own } of candidates) {
    const candidate = {
      ...{ id, isLimit },
      runner: runner ?? (run && localRunner({ activate, run, renew })),
      samples: [],
      used: 0,
      allowed: seconds * 1000,
    };
    results[id] = await check(candidate, own ?? right);
    if (results[id].status === 'ok') measured.push(candidate);
  }
  for (const candidate of measured.filter(({ samples }) => samples.length === 0)) await warmUp(candidate, warmUpMs);
  for (let round = 0; round < rounds; round++) {
    const running = measured.filter(hasTurnLeft);
    if (!running.some(isNeeded)) break;
    for (const candidate of running) await takeTurn(candidate);
  }
  for (const { id, samples } of measured) {
    const milliseconds = median(samples);
    if (milliseconds > 0) Object.assign(results[id], { milliseconds, calls: samples.length });
    // Possible where a time is a difference of two.
    else results[id] = { status: 'failed', message: 'too short to be measured' };
  }
  return results;
}

async function check(candidate, right) {
  if (!candidate.runner) return { status: 'none' };
  try {
    const { elapsed, shape, data } = await candidate.runner.first();
    const difference = differenceFrom(right, shape, data);
    candidate.used += elapsed;
    if (elapsed >= Math.max(candidate.allowed, ONCE_MS)) candidate.samples.push(elapsed);
    return { status: difference <= tolerance ? 'ok' : 'wrong', difference };
  } catch (error) {
    return { status: 'failed', message: error.message };
  }
}

async function warmUp(candidate, time) {
  const { calls, elapsed, sample } = await candidate.runner.warmUp(time);
  candidate.used += elapsed;
  if (calls === 1) candidate.samples.push(sample);
  candidate.calls = Math.max(1, Math.round((TURN_MS * calls) / elapsed));
  candidate.least = candidate.calls * (elapsed / calls < WARM_UP_MS ? MIN_ROUNDS : 1);
}

// A candidate that used up its time in the first call and the warm-up still gets a sample, and more where calls are short.
function hasTurnLeft({ used, allowed, samples, least }) {
  return used < allowed || samples.length < least;
}

function isNeeded({ isLimit, samples, least }) {
  return !isLimit || samples.length < least;
}

async function takeTurn(candidate) {
  // Lets the progress line move, outside of the measured time.
  await new Promise((resolve) => setImmediate(resolve));
  const begin = performance.now();
  candidate.samples.push(...(await candidate.runner.turn(candidate.calls)));
  candidate.used += performance.now() - begin;
}

/**
 * Returns the runner of calls in this process: `run` computes and returns { shape, dataSync(), dispose() }; `activate`, if any, is called
 * before a series of calls, and `renew`, if any, before each call. Neither is timed. Times are in milliseconds.
 */
export function localRunner({ activate = async () => {}, renew = () => {}, run }) {
  /** Makes a call and returns its time, with the disposal of its result. */
  const timedCall = () => {
    renew();
    const start = performance.now();
    run().dispose();
    return performance.now() - start;
  };
  return {
    /** Makes the first call and returns its result. */
    async first() {
      await activate();
      renew();
      const start = performance.now();
      const result = run();
      const elapsed = performance.now() - start;
      const { shape } = result;
      const data = result.dataSync();
      result.dispose();
      return { elapsed, shape, data };
    },
    /** Calls until `time` has passed, at least once. `sample` is the mean time of a call. */
    async warmUp(time) {
      await activate();
      let calls = 0;
      let elapsed = 0;
      while (elapsed < time) {
        elapsed += timedCall();
        calls++;
      }
      return { calls, elapsed, sample: elapsed / calls };
    },
    /** Returns the time of each of some calls. */
    async turn(calls) {
      await activate();
      // Brings the data back into the caches, where a program finds it that calls only this.
      if (calls > 1) timedCall();
      return Array.from({ length: calls }, timedCall);
    },
  };
}

/** Returns a backend's tensors and calls for a layer. When the tensors do not fit into memory, every pass fails. */
export async function prepare({ id, activate, prepare }, layer, values, passes) {
  await activate?.();
  try {
    return { id, activate, ...(await prepare(layer, values, passes)) };
  } catch (error) {
    const fail = () => {
      throw error;
    };
    return { id, activate, passes: Object.fromEntries(passes.map((pass) => [pass, fail])), dispose() {} };
  }
}
