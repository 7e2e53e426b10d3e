import assert from 'node:assert/strict';

import { tf } from './tfjs.js';

/**
 * Counts the blocks that JavaScript and this package allocate in the memory of tfjs's wasm backend. `failAt(n)` makes the n-th request from
 * now on fail, `failAt(0)` none. Construct it before a kernel of this package runs on the backend, because that keeps the allocator.
 */
export class AllocationWatch {
  #sizes = new Map();
  #requestsLeft = 0;
  requests = 0;

  constructor({ wasm }) {
    // Not wasm._malloc, which replaces itself when it is called the first time.
    const { malloc, free } = wasm.asm;
    wasm._malloc = (bytes) => {
      ++this.requests;
      if (--this.#requestsLeft === 0) return 0;
      const address = malloc(bytes);
      this.#sizes.set(address >>> 0, bytes);
      return address;
    };
    wasm._free = (address) => {
      this.#sizes.delete(address >>> 0);
      free(address);
    };
  }

  get blocks() {
    return this.#sizes.size;
  }

  get bytes() {
    return [...this.#sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  failAt(request) {
    this.#requestsLeft = request;
  }
}

/** Returns the numbers of tensors that tfjs and its backend count. */
export function tensorCounts() {
  const { numTensors, numBytes, numDataBuffers } = tf.memory();
  return { numTensors, numBytes, numDataBuffers, numDataIds: tf.backend().numDataIds() };
}

/** Asserts that `body` leaves no tensors and no data, and returns its result. */
export function leavingNothing(body) {
  const before = tensorCounts();
  const result = body();
  assert.deepEqual(tensorCounts(), before, 'tensors or their data are left');
  return result;
}
