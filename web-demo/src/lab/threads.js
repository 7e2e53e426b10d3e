// The numbers of threads that the lab measures. A report calls a backend on a number of threads `simd/2`, and `simd` if the backend picks the
// number itself.

/** What the user can select. `load()` accepts up to 16, but the threads of TensorFlow.js are at most nine. */
export const THREADS = ['auto', '1', '2', '3', '4', '8'];

/**
 * Returns why a page can use one thread only, or undefined.
 *
 * @param {{ isIsolated?: boolean, processors?: number }} [page]
 */
export function reasonForOneThread({
  isIsolated = crossOriginIsolated,
  processors = navigator.hardwareConcurrency,
} = {}) {
  if (!isIsolated) return 'One thread: this page is not cross-origin isolated, so threads cannot share memory.';
  if (!(processors > 1)) return 'One thread: the browser reports one processor.';
  return undefined;
}

/** Returns the items of the list of numbers: as many as there are processors, at most. @param {number} [processors] */
export function threadItems(processors = navigator.hardwareConcurrency) {
  return THREADS.filter((id) => id === 'auto' || Number(id) <= processors).map((id) => ({
    id,
    title: id === 'auto' ? 'Automatic' : id,
  }));
}

/**
 * Returns the ids of backends on numbers of threads. Backends without a choice of threads stay as they are.
 *
 * @param {{ id: string, hasThreads?: boolean }[]} backends
 * @param {string[]} threads some of THREADS
 */
export function onThreads(backends, threads) {
  return backends.flatMap(({ id, hasThreads }) =>
    hasThreads ? threads.map((count) => (count === 'auto' ? id : `${id}/${count}`)) : [id],
  );
}

/** Splits an id such as `simd/2`. @param {string} id @returns {{ name: string, threads: number | undefined }} */
export function splitId(id) {
  const [name, count] = id.split('/');
  if (count === undefined) return { name, threads: undefined };
  if (count === 'auto' || !THREADS.includes(count)) throw new RangeError(`threads must be one of ${THREADS.join(', ')}, got ${count}`); // prettier-ignore
  return { name, threads: Number(count) };
}

/** @param {number} count */
export function threadsText(count) {
  return count === 1 ? '1 thread' : `${count} threads`;
}

/**
 * Returns what is wrong if a backend does not compute on the wanted number of threads.
 *
 * @param {number | undefined} wanted
 * @param {{ count: number, reason: string }} threads
 */
export function problemOfThreads(wanted, { count, reason }) {
  return wanted === undefined || wanted === count ? undefined : `It computes on ${threadsText(count)}: ${reason}.`;
}
