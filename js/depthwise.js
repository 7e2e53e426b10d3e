import { Call } from './call.js';
import { Heap } from './heap.js';
import { Kernels } from './kernels.js';
import { layerClassOf } from './layer.js';
import { nativeClassOf } from './native-class.js';

/**
 * What `load` resolves to. See index.d.ts for what each member does.
 *
 * @import * as api from './index.d.ts'
 * @implements {api.Depthwise}
 */
export class Depthwise {
  #heap;
  #kernels;

  /**
   * @param {any} module Emscripten's module
   * @param {import('./index.d.ts').Variant} variant
   */
  constructor(module, variant) {
    // A copy, because the loader has given its object so many members that engines look for each in a table.
    const native = { ...module };
    const call = new Call(module, native);
    this.#heap = new Heap(module, native, call);
    this.#kernels = new Kernels(this.#heap, call);
    this.variant = variant;
    this.DepthwiseConv2D = layerClassOf({
      module,
      heap: this.#heap,
      call,
      NativeConfig: nativeClassOf(module, 'Config'),
      NativeLayer: nativeClassOf(module, 'Layer'),
    });
  }

  tensor(data, shape) {
    return this.#heap.tensor('tensor', '', data, shape);
  }

  memory() {
    return this.#heap.memory();
  }

  tidy(body) {
    return this.#heap.tidy(body);
  }

  keep(tensor) {
    return this.#heap.keep(tensor);
  }

  /** @type {api.Depthwise['depthwiseConv2d']} */
  depthwiseConv2d(x, filter, strides, pad = 'valid', dataFormat, dilations) {
    const attrs = { strides, pad, dataFormat, dilations };
    return this.#kernels.forward('depthwiseConv2d', { inputs: { x, filter }, attrs });
  }

  depthwiseConv2dNative(call) {
    return this.#kernels.forward('depthwiseConv2dNative', call);
  }

  fusedDepthwiseConv2D(call) {
    return this.#kernels.fusedForward('fusedDepthwiseConv2D', call);
  }

  depthwiseConv2dNativeBackpropInput(call) {
    return this.#kernels.inputGradient('depthwiseConv2dNativeBackpropInput', call);
  }

  depthwiseConv2dNativeBackpropFilter(call) {
    return this.#kernels.filterGradient('depthwiseConv2dNativeBackpropFilter', call);
  }
}
