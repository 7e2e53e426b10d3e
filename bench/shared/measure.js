import { setImmediate } from 'node:timers/promises';
import { localRacer } from './racer.js';
import { differenceFrom } from './reference.js';
import { median } from './statistics.js';

export const tolerance = 1e-4;

// V8 replaces the code of its first compiler only after a while: two to three times faster then.
const WARM_UP_MS = 100;
// Long against the clock and against one call's accidents, short against those of the machine.
const TURN_MS = 2;
const MIN_ROUNDS = 3;
// So long that an accident of the machine hardly counts; below, one call alone may be twenty times off.
const ONCE_MS = 1000;

/**
 * Times one pass of all contestants: `entrants` are { id, activate?, run } of this process (racer.js) or { id, racer }; both are
 * undefined where there is no kernel. An entrant may have a `right` of its own.
 *
 * Each first has its result checked and is warmed up. Then they take turns, of several calls where these are short, until each has
 * had `rounds` turns or has used up `seconds`: a slow one drops out, the others go on. A call that is very slow is made only once.
 *
 * Gives, for each id, { status: 'none' | 'failed' | 'wrong' | 'ok', message?, difference?, milliseconds?, calls? }.
 */
export async function measurePass(entrants, right, { rounds, seconds }) {
  const results = {};
  const racers = [];
  for (const { id, racer, activate, run, right: own } of entrants) {
    const runner = racer ?? (run && localRacer({ activate, run }));
    const state = { id, runner, samples: [], used: 0, allowed: seconds * 1000 };
    results[id] = await check(state, own ?? right);
    if (results[id].status === 'ok') racers.push(state);
  }
  for (const racer of racers.filter(({ samples }) => samples.length === 0)) await warmUp(racer);
  for (let round = 0; round < rounds; round++) {
    const running = racers.filter(hasTurnLeft);
    if (running.length === 0) break;
    for (const racer of running) await takeTurn(racer);
  }
  for (const { id, samples } of racers) {
    const milliseconds = median(samples);
    if (milliseconds > 0) Object.assign(results[id], { milliseconds, calls: samples.length });
    // Possible where a time is a difference of two.
    else results[id] = { status: 'failed', message: 'too short to be measured' };
  }
  return results;
}

async function check(racer, right) {
  if (!racer.runner) return { status: 'none' };
  try {
    const { elapsed, shape, data } = await racer.runner.first();
    const difference = differenceFrom(right, shape, data);
    racer.used += elapsed;
    if (elapsed >= Math.max(racer.allowed, ONCE_MS)) racer.samples.push(elapsed);
    return { status: difference <= tolerance ? 'ok' : 'wrong', difference };
  } catch (error) {
    return { status: 'failed', message: error.message };
  }
}

async function warmUp(racer) {
  const { calls, elapsed, sample } = await racer.runner.warmUp(WARM_UP_MS);
  racer.used += elapsed;
  if (calls === 1) racer.samples.push(sample);
  racer.calls = Math.max(1, Math.round((TURN_MS * calls) / elapsed));
  racer.least = racer.calls * (elapsed / calls < WARM_UP_MS ? MIN_ROUNDS : 1);
}

// Who used up the time in the first call and the warm-up still gets a sample, and more where calls are short.
function hasTurnLeft({ used, allowed, samples, least }) {
  return used < allowed || samples.length < least;
}

async function takeTurn(racer) {
  // Lets the progress line move, outside of what is timed.
  await setImmediate();
  const begin = performance.now();
  racer.samples.push(...(await racer.runner.turn(racer.calls)));
  racer.used += performance.now() - begin;
}
