import { Pool } from '../threads/pool.js';

/**
 * Returns the pool for a wasm backend of tfjs. The pool ends with the backend. registerKernels imports this script and those of the pool only if
 * threads are possible.
 *
 * @import { Threads } from './index.d.ts'
 * @param {any} backend
 * @param {object} options
 * @param {Threads} options.threads
 * @param {WebAssembly.Module} options.module the side module for shared memory
 * @param {WebAssembly.Memory} options.memory
 * @param {(bytes: number) => number} options.take
 * @param {import('../threads/pool.js').StartWorker} options.startWorker
 */
export function poolOfBackend(backend, options) {
  const pool = new Pool(options);
  const { dispose } = backend;
  backend.dispose = function (...args) {
    pool.end();
    return dispose.apply(this, args);
  };
  return pool;
}
