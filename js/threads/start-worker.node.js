import { Worker } from 'node:worker_threads';

/**
 * Starts a worker of a pool in Node. It does not keep the process alive.
 *
 * @type {import('./pool.js').StartWorker}
 */
export function startWorker(data) {
  // Without the options of this process: its modules for --import would also run in the worker, and --input-type would refuse the script.
  const worker = new Worker(new URL('./worker.node.js', import.meta.url), { workerData: data, execArgv: [] });
  const ready = new Promise((resolve, reject) => {
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', () => reject(new Error('it ended')));
  });
  worker.unref(); // after the listeners, because a listener of messages keeps the process alive
  return { ready, terminate: () => void worker.terminate() };
}
