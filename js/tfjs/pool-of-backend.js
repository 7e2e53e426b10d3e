import { isShared } from '../side-module/side-module.js';
import { MAX_PARTS, NOT_ISOLATED } from '../threads/count.js';
import { Pool } from '../threads/pool.js';

/**
 * Returns how many threads compute on a wasm backend of tfjs.
 *
 * @import { Threads } from './index.d.ts'
 * @param {any} backend
 * @param {WebAssembly.Memory} memory its memory
 * @param {'auto' | number} wanted
 * @returns {Threads}
 */
export function threadsOf(backend, memory, wanted) {
  if (wanted === 1) return { count: 1, reason: 'as wanted' };
  if (!isShared(memory)) {
    const isIsolated = globalThis.crossOriginIsolated ?? true;
    const reason = isIsolated ? 'the memory of this build of the wasm backend cannot be shared' : NOT_ISOLATED;
    return { count: 1, reason };
  }
  if (wanted !== 'auto') return { count: wanted, reason: 'as wanted' };
  const count = Math.min(backend.wasm.tfjs.getThreadsCount(), MAX_PARTS);
  return { count, reason: 'as many as the wasm backend of tfjs uses' };
}

/**
 * Returns the pool for a wasm backend of tfjs. The pool ends with the backend.
 *
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
