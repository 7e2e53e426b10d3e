import { randomValues, reference } from '../../../bench/shared/reference.js';
import { serve } from '../shared/worker-side.js';
import { clockStep, turnLength } from './clock.js';
import { race } from './race.js';
import { runnerOf } from './runner.js';

// Everybody is measured in this one worker: on one thread, and so on one core at a time, whichever the system chooses.

/** Only those who take part are downloaded. */
const creators = {
  simd: async () => (await import('./own-contestant.js')).ownContestant('simd'),
  'relaxed-simd': async () => (await import('./own-contestant.js')).ownContestant('relaxed-simd'),
  'tfjs-wasm': async () => (await import('./tfjs-wasm.js')).create(),
  'tfjs-cpu': async () => (await import('./tfjs-cpu.js')).create(),
};

/** @type {Record<string, any>} those that have been created */
const created = {};

serve({
  /** Starts a contestant, and says what it runs on. @param {string} id */
  async start(id) {
    created[id] ??= await creators[id]();
    const { version, detail } = created[id];
    return { id, version, detail };
  },

  /** What all times of this worker are measured with, in milliseconds. */
  clock() {
    const step = clockStep();
    return { step, turn: turnLength(step) };
  },

  /**
   * Measures one pass of a layer.
   *
   * @param {any} layer in the form of bench/shared/layers.js
   * @param {string} pass
   * @param {string[]} ids of contestants that have been started
   * @param {{ time: number, turn: number }} options those of race.js
   * @param {(fraction: number) => void} report
   */
  async measure(layer, pass, ids, options, report) {
    const values = randomValues(layer);
    const prepared = [];
    try {
      const entrants = [];
      for (const id of ids) entrants.push({ id, ...(await enter(created[id], layer, pass, values, prepared)) });
      const right = reference(layer, pass, values);
      return race(entrants, right, { ...options, report: throttled(report) });
    } finally {
      for (const { dispose } of prepared) dispose();
    }
  },
});

async function enter(contestant, layer, pass, values, prepared) {
  try {
    const ready = await contestant.prepare(layer, values);
    prepared.push(ready);
    const run = ready.calls[pass];
    return run ? { runner: runnerOf(run) } : {};
  } catch (error) {
    return { problem: /** @type {Error} */ (error).message };
  }
}

/** Messages to the page disturb it, and the eye sees only some. */
function throttled(report) {
  let last = 0;
  return (fraction) => {
    const now = performance.now();
    if (now - last < 100) return;
    last = now;
    report(fraction);
  };
}
