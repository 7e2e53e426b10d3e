/**
 * Starts a worker of a pool in a browser.
 *
 * @type {import('./pool.js').StartWorker}
 */
export function startWorker(data) {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  const ready = new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = (event) => reject(new Error(event.message ?? 'its script could not be loaded'));
  });
  worker.postMessage(data);
  return { ready, terminate: () => worker.terminate() };
}
