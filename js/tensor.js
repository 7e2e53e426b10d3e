// Older engines have no Symbol.dispose; `using` compiled for them looks for a symbol of this name.
/** @type {typeof Symbol.dispose} */
export const disposeSymbol = Symbol.dispose ?? /** @type {any} */ (Symbol.for('Symbol.dispose'));

/**
 * Returns the shape of a tensor, which the caller must not change. Engines read it faster than the frozen list that users get.
 *
 * @type {(tensor: Tensor) => number[]}
 */
export let sizesOf;

/** Float32 values in the heap of a module. index.d.ts documents its members. */
export class Tensor {
  #heap;
  #address;
  #sizes;
  #shape;
  #size;

  static {
    sizesOf = (tensor) => tensor.#sizes;
  }

  constructor(heap, address, sizes, size) {
    this.#heap = heap;
    this.#address = address;
    this.#sizes = sizes;
    this.#size = size;
  }

  get shape() {
    return (this.#shape ??= Object.freeze([...this.#sizes]));
  }

  get size() {
    return this.#size;
  }

  get isDisposed() {
    return this.#address === 0;
  }

  get data() {
    return this.#viewFor('data');
  }

  dataSync() {
    return this.#viewFor('dataSync').slice();
  }

  dispose() {
    if (this.isDisposed) return;
    const address = this.#address;
    this.#address = 0;
    this.#heap.release(this, address);
  }

  [disposeSymbol]() {
    this.dispose();
  }

  /** Returns the address of the tensor in `heap`. Throws if it is not a live tensor of this heap. */
  addressIn(heap, functionName, argument) {
    if (!(#address in this)) {
      throw new TypeError(
        `Error in ${functionName}: ${argument} must be a tensor itself, got a proxy of one or what inherits from one`,
      );
    }
    if (this.isDisposed) {
      throw new TypeError(`Error in ${functionName}: ${argument} must be a live tensor, got one that is disposed`);
    }
    if (this.#heap !== heap) {
      throw new TypeError(
        `Error in ${functionName}: ${argument} must be a tensor of this module, got another module's`,
      );
    }
    return this.#address;
  }

  #viewFor(functionName) {
    if (this.isDisposed) throw new TypeError(`Error in ${functionName}: the tensor is disposed`);
    // A new view each time: older views lose their memory when the heap grows.
    return new Float32Array(this.#heap.buffer, this.#address, this.#size);
  }
}
