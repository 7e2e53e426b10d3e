import { MAX_PARTS } from './count.js';

/**
 * The words that the threads of a pool share. Every access is atomic.
 *
 * CLAIM contains the parts of the current job that no thread has taken: low to high − 1, with low in bits 6 to 11 and high in bits 0 to 5. After
 * the last job it is STOPPED.
 * Workers take parts from below, the caller takes them from above. A thread that has taken a part may read FUNCTION and CONTEXT, because
 * the caller changes them only after all taken parts are done. A worker that comes late finds no part and does nothing.
 */
const LINE = 32; // words: two cache lines, because processors fetch pairs of them
const CLAIM = 0;
const DONE = LINE; // one bit for each part that a worker has finished
const FAILED = 2 * LINE; // one bit for each part that a worker could not compute
const SLEEPERS = 3 * LINE; // workers that wait
const WAITING = 4 * LINE; // 1 while the caller waits
const FUNCTION = 5 * LINE;
const CONTEXT = FUNCTION + 1;
const OWNERS = 6 * LINE; // for each part that a worker has taken, the number of the worker + 1
const PARTS_BITS = 6;
const STOPPED = -1;

/** How long a worker spins before it sleeps, and the caller before it waits. */
export const SPIN_MILLISECONDS = 0.05;
export const CONTROL_BYTES = 7 * LINE * Int32Array.BYTES_PER_ELEMENT;

function lowOf(claim) {
  return claim >> PARTS_BITS;
}

function highOf(claim) {
  return claim & (2 ** PARTS_BITS - 1);
}

function hasParts(claim) {
  return claim !== STOPPED && lowOf(claim) < highOf(claim);
}

/** Returns whether a worker has nothing to do. */
function isIdle(claim) {
  return claim !== STOPPED && !hasParts(claim);
}

/** What both sides read. */
class Control {
  /** @param {WebAssembly.Memory} memory @param {number} address */
  constructor(memory, address) {
    // The view stays valid if the memory grows: shared memory is never moved.
    this.words = new Int32Array(memory.buffer, address, CONTROL_BYTES / Int32Array.BYTES_PER_ELEMENT);
  }

  /** Takes a part, and returns its number, or −1 if no part is left. @param {boolean} isFromBelow */
  take(isFromBelow) {
    for (;;) {
      const claim = Atomics.load(this.words, CLAIM);
      if (!hasParts(claim)) return -1;
      const next = isFromBelow ? claim + 2 ** PARTS_BITS : claim - 1;
      if (Atomics.compareExchange(this.words, CLAIM, claim, next) === claim) {
        return isFromBelow ? lowOf(claim) : highOf(claim) - 1;
      }
    }
  }
}

/** The caller's side. */
export class CallerControl extends Control {
  constructor(memory, address) {
    super(memory, address);
    this.words.fill(0);
    this.canWait = canWait(this.words);
  }

  get hasSleepers() {
    return Atomics.load(this.words, SLEEPERS) > 0;
  }

  /** Wakes the workers that sleep. They sleep again if no job comes soon. */
  wake() {
    Atomics.notify(this.words, CLAIM);
  }

  /** Offers parts 0 to `parts` − 1 of a job to the workers. */
  post(functionIndex, context, parts) {
    const { words } = this;
    Atomics.store(words, DONE, 0);
    Atomics.store(words, FAILED, 0);
    words.fill(0, OWNERS, OWNERS + MAX_PARTS);
    Atomics.store(words, FUNCTION, functionIndex);
    Atomics.store(words, CONTEXT, context);
    Atomics.store(words, CLAIM, parts); // workers take parts from now on
    if (this.hasSleepers) Atomics.notify(words, CLAIM, parts - 1);
  }

  /** Ends the job: no worker takes another part. Returns how many parts workers have taken. */
  close() {
    for (;;) {
      const claim = Atomics.load(this.words, CLAIM);
      if (!hasParts(claim)) return lowOf(claim);
      const closed = lowOf(claim) * (2 ** PARTS_BITS + 1);
      if (Atomics.compareExchange(this.words, CLAIM, claim, closed) === claim) return lowOf(claim);
    }
  }

  /** Returns whether workers have finished parts 0 to `count` − 1, which they have taken. */
  isDone(count) {
    return Atomics.load(this.words, DONE) === 2 ** count - 1;
  }

  /** Waits until workers have finished parts 0 to `count` − 1, at most for a time. Returns whether they have. */
  waitUntilDone(count, milliseconds) {
    const { words } = this;
    Atomics.store(words, WAITING, 1);
    const end = performance.now() + milliseconds;
    const all = 2 ** count - 1;
    for (let done; (done = Atomics.load(words, DONE)) !== all;) {
      if (performance.now() > end) break;
      Atomics.wait(words, DONE, done, milliseconds);
    }
    Atomics.store(words, WAITING, 0);
    return this.isDone(count);
  }

  /** Returns the parts that workers could not compute. */
  failedParts() {
    return partsOf(Atomics.load(this.words, FAILED));
  }

  /** Returns the parts out of 0 to `count` − 1 that workers have not finished. */
  unfinishedParts(count) {
    return partsOf((2 ** count - 1) & ~Atomics.load(this.words, DONE));
  }

  /** Returns the number of the worker that has taken a part, or −1 for a moment, until the worker has stored it. */
  ownerOf(part) {
    return Atomics.load(this.words, OWNERS + part) - 1;
  }

  stop() {
    Atomics.store(this.words, CLAIM, STOPPED);
    Atomics.notify(this.words, CLAIM);
  }
}

function partsOf(bits) {
  return Array.from({ length: MAX_PARTS }, (_, part) => part).filter((part) => (bits >>> part) & 1);
}

/** Returns whether this thread may wait. The main thread of a page may not. */
function canWait(words) {
  try {
    Atomics.wait(words, WAITING, 1, 0); // returns at once, because the word is 0
    return true;
  } catch {
    return false;
  }
}

/** A worker's side. */
export class WorkerControl extends Control {
  #number;

  /** @param {number} number the number of the worker, from 0 */
  constructor(memory, address, number) {
    super(memory, address);
    this.#number = number;
  }

  /** Takes a part, and returns its number, or −1 if no part is left. */
  takePart() {
    const part = this.take(true);
    if (part >= 0) Atomics.store(this.words, OWNERS + part, this.#number + 1);
    return part;
  }

  get job() {
    return { functionIndex: Atomics.load(this.words, FUNCTION), context: Atomics.load(this.words, CONTEXT) };
  }

  get isStopped() {
    return Atomics.load(this.words, CLAIM) === STOPPED;
  }

  /** Reports that a part is done, or that this worker could not compute it. */
  finish(part, isComputed) {
    const { words } = this;
    if (!isComputed) Atomics.or(words, FAILED, 1 << part);
    Atomics.or(words, DONE, 1 << part);
    if (Atomics.load(words, WAITING) !== 0) Atomics.notify(words, DONE);
  }

  /** Returns whether there is something to do: a part of a job, or to end. */
  get hasWork() {
    return !isIdle(Atomics.load(this.words, CLAIM));
  }

  /** Waits until the caller posts a job or stops. */
  sleep() {
    const { words } = this;
    Atomics.add(words, SLEEPERS, 1);
    const claim = Atomics.load(words, CLAIM);
    if (isIdle(claim)) Atomics.wait(words, CLAIM, claim);
    Atomics.sub(words, SLEEPERS, 1);
  }
}
