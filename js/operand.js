import { kindError } from './kinds.js';
import { Tensor } from './tensor.js';

/** A tensor, or { data, shape } as one, for the length of a call. */
export class Operand {
  #heap;
  #functionName;
  #argument;
  #tensor;
  /** Gives the plain values, where they are such. @type {(() => Float32Array) | undefined} */
  #data;
  #shape;
  #size = 0;

  constructor(heap, functionName, argument, value) {
    this.#heap = heap;
    this.#functionName = functionName;
    this.#argument = argument;
    if (value instanceof Tensor) {
      value.addressIn(heap, functionName, argument);
      this.#tensor = value;
      this.#shape = value.shape;
    } else if (value !== null && typeof value === 'object' && 'data' in value && 'shape' in value) {
      const { data, shape } = value;
      this.#size = heap.checkData(functionName, `${argument}.`, data, shape);
      this.#data = heap.lasting(data);
      this.#shape = shape;
    } else {
      throw kindError(functionName, argument, 'a tensor or { data: Float32Array, shape }', value);
    }
  }

  get shape() {
    return this.#shape;
  }

  /** Where its values are in the heap: copied there now if they are not yet. */
  address() {
    if (this.#data && !this.#tensor) {
      this.#tensor = this.#heap.allocate(this.#functionName, this.#shape, this.#size);
      this.#tensor.data.set(this.#data());
    }
    return this.#tensor.addressIn(this.#heap, this.#functionName, this.#argument);
  }

  /** Frees what was copied. */
  release() {
    if (this.#data) this.#tensor?.dispose();
  }
}
