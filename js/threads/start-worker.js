/**
 * Starts a worker of a pool in a browser.
 *
 * @type {import('./pool.js').StartWorker}
 */
export function startWorker(data) {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  const ended = new Promise((resolve) => {
    worker.onerror = (event) => resolve(event.message ?? 'its script could not be loaded');
  });
  const ready = new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    ended.then((why) => reject(new Error(why)));
  });
  worker.postMessage(data);
  // A page does not learn at once that a worker has ended.
  return { ready, ended, hasEnded: () => false, terminate: () => worker.terminate() };
}
