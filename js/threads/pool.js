import { instanceBytes } from '../side-module/instance.js';
import { ARENA_BYTES } from './arena.js';
import { CONTROL_BYTES, CallerControl, SPIN_MILLISECONDS } from './control.js';
import { MAX_PARTS } from './count.js';
import { Judge } from './judge.js';

/**
 * Threads that compute parts of kernels, together with the thread that calls the kernels. The first job that is large enough starts the
 * workers; until they are ready, and if they cannot start, the caller computes alone.
 *
 * @typedef {object} WorkerData what a worker gets
 * @property {number} number from 0
 * @property {WebAssembly.Module} module the side module, compiled for shared memory
 * @property {WebAssembly.Memory} memory
 * @property {number} controlAddress
 * @property {number} place the memory for its instance
 * @property {number} arenaAddress its scratch memory
 *
 * @typedef {object} StartedWorker
 * @property {Promise<any>} ready fulfilled when it can compute; rejected if it cannot start
 * @property {Promise<string>} ended fulfilled with the reason when it has ended
 * @property {() => boolean} hasEnded returns whether it has ended, at once; false if the environment does not say it
 * @property {() => void} terminate
 *
 * @typedef {(data: WorkerData) => StartedWorker} StartWorker
 */

/**
 * To wake a worker takes the caller about 8 µs, and the worker comes about 25 µs later. A worker that spins costs neither. Short jobs that
 * follow each other closely wake the workers when their time together is that of a longer job: the workers then compute parts of the next ones.
 */
const MIN_MICROSECONDS = 10;
const MIN_MICROSECONDS_ASLEEP = 64;
const CHECKS_PER_CLOCK = 64;
/** How often a caller that waits checks that the workers have not ended. */
const CHECK_MILLISECONDS = 50;
/** After this time the pool assumes that a worker has ended, for example because a debugger stopped it. */
const TIMEOUT_MILLISECONDS = 10_000;
const LINE_BYTES = 128;
/** Instead of the number of a part: the whole loop; kWholeLoop of cpp/parallel/parallel.h. */
const WHOLE_LOOP = -1;

export class Pool {
  #options;
  /** @type {CallerControl | undefined} undefined until all workers are ready, and after the pool has ended */
  #control;
  #workers = [];
  #isStarted = false;
  #isRunning = false;
  #judge = new Judge();
  /** Jobs that are too short to wake the workers: their time together, and until when workers would spin after the last one. */
  #shortJobs = { microseconds: 0, spinEnd: 0 };
  /** @type {string | undefined} why the workers do not run */
  problem;

  /**
   * @param {object} options
   * @param {import('../index.d.ts').Threads} options.threads how many threads compute, with the caller
   * @param {WebAssembly.Module} options.module
   * @param {WebAssembly.Memory} options.memory
   * @param {(bytes: number) => number} options.take allocates in `memory`
   * @param {StartWorker} options.startWorker
   * @param {number} [options.timeout] milliseconds after which a worker that has not finished its part counts as ended
   */
  constructor(options) {
    this.#options = { timeout: TIMEOUT_MILLISECONDS, ...options };
  }

  get count() {
    return this.problem === undefined ? this.#options.threads.count : 1;
  }

  get reason() {
    return this.problem ?? this.#options.threads.reason;
  }

