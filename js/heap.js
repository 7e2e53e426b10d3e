import { float32Length, kindError, placeIn, shapeOf } from './kinds.js';
import { outOfMemory } from './errors.js';
import { sizesOf, Tensor } from './tensor.js';

/** The module's memory: which tensors live there, and which tidy they belong to. */
export class Heap {
  #module;
  #native;
  #call;
  #numTensors = 0;
  #numBytes = 0;
  /** @type {Set<Tensor>[]} */
  #scopes = [];

  constructor(module, native, call) {
    this.#module = module;
    this.#native = native;
    this.#call = call;
  }

  get buffer() {
    return this.#module.HEAPF32.buffer;
  }

  memory() {
    return { numTensors: this.#numTensors, numBytes: this.#numBytes, heapBytes: this.buffer.byteLength };
  }

  /** A tensor of undefined content; `shape` is checked and has `size` elements. */
  allocate(functionName, shape, size) {
    const bytes = size * Float32Array.BYTES_PER_ELEMENT;
    const address = this.#native.allocate(bytes);
    if (address === 0) throw outOfMemory(functionName, bytes);
    const tensor = new Tensor(this, address, shape, size);
    this.#numTensors += 1;
    this.#numBytes += bytes;
    this.#scopes.at(-1)?.add(tensor);
    return tensor;
  }

  /** A tensor or plain values, as something that a kernel can be given. */
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

  /** Where an operand is: plain values are copied now if they are not yet. */
  place(functionName, argument, operand) {
    operand.tensor ??= this.copyOf(functionName, operand.values);
    return operand.tensor.addressIn(this, functionName, argument);
  }

  /** A copy of an operand outside of the heap. */
  outside(functionName, { shape, tensor, values }) {
    const data = tensor ? tensor.dataSync() : this.valuesNow(functionName, values).slice();
    return { data, shape: [...shape] };
  }

  /** Frees what was copied for an operand. */
  free(operand) {
    if (operand?.values) operand.tensor?.dispose();
  }

  /** Where a kernel writes a result that `allocate` gave. */
  addressOf(tensor) {
    return tensor.addressIn(this, 'addressOf', 'result');
  }

  /** Takes back a result that could not be computed. */
  discard(tensor) {
    tensor.dispose();
  }

  /** For Tensor.dispose alone. */
  release(tensor, address) {
    this.#native.release(address);
    this.#numTensors -= 1;
    this.#numBytes -= tensor.size * Float32Array.BYTES_PER_ELEMENT;
    for (const scope of this.#scopes) scope.delete(tensor);
  }

  /** A tensor with a copy of `data`. */
  tensor(functionName, argument, data, shape) {
    return this.copyOf(functionName, this.plainValues(functionName, argument, data, shape));
  }

  /** Checked data and shape that stay what they were when they were checked; `argument` is what stands before their names. */
  plainValues(functionName, argument, data, shape) {
    const size = float32Length(data);
    if (size === undefined) throw kindError(functionName, `${argument}data`, 'a Float32Array', data);
    const sizes = shapeOf(functionName, `${argument}shape`, shape);
    const block = this.#call.begin(functionName).name(`${argument}shape`).name(`${argument}data`);
    block.numbers(sizes).number(size);
    this.#call.check('checkTensor');
    // A view of this very memory becomes empty when the memory grows; it is found again by its place.
    return { argument, data, offset: placeIn(this.buffer, data), shape: sizes, size };
  }

  /** A tensor with a copy of plain values. */
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

  /** The data of plain values, where they are now. */
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

/** The tensors in what a tidy gives back: itself, or anywhere in its arrays and plain objects. */
function tensorsIn(result) {
  const tensors = [];
  const seen = new Set();
  // A list of what is left to look at, because results may be nested deeper than calls.
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
