import { instanceBytes } from '../side-instance.js';
import { ARENA_BYTES } from './arena.js';
import { CONTROL_BYTES, CallerControl, MAX_PARTS } from './control.js';

/**
 * Threads that compute parts of kernels, together with the thread that calls the kernels. The first job that is large enough starts the
 * workers; until they are ready, and if they cannot start, the caller computes alone.
 *
 * @typedef {object} WorkerData what a worker gets
 * @property {WebAssembly.Module} module the side module, compiled for shared memory
 * @property {WebAssembly.Memory} memory
 * @property {number} controlAddress
 * @property {number} place the memory for its instance
 * @property {number} arenaAddress its scratch memory
 *
 * @typedef {(data: WorkerData) => { ready: Promise<any>, terminate: () => void }} StartWorker
 */

/** To wake a worker takes the caller about 8 µs, and the worker comes about 25 µs later. A worker that spins costs neither. */
const MIN_MICROSECONDS = 10;
const MIN_MICROSECONDS_ASLEEP = 64;
/** How long the caller spins before it waits. */
const SPIN_MILLISECONDS = 0.05;
const CHECKS_PER_CLOCK = 64;
/** After this time a worker is taken for dead, for example because a debugger stopped it. */
const TIMEOUT_MILLISECONDS = 10_000;
/** How long the pool rests at most if other programs need the other cores. */
const MAX_REST_MILLISECONDS = 256;
/** The caller tolerates to wait this long for workers, or half of its own time. */
const TOLERATED_MILLISECONDS = 0.03;
const LINE_BYTES = 128;

export class Pool {
  #options;
  /** @type {CallerControl | undefined} undefined until all workers are ready, and after the pool has ended */
  #control;
  #workers = [];
  #isStarted = false;
  #restMilliseconds = 0;
  #restEnd = 0;
  /** @type {string | undefined} why the workers do not run */
  problem;

  /**
   * @param {object} options
   * @param {import('./pool-of-backend.js').Threads} options.threads how many threads compute, with the caller
   * @param {WebAssembly.Module} options.module
   * @param {WebAssembly.Memory} options.memory
   * @param {(bytes: number) => number} options.take allocates in `memory`
   * @param {StartWorker} options.startWorker
   */
  constructor(options) {
    this.#options = options;
  }

  get threads() {
    return this.problem === undefined ? this.#options.threads.count : 1;
  }

  get reason() {
    return this.problem ?? this.#options.threads.reason;
  }

  /**
   * Runs a job: calls `compute(context, part)` for each part, on this thread and on the workers, where the function has an index in the table of
   * the module. Returns false if no part ran, because the job does not pay or no worker is ready.
   */
  run(compute, functionIndex, context, parts, microseconds) {
    if (this.problem !== undefined || parts > MAX_PARTS || microseconds < MIN_MICROSECONDS) return false;
    const control = this.#control;
    if (!control) {
      if (!this.#isStarted && microseconds >= MIN_MICROSECONDS_ASLEEP) this.#start();
      return false;
    }
    if (control.hasSleepers && microseconds < MIN_MICROSECONDS_ASLEEP) return false;
    const begin = performance.now();
    if (begin < this.#restEnd) return false;

    control.post(functionIndex, context, parts);
    try {
      for (let part = control.take(false); part >= 0; part = control.take(false)) compute(context, part);
    } finally {
      // Also after an error: a worker that still computes must not write into memory that the caller frees.
      this.#finish(control, begin);
    }
    for (const part of control.failedParts()) compute(context, part);
    return true;
  }

  /** Waits for the parts that workers have taken. */
  #finish(control, begin) {
    const ownEnd = performance.now();
    const taken = control.close();
    this.#wait(control, taken);
    this.#judge(begin, ownEnd, taken);
  }

  /** Ends the workers. Their memory is not freed, because terminating takes time. */
  end(reason = 'the pool has ended') {
    this.problem ??= reason;
    this.#control?.stop();
    this.#control = undefined;
    for (const worker of this.#workers) worker.terminate();
    this.#workers = [];
  }

  async #start() {
    this.#isStarted = true;
    const { threads, module, memory, take, startWorker } = this.#options;
    const workers = threads.count - 1;
    const bytesOfInstance = Math.ceil(instanceBytes(module) / LINE_BYTES) * LINE_BYTES;
    const bytesOfWorker = bytesOfInstance + ARENA_BYTES;
    const taken = take(LINE_BYTES + CONTROL_BYTES + workers * bytesOfWorker) >>> 0;
    if (taken === 0) return this.end('there is no memory for the workers');
    const controlAddress = Math.ceil(taken / LINE_BYTES) * LINE_BYTES;
    const control = new CallerControl(memory, controlAddress);
    try {
      for (let i = 0; i < workers; ++i) {
        const place = controlAddress + CONTROL_BYTES + i * bytesOfWorker;
        const arenaAddress = place + bytesOfInstance;
        this.#workers.push(startWorker({ module, memory, controlAddress, place, arenaAddress }));
      }
      await Promise.all(this.#workers.map(({ ready }) => ready));
      if (this.problem === undefined) this.#control = control;
    } catch (error) {
      this.end(`a worker could not start: ${error instanceof Error ? error.message : error}`);
    }
  }

  #wait(control, count) {
    const end = performance.now() + SPIN_MILLISECONDS;
    const timeout = end + TIMEOUT_MILLISECONDS;
    do {
      for (let i = 0; i < CHECKS_PER_CLOCK; ++i) if (control.isDone(count)) return;
      if (control.canWait && performance.now() > end && control.waitUntilDone(count, TIMEOUT_MILLISECONDS)) return;
    } while (performance.now() < timeout);
    this.end('a worker did not answer');
    throw new Error(`a worker did not finish its part within ${TIMEOUT_MILLISECONDS / 1000} s`);
  }

  /**
   * Lets the pool rest if workers come too late, which means that other programs need their cores: for 1 ms first, then for twice the time
   * after each job that is not better.
   */
  #judge(begin, ownEnd, taken) {
    const now = performance.now();
    if (taken > 0 && now - ownEnd <= Math.max(TOLERATED_MILLISECONDS, (ownEnd - begin) / 2)) {
      this.#restMilliseconds = 0;
      return;
    }
    this.#restMilliseconds = Math.min(MAX_REST_MILLISECONDS, Math.max(1, 2 * this.#restMilliseconds));
    this.#restEnd = now + this.#restMilliseconds;
  }
}
