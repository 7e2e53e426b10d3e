import { Call } from '../call.js';
import { outOfMemory } from '../errors.js';
import { requireTensor } from './tensor-info.js';
import { TfjsKernels } from './tfjs-kernels.js';

const PAGE_BYTES = 65536;
const MOST_PAGES = 65536;
const LINE_BYTES = 64;

/**
 * For backends whose tensors are somewhere else: a memory of our own, into which the operands are copied and out of which the result is.
 * One call uses it at a time, so all that it takes is given back by forgetting it.
 */
export class CopyingHeap {
  #backend;
  #memory = new WebAssembly.Memory({ initial: 4, maximum: MOST_PAGES });
  #next = LINE_BYTES;
  #kernels;
  #first;

  constructor(sideModule, backend, functionName) {
    this.#backend = backend;
    const allocator = { take: (bytes) => this.#take(bytes >>> 0), give() {} };
    const instance = sideModule.instantiate(this.#memory, allocator, functionName);
    this.#kernels = new TfjsKernels(this, new Call(instance, instance.native));
    this.#first = this.#next;
  }

  /** @returns {object} the result or results of `kernel` as TensorInfos of the backend */
  run(kernel) {
    try {
      const results = kernel(this.#kernels);
      return Array.isArray(results) ? results.map((result) => this.#given(result)) : this.#given(results);
    } finally {
      this.#next = this.#first;
    }
  }

  operand(functionName, argument, info, dtype = 'float32') {
    requireTensor(functionName, argument, info, dtype);
    return { shape: info.shape, info };
  }

  place(functionName, argument, { info }) {
    return this.#copyOf(functionName, info);
  }

  free() {}

  allocate(functionName, shape, size) {
    const bytes = size * Float32Array.BYTES_PER_ELEMENT;
    const address = this.#take(bytes);
    if (address === 0) throw outOfMemory(functionName, bytes);
    return { address, shape, size };
  }

  addressOf({ address }) {
    return address;
  }

  discard() {}

  #given({ address, shape, size }) {
    const values = new Float32Array(this.#memory.buffer, address, size).slice();
    return { dataId: this.#backend.write(values, shape, 'float32'), shape, dtype: 'float32' };
  }

  #copyOf(functionName, { dataId, shape, dtype }) {
    const values = this.#backend.readSync(dataId);
    const { address } = this.allocate(functionName, shape, values.length);
    // Of the tensor's type, which is not always that of the values: tfjs's cpu casts int32 to float32 by changing the name of the type.
    const Values = dtype === 'int32' ? Int32Array : Float32Array;
    new Values(this.#memory.buffer, address, values.length).set(values);
    return address;
  }

  #take(bytes) {
    const address = this.#next;
    const end = address + Math.ceil(bytes / LINE_BYTES) * LINE_BYTES;
    const missing = Math.ceil(end / PAGE_BYTES) - this.#memory.buffer.byteLength / PAGE_BYTES;
    if (missing > 0) {
      try {
        this.#memory.grow(missing);
      } catch {
        return 0;
      }
    }
    this.#next = end;
    return address;
  }
}
