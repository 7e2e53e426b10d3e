import { classOf, kindError, outOfMemory } from '../arguments.js';
import { Ops, sizeOf } from '../ops.js';
import { isShared } from '../side-module/side-module.js';
import { canShareMemory, MAX_PARTS, NOT_ISOLATED } from '../threads/count.js';

/**
 * The memory in which our kernels work, for each tfjs backend. For tfjs's wasm backend, kernels work in the memory of the backend, so no
 * tensor is copied (BackendHeap). For any other backend, operands are copied into a separate memory and results out of it (CopyingHeap).
 */
export class Heaps {
  #sideModule;
  #startWorker;
  #ofBackend = new WeakMap(); // a backend that is removed and created again is another object with another memory
  #pools = new WeakMap(); // of backends whose kernels use threads
  #hasWarned = false;
  /** @type {'auto' | number} how many threads compute, on backends whose kernels have not run yet */
  #threads = 'auto';
  /** @type {typeof import('./pool-of-backend.js').poolOfBackend | undefined} undefined until threads are possible */
  #createPool;
  /** @type {string | undefined} why the script of the threads is missing */
  #problem;

  constructor(sideModule, startWorker) {
    this.#sideModule = sideModule;
    this.#startWorker = startWorker;
  }

  /** Sets how many threads compute, and imports their script if threads are possible. @param {'auto' | number} threads */
  async setThreads(threads) {
    this.#threads = threads;
    if (threads === 1 || !canShareMemory()) return;
    try {
      this.#createPool ??= (await import('./pool-of-backend.js')).poolOfBackend;
      this.#problem = undefined;
    } catch (error) {
      this.#problem = `the script of the threads could not be loaded: ${/** @type {Error} */ (error).message}`;
    }
  }

  /** @param {string} functionName the kernel that is called, for the text of an error */
  of(backend, functionName) {
    if (!this.#ofBackend.has(backend)) this.#ofBackend.set(backend, this.#create(backend, functionName));
    return this.#ofBackend.get(backend);
  }

  #create(backend, functionName) {
    const lent = lentMemory(backend);
    if (lent)
      return new BackendHeap(this.#sideModule, backend, lent, functionName, this.#poolOf(backend, lent, functionName));
    if ('wasm' in backend && !this.#hasWarned) {
      this.#hasWarned = true;
      console.warn(
        'depthwise-wasm: the insides of this wasm backend are unknown, so tensors are copied, which takes longer.',
      );
    }
    return new CopyingHeap(this.#sideModule, backend, functionName);
  }

  /** Returns how many threads compute on a backend. @returns {import('./index.d.ts').Threads} */
  threadsOf(backend) {
    if (!backend) return { count: 1, reason: 'the backend is not the current one' };
    const memory = lentMemory(backend)?.memory;
    if (!memory) return { count: 1, reason: 'the kernels do not work in the memory of this backend' };
    const pool = this.#pools.get(backend);
    if (pool) return { count: pool.count, reason: pool.reason };
    const threads = this.#countOf(backend, memory);
    const isLate = threads.count > 1 && this.#ofBackend.has(backend);
    return isLate ? { count: 1, reason: 'the kernels have already run on one thread' } : threads;
  }

  /** Returns how many threads compute on a wasm backend whose kernels have not run yet. @returns {import('./index.d.ts').Threads} */
  #countOf({ wasm }, memory) {
    const wanted = this.#threads;
    if (wanted === 1) return { count: 1, reason: 'as wanted' };
    if (!isShared(memory)) {
      const isIsolated = globalThis.crossOriginIsolated ?? true;
      const reason = isIsolated ? 'the memory of this build of the wasm backend cannot be shared' : NOT_ISOLATED;
      return { count: 1, reason };
    }
    if (this.#problem) return { count: 1, reason: this.#problem };
    if (wanted !== 'auto') return { count: wanted, reason: 'as wanted' };
    return {
      count: Math.min(wasm.tfjs.getThreadsCount(), MAX_PARTS),
      reason: 'as many as the wasm backend of tfjs uses',
    };
  }

  #poolOf(backend, { memory, allocator }, functionName) {
    const threads = this.#countOf(backend, memory);
    if (threads.count === 1 || !this.#createPool) return undefined;
    const pool = this.#createPool(backend, {
      ...{ threads, memory, take: allocator.take, startWorker: this.#startWorker },
      module: this.#sideModule.shared(functionName),
    });
    this.#pools.set(backend, pool);
    return pool;
  }
}

/**
 * Returns the memory and the allocator of tfjs's wasm module, or undefined if the backend's internals are not the known ones. Internals have
 * no version number, so this function checks each member. tfjs's plain build exports the memory; the threaded build has it as a member.
 */
function lentMemory(backend) {
  const { wasm, makeOutput, dataIdMap } = backend;
  const memory = wasm?.asm?.memory ?? wasm?.wasmMemory;
  const isKnown =
    classOf(memory) === 'WebAssembly.Memory' &&
    [wasm._malloc, wasm._free, makeOutput, dataIdMap?.get].every((member) => typeof member === 'function') &&
    hasOffsets(backend);
  return isKnown ? { memory, allocator: { take: wasm._malloc, give: wasm._free } } : undefined;
}

/** Returns whether the backend exposes the offsets of tensors. A missing offset must not be read as 0, which means "no memory". */
function hasOffsets(backend) {
  const { dataId } = backend.makeOutput([1], 'float32');
  const offset = backend.dataIdMap.get(dataId)?.memoryOffset;
  backend.disposeData(dataId);
  return typeof offset === 'number';
}

/** The tensors of tfjs's wasm backend, in its own memory. */
class BackendHeap {
  sharesMemory = true;
  #backend;
  #ops;

