import { labWorkers, withFailures } from './lab-workers.js';
import { measure } from './measure.js';
import { nameOf, passOf } from './report.js';

/** Time for all calls with one number of threads, in seconds. The start of the backends and the reference take additional time. */
export const SECONDS = { quick: 6, thorough: 25 };

/**
 * Measures a layer, each backend in a worker of its own. Stops the workers at the end.
 *
 * @param {object} task
 * @param {any} task.layer
 * @param {string[]} task.passes
 * @param {string[]} task.backends ids, such as `simd` and `simd/2`
 * @param {'quick' | 'thorough'} task.time
 * @param {number} task.seconds for all calls
 * @param {object} listener
 * @param {AbortSignal} listener.signal stops the measurement, also during a call; `run` then throws the reason of the signal
 * @param {(label: string, fraction: number) => void} listener.progress
 * @param {(started: { clock: { step: number, sampleLength: number }, backends: any[] }) => void} listener.started
 * @param {(pass: string, results: import('./measure.js').PassResult[]) => void} listener.measured
 */
export async function run({ layer, passes, backends, seconds }, { signal, progress, started, measured }) {
  /** @type {ReturnType<typeof labWorkers<import('./lab.worker.js').Api>>} */
  const workers = labWorkers(() => new Worker(new URL('./lab.worker.js', import.meta.url), { type: 'module' }), signal);
  const { answer } = workers;
  try {
    const present = [];
    for (const id of backends) {
      progress(`Starting ${nameOf(id)}`, 0);
      present.push(await workers.start(id, (api) => api.start(id)));
    }
    const ids = present.filter(({ problem }) => !problem).map(({ id }) => id);
    const [first] = backends; // its worker runs, even if its backend could not start
    const clock = await answer(first, (api) => api.clock());
    started({ clock, backends: present });
    const options = { time: (seconds * 1000) / passes.length / ids.length, sampleLength: clock.sampleLength };
    for (const [i, pass] of passes.entries()) {
      const report = (/** @type {number} */ fraction) => progress(passOf(pass).title, (i + fraction) / passes.length);
      report(0);
      const expected = await answer(first, (api) => api.reference(layer, pass));
      const candidates = [];
      for (const id of ids) {
        const { has, problem } = await answer(id, (api) => api.prepare(layer, pass));
        candidates.push({ id, problem, ...(has && { call: remoteCall(id) }) });
      }
      const results = await measure(candidates, expected, { ...options, report });
      for (const [j, { id }] of results.entries()) {
        const message = await answer(id, (api) => api.problem());
        if (message) results[j] = { id, status: 'failed', message };
      }
      measured(pass, withFailures(present, results));
    }
  } finally {
    workers.stop();
  }

  /** Returns a call for `measure`. */
  function remoteCall(/** @type {string} */ id) {
    return {
      first: () => answer(id, (api) => api.first()),
      warmUp: (/** @type {number} */ time) => answer(id, (api) => api.warmUp(time)),
      sample: (/** @type {number} */ calls) => answer(id, (api) => api.sample(calls)),
    };
  }
}
