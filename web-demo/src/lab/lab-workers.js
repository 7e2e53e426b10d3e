import { startWorker } from '../shared/worker.js';
import { backendOf } from './report.js';

/**
 * Starts the workers of a measurement: one for each backend and number of threads, because a module cannot change its number of threads. The
 * workers take turns: only one of them computes.
 *
 * @template Api
 * @param {() => Worker} create
 * @param {AbortSignal} signal ends each wait for a worker with the reason of the signal
 */
export function labWorkers(create, signal) {
  /** @type {Promise<never>} */
  const aborted = new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  aborted.catch(() => {}); // without it, the browser reports a rejection that nobody awaits
  /** @typedef {import('../shared/worker.js').StartedWorker<Api>} Started */
  /** @type {Map<string, Started>} by id */
  const workers = new Map();

  /** Makes a call in a worker. @param {string} id @param {(api: Started['api']) => Promise<any>} call */
  function answer(id, call) {
    const worker = /** @type {Started} */ (workers.get(id));
    return Promise.race([worker.answer(call(worker.api)), aborted]);
  }

  return {
    answer,
    /**
     * Starts a worker and makes its first call. A failure of this package ends the measurement; a failure of another backend becomes its
     * result.
     *
     * @param {string} id
     * @param {(api: Started['api']) => Promise<any>} call
     * @returns {Promise<{ id: string, version?: string, runsOn?: string, problem?: string }>}
     */
    async start(id, call) {
      try {
        /** @type {Promise<Started>} */
        const starting = startWorker(create);
        starting.then(({ stop }) => signal.aborted && stop()).catch(() => {}); // stops a worker that starts after the abort
        workers.set(id, await Promise.race([starting, aborted]));
        return { id, ...(await answer(id, call)) };
      } catch (error) {
        const { name, message } = /** @type {Error} */ (error);
        if (signal.aborted || backendOf(id).isOurs || name === 'WorkerError') throw error;
        return { id, problem: message };
      }
    },
    stop() {
      for (const { stop } of workers.values()) stop();
    },
  };
}

/**
 * Returns the results of a pass in the order of the started backends, with a result for each backend that could not start.
 *
 * @param {{ id: string, problem?: string }[]} started
 * @param {import('./measure.js').PassResult[]} results
 * @returns {import('./measure.js').PassResult[]}
 */
export function withFailures(started, results) {
  return started.map(
    ({ id, problem }) => results.find((one) => one.id === id) ?? { id, status: 'failed', message: problem },
  );
}
