/** The bytes of an arena. The filter gradient of a dense convolution allocates up to 1.3 MB. */
export const ARENA_BYTES = 3 * 2 ** 19;

const ALIGNMENT = 16;

/** The scratch memory of a worker: a stack, because C++ frees buffers in the reverse order of their allocation. */
export class Arena {
  #first;
  #top;

  /** @param {number} address */
  constructor(address) {
    this.#first = address;
    this.#top = address;
  }

  /** Returns the address of free memory, or 0 if there is too little. */
  take(bytes) {
    const address = this.#top;
    const top = address + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    if (top > this.#first + ARENA_BYTES) return 0;
    this.#top = top;
    return address;
  }

  give(address) {
    this.#top = address;
  }

  clear() {
    this.#top = this.#first;
  }
}
