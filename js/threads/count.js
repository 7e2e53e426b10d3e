import { kindError } from '../arguments.js';

/**
 * How many threads compute, and why.
 *
 * @import { Threads } from '../index.d.ts'
 */

/** The parts of a loop, at most; kMaxParts of cpp/parallel/parallel.h. More threads would find no part. */
export const MAX_PARTS = 16;
export const NOT_ISOLATED = 'the page is not cross-origin isolated, so its memory cannot be shared';
const MIN_PROCESSORS = 4;
const MAX_AUTO = 4;

/** Throws if a value is not a number of threads or 'auto'. @param {any} threads */
export function requireThreads(functionName, threads) {
  if (threads === 'auto' || (Number.isInteger(threads) && threads >= 1 && threads <= MAX_PARTS)) return;
  throw kindError(functionName, 'threads', `'auto' or a whole number from 1 to ${MAX_PARTS}`, threads);
}

/** Returns whether workers can get shared memory. A page that is not isolated may be able to create it, but its workers do not get it. */
export function canShareMemory() {
  return typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated !== false;
}

/**
 * Returns how many threads to start for a module with a memory of its own.
 *
 * @param {'auto' | number} wanted
 * @param {number} processors
 * @returns {Threads}
 */
export function threadsFor(wanted, processors) {
  if (wanted === 1) return { count: 1, reason: 'as wanted' };
  if (!canShareMemory()) return { count: 1, reason: NOT_ISOLATED };
  if (wanted !== 'auto') return { count: wanted, reason: 'as wanted' };
  if (processors < MIN_PROCESSORS) return { count: 1, reason: `fewer than ${MIN_PROCESSORS} logical processors` };
  const count = Math.min(MAX_AUTO, Math.floor(processors / 2));
  return { count, reason: `half of the logical processors, ${MAX_AUTO} at most` };
}
