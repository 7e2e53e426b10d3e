import { Worker } from 'node:worker_threads';

/**
 * Starts a worker of a pool in Node. It does not keep the process alive.
 *
 * @type {import('./pool.js').StartWorker}
 */
export function startWorker(data) {
  // Without the options of this process: its modules for --import would also run in the worker, and --input-type would refuse the script.
  return startedWorker(new Worker(new URL('./worker.node.js', import.meta.url), { workerData: data, execArgv: [] }));
}

/** Returns what a pool needs of a worker, which posts a message when it is ready. */
export function startedWorker(worker) {
  const ended = new Promise((resolve) => {
    worker.on('error', ({ message }) => resolve(message));
    worker.on('exit', (code) => resolve(`its exit code is ${code}`));
  });
  const ready = new Promise((resolve, reject) => {
    worker.on('message', () => {
      idleTime(worker); // Node returns −1 later only if it has returned a time
      resolve(undefined);
    });
    ended.then((why) => reject(new Error(why)));
  });
  worker.unref(); // after the listeners, because a listener of messages keeps the process alive
  return { ready, ended, hasEnded: () => idleTime(worker) < 0, terminate: () => void worker.terminate() };
}

/**
 * Returns the time that a worker was idle, or −1 if it has ended, also before this thread receives the event. Measured in Node 20 and 24. Bun and
 * Deno do not say that a worker has ended.
 */
function idleTime(worker) {
  const { bun, deno } = process.versions;
  return bun || deno ? 0 : worker.performance.eventLoopUtilization().idle;
}
