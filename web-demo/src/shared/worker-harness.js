import { wrap } from 'comlink';
import { READY } from './worker-ready.js';

/** Until a worker has said that it runs. It downloads its scripts first, which on a phone may take long. */
const MOST_SECONDS = 60;

/** A worker did not start, or ended. */
export class WorkerError extends Error {
  name = 'WorkerError';
}

/**
 * Starts a worker that ends its script with `serve(api)` of worker-side.js.
 *
 * `create` is `() => new Worker(new URL('./some.worker.js', import.meta.url), { type: 'module' })`, written out by the caller, because
 * that is what Vite looks for.
 *
 * @template Api
 * @param {() => Worker} create
 * @returns {Promise<{ api: import('comlink').Remote<Api>, failure: Promise<never>, stop: () => void }>} `failure` rejects when the worker
 *   breaks later on: calls that are under way then never answer, so race them with it
 * @throws WorkerError
 */
export async function startWorker(create) {
  const worker = create();
  const failure = failureOf(worker);
  try {
    await Promise.race([failure, readinessOf(worker), timeout()]);
  } catch (error) {
    worker.terminate();
    throw error;
  }
  return { api: wrap(worker), failure, stop: () => worker.terminate() };
}

/** @param {Worker} worker */
function failureOf(worker) {
  /** @type {Promise<never>} */
  const failure = new Promise((_, reject) => {
    worker.addEventListener('error', (event) => {
      event.preventDefault(); // the page shows it
      reject(new WorkerError(event.message || 'its script could not be loaded'));
    });
    worker.addEventListener('messageerror', () => reject(new WorkerError('a message could not be read')));
  });
  failure.catch(() => {}); // who races it hears of it
  return failure;
}

/** @param {Worker} worker */
function readinessOf(worker) {
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
    setTimeout(() => reject(new WorkerError(`it has not started within ${MOST_SECONDS} seconds`)), MOST_SECONDS * 1000);
  });
}
