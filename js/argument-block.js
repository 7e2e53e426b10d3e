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

  constructor(module, address) {
    this.#module = module;
    this.#first = (address >>> 0) / Float64Array.BYTES_PER_ELEMENT;
  }

  get address() {
    return this.#first * Float64Array.BYTES_PER_ELEMENT;
  }

  begin() {
    this.#next = this.#first;
    return this;
  }

  number(value) {
    this.#module.HEAPF64[this.#next++] = value;
    return this;
  }

  numbers(values) {
    const heap = this.#module.HEAPF64;
    heap[this.#next++] = values.length;
    const kept = Math.min(values.length, MOST_VALUES);
    for (let i = 0; i < kept; ++i) heap[this.#next++] = values[i];
    return this;
  }

  optionalNumbers(values) {
    return values ? this.number(1).numbers(values) : this.number(0);
  }

  optionalName(text) {
    return text === undefined ? this.number(0) : this.number(1).name(text);
  }

  name(text) {
    const heap = this.#module.HEAPF64;
    heap[this.#next++] = text.length;
    const kept = Math.min(text.length, MOST_CHARACTERS);
    for (let i = 0; i < kept; ++i) {
      const code = text.charCodeAt(i);
      heap[this.#next++] = code < 128 ? code : 63; // a question mark: no name that is known has other letters
    }
    return this;
  }

  /** @returns {{ shape: number[], size: number }} what a check has answered with: a shape, and how many elements it has */
  answer() {
    const heap = this.#module.HEAPF64;
    const first = this.#first;
    return { shape: [heap[first], heap[first + 1], heap[first + 2], heap[first + 3]], size: heap[first + 4] };
  }

  /** The first `count` numbers that a call has left here. @returns {number[]} */
  values(count) {
    return Array.from(this.#module.HEAPF64.subarray(this.#first, this.#first + count));
  }
}
