// Starting a worker (page side) and answering its calls (worker side), with comlink.
import { expose, wrap } from 'comlink';

/** A worker sends this message when its script is loaded and listens. */
const READY = 'worker is ready';

/** Time limit for the start of a worker. The worker downloads its scripts first, which can be slow on a phone. */
const MAX_START_SECONDS = 60;

/** A worker did not start, or stopped. */
export class WorkerError extends Error {
  name = 'WorkerError';
}

/**
 * @template Api
 * @typedef {object} StartedWorker
 * @property {import('comlink').Remote<Api>} api
 * @property {<Result>(call: Promise<Result>) => Promise<Result>} answer returns the result of a call of `api`. It rejects when the worker
 *   stops; the call alone would then wait forever.
 * @property {Promise<never>} failure rejects when the worker stops
 * @property {() => void} stop
 */

/**
 * Starts a worker whose script ends with `serve(api)`.
 *
 * The caller writes `create` in full: `() => new Worker(new URL('./some.worker.js', import.meta.url), { type: 'module' })`. Vite searches
 * the sources for this expression.
 *
 * @template Api
 * @param {() => Worker} create
 * @returns {Promise<StartedWorker<Api>>}
 * @throws WorkerError
 */
export async function startWorker(create) {
  const worker = create();
  const failure = failureOf(worker);
  try {
    await Promise.race([failure, ready(worker), timeout()]);
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return {
    api: wrap(worker),
    answer: (call) => Promise.race([call, failure]),
    failure,
    stop: () => worker.terminate(),
  };
}

/** Answers the page's calls of `api`. The script of a worker ends with this call. @param {object} api */
export function serve(api) {
  expose(api);
  postMessage(READY);
}

/** @param {Worker} worker */
function failureOf(worker) {
  /** @type {Promise<never>} */
  const failure = new Promise((_, reject) => {
    worker.addEventListener('error', (event) => {
      event.preventDefault(); // the page shows the error
      reject(new WorkerError(event.message || 'The browser could not load the script of the worker.'));
    });
    worker.addEventListener('messageerror', () => reject(new WorkerError('The page could not read a message.')));
  });
  failure.catch(() => {}); // without it, the browser reports a rejection that nobody awaits
  return failure;
}

/** @param {Worker} worker */
function ready(worker) {
  return new Promise((resolve) => {
    worker.addEventListener('message', function listener({ data }) {
      if (data !== READY) return;
      worker.removeEventListener('message', listener);
      resolve(undefined);
    });
  });
}

/** @returns {Promise<never>} */
function timeout() {
  return new Promise((_, reject) => {
    const text = `The worker did not start within ${MAX_START_SECONDS} seconds.`;
    setTimeout(() => reject(new WorkerError(text)), MAX_START_SECONDS * 1000);
  });
}