  constructor(sideModule, backend, { memory, allocator }, functionName, pool) {
    this.#backend = backend;
    this.#ops = new Ops(this, sideModule.instantiate(memory, allocator, functionName, pool), memory);
  }

  get ops() {
    return this.#ops;
  }

  /** Returns the TensorInfo or the list of TensorInfos that `body` computes. */
  run(body) {
    return body(this.#ops);
  }

  operand(functionName, argument, info, dtype = 'float32') {
    requireTensor(functionName, argument, info, dtype);
    return info;
  }

  place(functionName, argument, info) {
    return this.addressOf(info);
  }

  free() {}

  allocate(functionName, shape) {
    return makeOutput(this.#backend, functionName, shape, 'float32');
  }

  addressOf({ dataId }) {
    return this.#backend.dataIdMap.get(dataId).memoryOffset >>> 0;
  }

  discard({ dataId }) {
    this.#backend.disposeData(dataId);
  }
}

const PAGE_BYTES = 65536;
const MAX_PAGES = 65536;
const LINE_BYTES = 64;

/** Copies of the tensors of another backend. At the end of a call, resetting `#end` frees all memory of the call. */
class CopyingHeap {
  sharesMemory = false;
  #backend;
  #memory = new WebAssembly.Memory({ initial: 4, maximum: MAX_PAGES });
  #end = LINE_BYTES;
  #ops;
  #endBeforeCall;

  constructor(sideModule, backend, functionName) {
    this.#backend = backend;
    const allocator = { take: (bytes) => this.#take(bytes >>> 0), give() {} };
    this.#ops = new Ops(this, sideModule.instantiate(this.#memory, allocator, functionName), this.#memory);
    this.#endBeforeCall = this.#end;
  }

  get ops() {
    return this.#ops;
  }

  /** Returns the result or the list of results that `body` computes, as TensorInfos of the backend. */
  run(body) {
    try {
      const results = body(this.#ops);
      return Array.isArray(results) ? results.map((result) => this.#written(result)) : this.#written(results);
    } finally {
      this.#end = this.#endBeforeCall;
    }
  }

  operand(functionName, argument, info, dtype = 'float32') {
    requireTensor(functionName, argument, info, dtype);
    return info;
  }

  place(functionName, argument, { dataId, shape, dtype }) {
    const values = this.#backend.readSync(dataId);
    const { address } = this.allocate(functionName, shape, values.length);
    // Not the type of the values: tfjs's cpu backend casts int32 to float32 by changing only the dtype of the tensor.
    const Values = dtype === 'int32' ? Int32Array : Float32Array;
    new Values(this.#memory.buffer, address, values.length).set(values);
    return address;
  }

  free() {}

  allocate(functionName, shape, size) {
    const bytes = size * Float32Array.BYTES_PER_ELEMENT;
    const address = this.#take(bytes);
    if (address === 0) throw outOfMemory(functionName, bytes);
    return { address, shape };
  }

  addressOf({ address }) {
    return address;
  }

  discard() {}

  #written({ address, shape }) {
    const values = new Float32Array(this.#memory.buffer, address, sizeOf(shape)).slice();
    return { dataId: this.#backend.write(values, shape, 'float32'), shape, dtype: 'float32' };
  }

  #take(bytes) {
    const address = this.#end;
    const end = address + Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
    const missingPages = Math.ceil(end / PAGE_BYTES) - this.#memory.buffer.byteLength / PAGE_BYTES;
    if (missingPages > 0) {
      try {
        this.#memory.grow(missingPages);
      } catch {
        return 0;
      }
    }
    this.#end = end;
    return address;
  }
}

/** The number of bytes that an address of the wasm backend can select. */
const ADDRESSABLE_BYTES = 2 ** 32;

/**
 * Returns a tensor of the wasm backend without values. The backend itself keeps the lowest 32 bits of the number of bytes, so it would
 * allocate too little for a larger tensor, and it does not report that it could not allocate.
 *
 * @param {any} backend
 * @param {string} functionName
 * @param {number[]} shape
 * @param {'float32' | 'int32' | 'bool'} dtype
 */
export function makeOutput(backend, functionName, shape, dtype) {
  const bytes = sizeOf(shape) * (dtype === 'bool' ? 1 : 4);
  if (bytes >= ADDRESSABLE_BYTES) throw outOfMemory(functionName, bytes);
  const info = backend.makeOutput(shape, dtype);
  if (bytes > 0 && backend.dataIdMap?.get(info.dataId)?.memoryOffset === 0) {
    backend.disposeData(info.dataId);
    throw outOfMemory(functionName, bytes);
  }
  return info;
}

/** Checks that an operand is a live tensor of the required type. tfjs's ops check this too, but users may call kernels directly. */
export function requireTensor(functionName, argument, info, required) {
  if (info === null || typeof info !== 'object') throw kindError(functionName, argument, 'a tensor', info);
  if (info.isDisposed) {
    throw new TypeError(`Error in ${functionName}: ${argument} must be a live tensor, got one that is disposed`);
  }
  if (info.dtype === required) return;
  // The same text as in tfjs.
  throw new TypeError(
    `Argument '${argument}' passed to '${functionName}' must be ${required} tensor, but got ${info.dtype} tensor`,
  );
}