  /**
   * Runs a job: calls `compute(context, part)` for each part, on this thread and on the workers, or once for the whole loop on this thread.
   *
   * @param {(context: number, part: number) => void} compute a function of the module
   * @param {object} job
   * @param {number} job.functionIndex the index of the function in the table of the module
   * @param {number} job.context
   * @param {number} job.parts
   * @param {number} job.microseconds what one thread needs, approximately
   * @param {number} job.loop the loop of the program: the same number each time
   * @param {boolean} [job.isInPlace] whether a part cannot be computed once more, because it reads what it writes
   * @returns {boolean} false if no part ran, because the job does not pay or no worker is ready
   */
  run(compute, job) {
    const { context, parts, microseconds, loop } = job;
    if (this.problem !== undefined || parts > MAX_PARTS || microseconds < MIN_MICROSECONDS) return false;
    if (this.#isRunning) return false; // a loop inside of a part
    const control = this.#control;
    if (!control) {
      if (!this.#isStarted && this.#isEnough(microseconds)) this.#start();
      return false;
    }
    const areThreads = this.#judge.wantsThreads(loop);
    if (areThreads && control.hasSleepers && microseconds < MIN_MICROSECONDS_ASLEEP) {
      if (this.#isEnough(microseconds)) control.wake();
      return false; // the workers come too late for this job
    }
    const begin = performance.now();
    this.#isRunning = true;
    try {
      if (areThreads) this.#share(control, compute, job);
      else compute(context, WHOLE_LOOP);
    } finally {
      this.#isRunning = false;
    }
    this.#judge.record(loop, areThreads, (performance.now() - begin) / microseconds);
    return true;
  }

  /** Returns whether to wake or start the workers: for a long job, or for short jobs that follow each other closely. */
  #isEnough(microseconds) {
    if (microseconds >= MIN_MICROSECONDS_ASLEEP) return true;
    const jobs = this.#shortJobs;
    const now = performance.now();
    if (now > jobs.spinEnd) jobs.microseconds = 0;
    jobs.spinEnd = now + microseconds / 1000 + SPIN_MILLISECONDS;
    jobs.microseconds += microseconds;
    if (jobs.microseconds < MIN_MICROSECONDS_ASLEEP) return false;
    jobs.microseconds = 0;
    return true;
  }

  #share(control, compute, { functionIndex, context, parts, isInPlace = false }) {
    /** Parts of workers that have ended. They write no more, so the caller may compute the part once more. */
    let lost;
    control.post(functionIndex, context, parts);
    try {
      for (let part = control.take(false); part >= 0; part = control.take(false)) compute(context, part);
    } finally {
      // Also after an error: a worker that still computes writes into memory that the caller would free.
      lost = this.#wait(control, control.close());
    }
    const incomplete = [...lost, ...control.failedParts()];
    if (isInPlace && incomplete.length > 0) {
      throw new Error('A worker has ended while it changed values in place. They are lost: load or create them again.');
    }
    for (const part of incomplete) compute(context, part);
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
        const worker = startWorker({ number: i, module, memory, controlAddress, place, arenaAddress });
        this.#workers.push(worker);
        worker.ready.catch(() => {}); // also if the next worker cannot start, and nobody waits for this one
      }
      await Promise.all(this.#workers.map(({ ready }) => ready));
      if (this.problem !== undefined) return;
      this.#control = control;
      for (const { ended } of this.#workers) ended.then((why) => this.end(`a worker has ended: ${why}`));
    } catch (error) {
      this.end(`a worker could not start: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Waits until workers have finished parts 0 to `taken` − 1. Returns the parts that they do not finish, because they have ended. */
  #wait(control, taken) {
    const { timeout } = this.#options;
    const spinEnd = performance.now() + SPIN_MILLISECONDS;
    const end = spinEnd + timeout;
    do {
      for (let i = 0; i < CHECKS_PER_CLOCK; ++i) if (control.isDone(taken)) return [];
      if (!control.canWait || performance.now() < spinEnd) continue;
      if (control.waitUntilDone(taken, Math.min(CHECK_MILLISECONDS, timeout))) return [];
      const unfinished = control.unfinishedParts(taken);
      if (unfinished.length > 0 && unfinished.every((part) => this.#workers[control.ownerOf(part)]?.hasEnded())) {
        this.end('a worker has ended');
        return unfinished;
      }
    } while (performance.now() < end);
    this.end('a worker did not answer');
    // The worker may still write into memory that is freed now.
    throw new Error(
      `A worker did not finish its part within ${timeout / 1000} s. Create the backend or the module again.`,
    );
  }
}
