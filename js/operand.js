import { kindError } from './kinds.js';
import { Tensor } from './tensor.js';

/** A tensor, or { data, shape } as one, for the length of a call. */
export class Operand {
  #heap;
  #functionName;
  #argument;
  #tensor;
  #values;

  constructor(heap, functionName, argument, value) {
    this.#heap = heap;
    this.#functionName = functionName;
    this.#argument = argument;
    if (value instanceof Tensor) {
      value.addressIn(heap, functionName, argument);
      this.#tensor = value;
    } else if (value !== null && typeof value === 'object' && 'data' in value && 'shape' in value) {
      this.#values = heap.plainValues(functionName, `${argument}.`, value.data, value.shape);
    } else {
      throw kindError(functionName, argument, 'a tensor or { data: Float32Array, shape }', value);
    }
  }

  get shape() {
    return (this.#values ?? this.#tensor).shape;
  }

  /** Where its values are in the heap: copied there now if they are not yet. */
  address() {
    this.#tensor ??= this.#heap.copyOf(this.#functionName, this.#values);
    return this.#tensor.addressIn(this.#heap, this.#functionName, this.#argument);
  }

  /** A copy of it outside of the heap. */
  copy() {
    const data = this.#tensor
      ? this.#tensor.dataSync()
      : this.#heap.valuesNow(this.#functionName, this.#values).slice();
    return { data, shape: [...this.shape] };
  }

  /** Frees what was copied. */
  release() {
    if (this.#values) this.#tensor?.dispose();
  }
}

/**
 * Runs `body` with an operand for each of the given values, under its name, and frees what was copied for them. `dtypes` has the types
 * of those that are not float32.
 */
export function withOperands(heap, functionName, values, body, dtypes = {}) {
  const operands = {};
  for (const name of Object.keys(values)) {
    operands[name] = heap.operand(functionName, name, values[name], dtypes[name]);
  }
  try {
    return body(operands);
  } finally {
    for (const operand of Object.values(operands)) operand.release();
  }
}
