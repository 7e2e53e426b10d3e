import {
  byteOffsetIn,
  float32Length,
  kindError,
  outOfMemory,
  requireDataLength,
  shapeOf,
  sizeOfShape,
} from './arguments.js';
import { sizesOf, Tensor } from './tensor.js';

/** Allocates and counts the tensors in the memory of a module, and frees those of a tidy when the tidy ends. */
export class Heap {
  #memory;
  #native;
  #numTensors = 0;
  #numBytes = 0;
  /** @type {Set<Tensor>[]} */
  #scopes = [];

  /** @param {WebAssembly.Memory} memory @param {any} native the exported functions of the module */
  constructor(memory, native) {
    this.#memory = memory;
    this.#native = native;
  }

  get buffer() {
    return this.#memory.buffer;
  }

  memory() {
    return { numTensors: this.#numTensors, numBytes: this.#numBytes, heapBytes: this.buffer.byteLength };
  }

  /** Returns a tensor with undefined content. The shape has been checked. */
  allocate(functionName, shape, size) {
    const bytes = size * Float32Array.BYTES_PER_ELEMENT;
    const address = this.#native.allocate(bytes) >>> 0;
    if (address === 0) throw outOfMemory(functionName, bytes);
    const tensor = new Tensor(this, address, shape, size);
    this.#numTensors += 1;
    this.#numBytes += bytes;
    this.#scopes.at(-1)?.add(tensor);
    return tensor;
  }

  /** Returns a tensor or plain values as an operand of a kernel. */
  operand(functionName, argument, value) {
    if (value instanceof Tensor) {
      value.addressIn(this, functionName, argument);
      return { shape: sizesOf(value), tensor: value, values: undefined };
    }
    if (value !== null && typeof value === 'object' && 'data' in value && 'shape' in value) {
      const values = this.plainValues(functionName, `${argument}.`, value.data, value.shape);
      return { shape: values.shape, tensor: undefined, values };
    }
    throw kindError(functionName, argument, 'a tensor or { data: Float32Array, shape }', value);
  }

  /** Returns the address of an operand. Plain values are copied into the heap the first time. */
  place(functionName, argument, operand) {
    operand.tensor ??= this.copyOf(functionName, operand.values);
    return operand.tensor.addressIn(this, functionName, argument);
  }

  /** Returns a copy of an operand outside of the heap. */
  outside(functionName, { shape, tensor, values }) {
    const data = tensor ? tensor.dataSync() : this.valuesNow(functionName, values).slice();
    return { data, shape: [...shape] };
  }

  /** Frees the copy that was made for an operand. */
  free(operand) {
    if (operand?.values) operand.tensor?.dispose();
  }

  /** Returns the address of a result that `allocate` returned. */
  addressOf(tensor) {
    return tensor.addressIn(this, 'addressOf', 'result');
  }

  /** Frees a result that could not be computed. */
  discard(tensor) {
    tensor.dispose();
  }

  /** Frees the memory of a tensor. Only Tensor.dispose calls this. */
  release(tensor, address) {
    this.#native.release(address);
    this.#numTensors -= 1;
    this.#numBytes -= tensor.size * Float32Array.BYTES_PER_ELEMENT;
    for (const scope of this.#scopes) scope.delete(tensor);
  }

  /** Returns a tensor with a copy of `data`. */
  tensor(functionName, argument, data, shape) {
    return this.copyOf(functionName, this.plainValues(functionName, argument, data, shape));
  }

  /** Returns checked data and shape, which cannot change afterwards. `argument` precedes their names in errors. */
  plainValues(functionName, argument, data, shape) {
    const length = float32Length(data);
    if (length === undefined) throw kindError(functionName, `${argument}data`, 'a Float32Array', data);
    const sizes = shapeOf(functionName, `${argument}shape`, shape);
    const size = sizeOfShape(functionName, `${argument}shape`, sizes);
    requireDataLength(functionName, `${argument}data`, sizes, size, length);
    // A view of this heap loses its memory when the heap grows. Its offset finds the data again.
    return { argument, data, offset: byteOffsetIn(this.buffer, data), shape: sizes, size };
  }

  /** Returns a tensor with a copy of plain values. */
  copyOf(functionName, values) {
    const tensor = this.allocate(functionName, values.shape, values.size);
    try {
      Float32Array.prototype.set.call(tensor.data, this.valuesNow(functionName, values));
    } catch (error) {
      tensor.dispose();
      throw error;
    }
    return tensor;
  }

  /** Returns the data of plain values as a view that is valid now. */
  valuesNow(functionName, { argument, data, offset, size }) {
    const now = offset === undefined ? data : new Float32Array(this.buffer, offset, size);
    if (float32Length(now) === size) return now;
    throw new TypeError(`Error in ${functionName}: ${argument}data must not change during the call`);
  }

  tidy(body) {
    if (typeof body !== 'function') throw kindError('tidy', 'body', 'a function', body);
    const scope = new Set();
    this.#scopes.push(scope);
    let result;
    try {
      result = body();
      if (typeof result?.then === 'function') {
        throw new TypeError('Error in tidy: body must not be asynchronous, got a promise from it');
      }
      for (const tensor of tensorsIn(result)) {
        if (scope.delete(tensor)) this.#scopes.at(-2)?.add(tensor);
      }
    } finally {
      this.#scopes.pop();
      for (const tensor of scope) tensor.dispose();
    }
    return result;
  }

  keep(tensor) {
    if (!(tensor instanceof Tensor)) throw kindError('keep', 'tensor', 'a tensor', tensor);
    tensor.addressIn(this, 'keep', 'tensor');
    for (const scope of this.#scopes) scope.delete(tensor);
    return tensor;
  }
}

/** Returns the tensors in the result of a tidy, including those in arrays and objects. */
function tensorsIn(result) {
  const tensors = [];
  const seen = new Set();
  // A list instead of recursion: results may be nested deeper than the stack allows.
  const left = [result];
  while (left.length > 0) {
    const value = left.pop();
    if (value instanceof Tensor) {
      tensors.push(value);
    } else if (value !== null && typeof value === 'object' && !ArrayBuffer.isView(value) && !seen.has(value)) {
      seen.add(value);
      for (const entry of Object.values(value)) left.push(entry);
    }
  }
  return tensors;
}
