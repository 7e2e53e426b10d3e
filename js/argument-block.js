/**
 * Writes the arguments of a call where the checks in C++ read them (cpp/bindings/argument_reader.h): numbers, lists and names, one
 * after the other, as doubles. What a value means is not known here.
 */

const MOST_VALUES = 8;
const MOST_CHARACTERS = 40;

export class ArgumentBlock {
  #module;
  #first;
  #next = 0;
  /** The memory while arguments are written, which do not make it grow. */
  #heap;

  constructor(module, address) {
    this.#module = module;
    this.#first = (address >>> 0) / Float64Array.BYTES_PER_ELEMENT;
  }

  get address() {
    return this.#first * Float64Array.BYTES_PER_ELEMENT;
  }

  begin() {
    this.#heap = this.#module.HEAPF64;
    this.#next = this.#first;
    return this;
  }

  number(value) {
    this.#heap[this.#next++] = value;
    return this;
  }

  numbers(values) {
    const heap = this.#heap;
    const { length } = values;
    let next = this.#next;
    heap[next++] = length;
    for (let i = 0; i < length && i < MOST_VALUES; ++i) heap[next++] = values[i];
    this.#next = next;
    return this;
  }

  optionalNumbers(values) {
    return values ? this.number(1).numbers(values) : this.number(0);
  }

  optionalName(text) {
    return text === undefined ? this.number(0) : this.number(1).name(text);
  }

  name(text) {
    const heap = this.#heap;
    const { length } = text;
    let next = this.#next;
    heap[next++] = length;
    for (let i = 0; i < length && i < MOST_CHARACTERS; ++i) {
      const code = text.charCodeAt(i);
      heap[next++] = code < 128 ? code : 63; // a question mark: no name that is known has other letters
    }
    this.#next = next;
    return this;
  }

  /** What a check has answered with: a shape, as integers, because engines box a double that stands in a list of its own. @returns {number[]} */
  get shape() {
    const heap = this.#module.HEAPF64;
    const first = this.#first;
    return [heap[first] | 0, heap[first + 1] | 0, heap[first + 2] | 0, heap[first + 3] | 0];
  }

  /** And how many elements that has. @returns {number} */
  get size() {
    return this.#module.HEAPF64[this.#first + 4];
  }

  /** The first `count` numbers that a call has left here. @returns {number[]} */
  values(count) {
    return Array.from(this.#module.HEAPF64.subarray(this.#first, this.#first + count));
  }
}
