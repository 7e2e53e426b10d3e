import assert from 'node:assert/strict';

import { tf } from './tfjs.js';

/**
 * What is taken of the memory of tfjs's wasm backend, by its JavaScript and by this package: `blocks` and `bytes` that are taken now;
 * `failAt(n)` lets the n-th request from then on find no memory, once, and `failAt(0)` none. Must be made before a kernel of this package
 * runs on the backend, because that keeps the allocator.
 */
export class AllocationWatch {
  #taken = new Map();
  #requestsLeft = 0;
  requests = 0;

  constructor({ wasm }) {
    // Not wasm._malloc, which when it is first called puts another function in its own place.
    const { malloc, free } = wasm.asm;
    wasm._malloc = (bytes) => {
      ++this.requests;
      if (--this.#requestsLeft === 0) return 0;
      const address = malloc(bytes);
      this.#taken.set(address >>> 0, bytes);
      return address;
    };
    wasm._free = (address) => {
      this.#taken.delete(address >>> 0);
      free(address);
    };
  }

  get blocks() {
    return this.#taken.size;
  }

  get bytes() {
    return [...this.#taken.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  failAt(request) {
    this.#requestsLeft = request;
  }
}

/** All that tfjs and its backend know of tensors. */
export function tensorCounts() {
  const { numTensors, numBytes, numDataBuffers } = tf.memory();
  return { numTensors, numBytes, numDataBuffers, numDataIds: tf.backend().numDataIds() };
}

/** That `body` leaves no tensors behind, nor data without a tensor. Gives what it gives. */
export function leavingNothing(body) {
  const before = tensorCounts();
  const result = body();
  assert.deepEqual(tensorCounts(), before, 'tensors or their data are left');
  return result;
}
