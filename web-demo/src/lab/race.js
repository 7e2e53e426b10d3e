import { differenceFrom } from '../../../bench/shared/reference.js';
import { spreadOf } from './spread.js';
import { TOLERANCE } from './tolerance.js';

/** Engines replace the code of their first compiler only after a while. In milliseconds, as all here. */
const WARM_UP = 120;
/** A call that is so long is made only once. */
const ONCE = 1000;
/** More would not move the median. */
const MOST_TURNS = 250;

/**
 * Times one pass of all contestants. Each first has its result checked and is warmed up; then they take turns, each of several calls,
 * until each has used up its time. Who is slow drops out, the others go on.
 *
 * @param {{ id: string, runner?: ReturnType<typeof import('./runner.js').runnerOf>, problem?: string }[]} entrants without a runner where
 *   there is no such kernel; with a problem where there is no such contestant
 * @param {{ shape: readonly number[], data: Float64Array }} right
 * @param {object} options
 * @param {number} options.time for each contestant
 * @param {number} options.turn how long one should be
 * @param {(fraction: number) => void} [options.report] how much of the work is done
 * @returns {PassResult[]}
 *
 * @typedef {object} PassResult
 * @property {string} id
 * @property {'ok' | 'none' | 'wrong' | 'failed'} status
 * @property {string} [message] why it failed
 * @property {number} [error] the largest, relative to the largest right value
 * @property {number} [median] milliseconds of one call, over the turns; so are lower and upper, the quartiles
 * @property {number} [lower]
 * @property {number} [upper]
 * @property {number} [turns]
 * @property {number} [callsPerTurn] of the last one
 */
export function race(entrants, right, { time, turn, report = () => {} }) {
  const states = entrants.map((entrant) => ({ ...check(entrant, right, time), time, turn }));
  const racers = states.filter(({ result }) => result.status === 'ok');
  const tell = () => report(fractionDone(racers, time));
  for (const racer of racers) {
    warmUp(racer);
    tell();
  }
  for (let running = racers.filter(hasTurnLeft); running.length > 0; running = running.filter(hasTurnLeft)) {
    for (const racer of running) takeTurn(racer);
    tell();
  }
  for (const racer of racers) {
    Object.assign(racer.result, spreadOf(racer.samples), { turns: racer.samples.length, callsPerTurn: racer.calls });
  }
  return states.map(({ result }) => result);
}

/** @returns {any} */
function check(/** @type {any} */ { id, runner, problem }, right, time) {
  const state = { runner, samples: /** @type {number[]} */ ([]), used: 0, calls: 1, least: 0 };
  if (problem) return { ...state, result: { id, status: 'failed', message: problem } };
  if (!runner) return { ...state, result: { id, status: 'none' } };
  try {
    const { elapsed, shape, data } = runner.first();
    const error = differenceFrom(right, shape, data);
    if (elapsed >= Math.max(time, ONCE)) state.samples.push(elapsed);
    return { ...state, used: elapsed, result: { id, status: error <= TOLERANCE ? 'ok' : 'wrong', error } };
  } catch (error) {
    return { ...state, result: { id, status: 'failed', message: /** @type {Error} */ (error).message } };
  }
}

function warmUp(racer) {
  if (racer.samples.length > 0) return;
  const { calls, elapsed } = racer.runner.warmUp(WARM_UP);
  const one = elapsed / calls;
  racer.used += elapsed;
  racer.calls = Math.max(1, Math.ceil(racer.turn / one));
  racer.least = one < WARM_UP ? 5 : one < ONCE ? 3 : 1;
}

// Who has used up the time before the first turn still gets some, and more where calls are short.
function hasTurnLeft({ used, time, samples, least }) {
  return samples.length < Math.max(least, used < time ? MOST_TURNS : 0);
}

function takeTurn(racer) {
  const each = racer.runner.turn(racer.calls);
  racer.used += each * (racer.calls > 1 ? racer.calls + 1 : 1);
  racer.samples.push(each);
  // The warm-up was slower than what follows it.
  racer.calls = Math.max(racer.calls, Math.ceil(racer.turn / each));
}

function fractionDone(racers, time) {
  const used = racers.reduce((sum, racer) => sum + (hasTurnLeft(racer) ? Math.min(racer.used, time) : time), 0);
  return racers.length === 0 ? 1 : used / (racers.length * time);
}
