import { Heap } from './heap.js';
import { layerClassOf } from './layer.js';
import { denseKernels, depthwiseKernels, Ops } from './ops.js';

/**
 * The object that `load` returns. index.d.ts documents its members.
 *
 * @import * as api from './index.d.ts'
 * @implements {api.Depthwise}
 */
export class Depthwise {
  #heap;
  #ops;
  #threads;

  /**
   * @param {any} module Emscripten's module
   * @param {import('./index.d.ts').Variant} variant
   * @param {object} compute
   * @param {api.Threads & { end?: (reason: string) => void }} compute.threads
   * @param {any} [compute.native] the exported functions that compute; those of the module by default
   */
  constructor(module, variant, { threads, native }) {
    const ofModule = exportsOf(module);
    this.#heap = new Heap(module.wasmMemory, ofModule);
    this.#ops = new Ops(this.#heap, native ?? ofModule, module.wasmMemory);
    this.#threads = threads;
    this.variant = variant;
    this.DepthwiseConv2D = layerClassOf({ module, heap: this.#heap });
  }

  get threads() {
    const { count, reason } = this.#threads;
    return { count, reason };
  }

  dispose() {
    this.#threads.end?.('dispose was called');
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
    return this.#ops.run(depthwiseKernels.forward, 'depthwiseConv2d', { inputs: { x, filter }, attrs });
  }

  depthwiseConv2dNative(call) {
    return this.#ops.run(depthwiseKernels.forward, 'depthwiseConv2dNative', call);
  }

  fusedDepthwiseConv2D(call) {
    return this.#ops.run(depthwiseKernels.fusedForward, 'fusedDepthwiseConv2D', call);
  }

  depthwiseConv2dNativeBackpropInput(call) {
    return this.#ops.run(depthwiseKernels.inputGradient, 'depthwiseConv2dNativeBackpropInput', call);
  }

  depthwiseConv2dNativeBackpropFilter(call) {
    return this.#ops.run(depthwiseKernels.filterGradient, 'depthwiseConv2dNativeBackpropFilter', call);
  }

  /** @type {api.Depthwise['conv2d']} */
  conv2d(x, filter, strides, pad = 'valid', dataFormat, dilations) {
    const attrs = { strides, pad, dataFormat, dilations };
    return this.#ops.run(denseKernels.forward, 'conv2d', { inputs: { x, filter }, attrs });
  }

  fusedConv2D(call) {
    return this.#ops.run(denseKernels.fusedForward, 'fusedConv2D', call);
  }

  conv2DBackpropInput(call) {
    return this.#ops.run(denseKernels.inputGradient, 'conv2DBackpropInput', call);
  }

  conv2DBackpropFilter(call) {
    return this.#ops.run(denseKernels.filterGradient, 'conv2DBackpropFilter', call);
  }
}

/** Returns the exported C functions under their names in C++. Emscripten puts an underscore before each. */
function exportsOf(module) {
  const names = Object.keys(module).filter((name) => name.startsWith('_'));
  return Object.fromEntries(names.map((name) => [name.slice(1), module[name]]));
}
