import { BackendHeap } from './backend-heap.js';
import { CopyingHeap } from './copying-heap.js';

/** The memory that our kernels work in, for each backend: one that is removed and made again is another, with other memory. */
export class Heaps {
  #sideModule;
  #ofBackend = new WeakMap();
  #hasWarned = false;

  constructor(sideModule) {
    this.#sideModule = sideModule;
  }

  /** @param {string} functionName who asks, for the text of an error */
  of(backend, functionName) {
    if (!this.#ofBackend.has(backend)) this.#ofBackend.set(backend, this.#make(backend, functionName));
    return this.#ofBackend.get(backend);
  }

  #make(backend, functionName) {
    const inPlace = BackendHeap.in(this.#sideModule, backend, functionName);
    if (!inPlace && 'wasm' in backend) this.#warn();
    return inPlace ?? new CopyingHeap(this.#sideModule, backend, functionName);
  }

  #warn() {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    console.warn('depthwise-wasm: this wasm backend is not as we know it, so tensors are copied, which takes longer.');
  }
}
