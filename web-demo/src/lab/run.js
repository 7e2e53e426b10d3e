import { proxy } from 'comlink';
import { startWorker } from '../shared/worker-harness.js';
import { contestantOf, nameOf } from './contestants.js';

/** Seconds for all calls of all contestants together. Starting them, and the float64 check, come on top. */
export const SECONDS = { quick: 6, thorough: 25 };

/**
 * Measures a layer in a worker of its own, which ends with it.
 *
 * @param {object} task
 * @param {any} task.layer
 * @param {string[]} task.passes
 * @param {string[]} task.contestants
 * @param {'quick' | 'thorough'} task.time
 * @param {object} listener
 * @param {AbortSignal} listener.signal stops it, also in the middle of a call; it then throws the signal's reason
 * @param {(label: string, fraction: number) => void} listener.progress
 * @param {(started: { clock: { step: number, turn: number }, contestants: any[] }) => void} listener.started
 * @param {(pass: string, results: import('./race.js').PassResult[]) => void} listener.measured
 */
export async function run({ layer, passes, contestants, time }, { signal, progress, started, measured }) {
  const aborted = rejectionOf(signal);
  const starting = startWorker(() => new Worker(new URL('./lab.worker.js', import.meta.url), { type: 'module' }));
  starting.then(({ stop }) => signal.aborted && stop()).catch(() => {}); // who was cancelled before it started
  progress('Starting the worker', 0);
  const { api, failure, stop } = await Promise.race([starting, aborted]);
  /** @type {<Result>(call: Promise<Result>) => Promise<Result>} */
  const answer = (call) => Promise.race([call, failure, aborted]);
  /** @type {string | undefined} the pass that is being measured */
  let current;
  try {
    const present = [];
    for (const id of contestants) {
      progress(`Starting ${nameOf(id)}`, 0);
      present.push(await start(id));
    }
    const clock = await answer(api.clock());
    started({ clock, contestants: present });
    const ids = present.filter(({ problem }) => !problem).map(({ id }) => id);
    const options = { time: (SECONDS[time] * 1000) / passes.length / ids.length, turn: clock.turn };
    for (const [i, pass] of passes.entries()) {
      current = pass;
      // It comes by a channel of its own: what was told before the end, or before the worker was stopped, may come after.
      const tell = (fraction) => current === pass && progress(pass, (i + fraction) / passes.length);
      tell(0);
      const results = await answer(api.measure(layer, pass, ids, options, proxy(tell)));
      measured(
        pass,
        present.map(
          ({ id, problem }) => results.find((one) => one.id === id) ?? { id, status: 'failed', message: problem },
        ),
      );
    }
  } finally {
    current = undefined;
    stop();
  }

  /** Without ours there is nothing to show; without a peer there are the others. */
  async function start(id) {
    try {
      return await answer(api.start(id));
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      if (signal.aborted || contestantOf(id).isOurs || name === 'WorkerError') throw error;
      return { id, problem: message };
    }
  }
}

/** @param {AbortSignal} signal @returns {Promise<never>} */
function rejectionOf(signal) {
  /** @type {Promise<never>} */
  const rejection = new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  rejection.catch(() => {}); // who races it hears of it
  return rejection;
}
