/** A weight of a layer, where it lives. See layer-types.d.ts. */
export class LayerWeight {
  #layer;
  #heap;
  #address;

  constructor(layer, heap, { name, shape, size, values }) {
    this.#layer = layer;
    this.#heap = heap;
    this.#address = values;
    this.name = name;
    this.shape = Object.freeze(shape);
    this.size = size;
  }

  get data() {
    if (this.#layer.isDisposed) throw new TypeError(`Error in data: the layer of this ${this.name} is disposed`);
    return new Float32Array(this.#heap.buffer, this.#address, this.size);
  }
}
