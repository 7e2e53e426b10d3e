import { MAX_PARTS } from './count.js';

/**
 * The words that the threads of a pool share. Every access is atomic.
 *
 * CLAIM contains the parts of the current job that no thread has taken: low to high − 1, with low in bits 6 to 11 and high in bits 0 to 5.
 * Workers take parts from below, the caller takes them from above. A thread that has taken a part may read FUNCTION and CONTEXT, because
 * the caller changes them only after all taken parts are done. A worker that comes late finds no part and does nothing.
 */
const LINE = 32; // words: two cache lines, because processors fetch pairs of them
const CLAIM = 0;
const DONE = LINE; // parts that workers have finished
const FAILED = 2 * LINE; // one bit for each part that a worker could not compute
const SLEEPERS = 3 * LINE; // workers that wait
const WAITING = 4 * LINE; // 1 while the caller waits
const FUNCTION = 5 * LINE;
const CONTEXT = FUNCTION + 1;
const PARTS_BITS = 6;
const STOPPED = -1;

export const CONTROL_BYTES = 6 * LINE * Int32Array.BYTES_PER_ELEMENT;

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

  /** Offers parts 0 to `parts` − 1 of a job to the workers. */
  post(functionIndex, context, parts) {
    const { words } = this;
    Atomics.store(words, DONE, 0);
    Atomics.store(words, FAILED, 0);
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

  isDone(count) {
    return Atomics.load(this.words, DONE) === count;
  }

  /** Waits until workers have finished `count` parts, at most for a time. Returns whether they have. */
  waitUntilDone(count, milliseconds) {
    const { words } = this;
    Atomics.store(words, WAITING, 1);
    const end = performance.now() + milliseconds;
    for (let done; (done = Atomics.load(words, DONE)) !== count;) {
      if (performance.now() > end) break;
      Atomics.wait(words, DONE, done, milliseconds);
    }
    Atomics.store(words, WAITING, 0);
    return this.isDone(count);
  }

  /** Returns the parts that workers could not compute. */
  failedParts() {
    const failed = Atomics.load(this.words, FAILED);
    return Array.from({ length: MAX_PARTS }, (_, part) => part).filter((part) => (failed >>> part) & 1);
  }

  stop() {
    Atomics.store(this.words, CLAIM, STOPPED);
    Atomics.notify(this.words, CLAIM);
  }
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
    Atomics.add(words, DONE, 1);
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
