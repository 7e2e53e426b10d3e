/// <reference lib="esnext.disposable" />

/**
 * `import { load } from 'depthwise-wasm'`: depthwise 2-D convolution in WebAssembly: forward, and the gradients with respect to input and filter.
 *
 * Everything is float32. Layouts, names and attributes are TensorFlow's:
 *
 * - x: `[batch, height, width, inChannels]` (NHWC) or `[batch, inChannels, height, width]` (NCHW)
 * - filter: `[filterHeight, filterWidth, inChannels, channelMultiplier]`
 * - y, dy: as x, with `inChannels · channelMultiplier` channels; channel `c · channelMultiplier + m` comes from input channel `c`
 *
 * Wrong arguments throw before anything is allocated or computed: a TypeError for a value of the wrong kind, a RangeError for a number
 * or a shape that is not allowed. The message names the function and the argument, what came and what is allowed:
 * docs/guide/errors.md.
 *
 * @module depthwise-wasm
 */

import type { DepthwiseConv2DClass } from './layer-types.js';

export type * from './layer-types.js';

/** Sizes of each dimension, in elements. At most 8 of them; their product is at most 2³⁰ (4 GiB of float32). */
export type Shape = readonly number[];

/** Float32 values that live in the memory of the module until `dispose`. Made by {@link Depthwise.tensor} and by every kernel. */
export class Tensor {
  private constructor();
  /** Its sizes. Frozen. */
  readonly shape: Shape;
  /** The number of elements. */
  readonly size: number;
  /** Whether {@link Tensor.dispose} was called, or the end of a tidy has done so. */
  readonly isDisposed: boolean;
  /**
   * A live view of the values, row-major. Read the property again after anything that allocates: when the memory grows, a view that
   * was taken before becomes empty.
   * @throws TypeError when the tensor is disposed
   */
  readonly data: Float32Array;
  /**
   * A copy of the values, row-major, that is the caller's own.
   * @throws TypeError when the tensor is disposed
   */
  dataSync(): Float32Array;
  /** Frees the memory. Doing so twice is harmless. */
  dispose(): void;
  /** As {@link Tensor.dispose}, at the end of a block that begins with `using x = …`. */
  [Symbol.dispose](): void;
}

/** Where a tensor is taken, plain values are too; they are copied in for the length of the call. */
export type TensorLike =
  | Tensor
  | {
      /** Row-major. */
      readonly data: Float32Array;
      /** Their product is the length of `data`. */
      readonly shape: Shape;
    };

/** One number for both axes, or `[height, width]`, in pixels. Whole numbers from 1 to 2³⁰. */
export type Steps = number | readonly [number, number];

/**
 * What is put around the image, in pixels. Padding adds nothing to a sum: an infinite weight beside it gives no NaN.
 *
 * - `'same'`: output size is input size / stride, rounded up; an odd pixel of padding goes to the bottom and right
 * - `'valid'`: none
 * - a number: so many zeros on all four sides
 * - pairs, one for each dimension of x: `[[0, 0], [top, bottom], [left, right], [0, 0]]` for NHWC,
 *   `[[0, 0], [0, 0], [top, bottom], [left, right]]` for NCHW
 *
 * 'same' and 'valid' are TensorFlow's, numbers and pairs those of TensorFlow.js.
 */
export type Pad = 'same' | 'valid' | number | ReadonlyArray<readonly [number, number]>;

/** The order of the dimensions of x, y, dx and dy. 'NHWC' and 'channelsLast' are the same, 'NCHW' and 'channelsFirst' are. */
export type DataFormat = 'NHWC' | 'NCHW' | 'channelsLast' | 'channelsFirst';

/**
 * What an output size that is not whole becomes. Only beside a numeric pad. An output that reaches past the padded image reads zeros
 * there.
 */
export type DimRoundingMode = 'floor' | 'round' | 'ceil';

/**
 * What is done to each output after the bias: nothing, max(v, 0), that cut off at 6, eᵛ − 1 below 0, a slope below 0 that is
 * `leakyreluAlpha` or one for each channel (`preluActivationWeights`), 1 / (1 + e⁻ᵛ).
 */
export type Activation = 'linear' | 'relu' | 'relu6' | 'elu' | 'leakyrelu' | 'prelu' | 'sigmoid';

/** What all kernels take. */
export interface ConvolutionAttrs {
  /** How far the window moves from one output to the next. Default 1. */
  strides?: Steps;
  /** What is put around the image. Must be given. */
  pad: Pad;
  /** The order of dimensions of x, y, dx and dy; a filter has the same in both. Default 'NHWC'. */
  dataFormat?: DataFormat;
  /** How far apart the taps of the filter are. Default 1. May be combined with strides. */
  dilations?: Steps;
  /** Default 'floor'. */
  dimRoundingMode?: DimRoundingMode | null;
}

/** What {@link Depthwise.fusedDepthwiseConv2D} takes. */
export interface FusedAttrs extends ConvolutionAttrs {
  /** What is done to each output after the bias. Default 'linear'. */
  activation?: Activation;
  /** The slope below zero of 'leakyrelu', finite. Default 0.2. */
  leakyreluAlpha?: number;
}

/** What {@link Depthwise.depthwiseConv2dNativeBackpropInput} takes. */
export interface BackpropInputAttrs extends ConvolutionAttrs {
  /** The shape of x, and so of dx. */
  inputShape: Shape;
}

/** What {@link Depthwise.depthwiseConv2dNativeBackpropFilter} takes. */
export interface BackpropFilterAttrs extends ConvolutionAttrs {
  /** The shape of the filter, and so of dfilter. */
  filterShape: Shape;
}

/** What {@link Depthwise.memory} tells. */
export interface MemoryInfo {
  /** Tensors that have not been disposed. */
  numTensors: number;
  /** Bytes of their values. */
  numBytes: number;
  /** Bytes of the module's memory. It grows when needed and does not shrink. */
  heapBytes: number;
}

/**
 * Which build of the kernels is in use.
 *
 * - `'simd'` runs on every engine that has WebAssembly SIMD. Products and sums are each rounded, as float32 says, so results have the same
 *   bits on every machine.
 * - `'relaxed-simd'` is faster and needs an engine with relaxed SIMD (Chrome 114, Node 21). `a · b + c` in convolutions and their gradients
 *   is one instruction, which CPUs with fused multiply-add round once, and others twice: results are as near to the exact ones as those of
 *   `'simd'` or nearer, but their last bits may differ from one CPU to another. On one machine the same input gives the same bits.
 *   Activations and initial weights are the same in both variants.
 */
export type Variant = 'simd' | 'relaxed-simd';

/** The loaded module. Every call is synchronous. */
export interface Depthwise {
  /** Which build of the kernels this is. */
  readonly variant: Variant;

  /**
   * A tensor with a copy of `data`.
   * @param data row-major values
   * @param shape at most 8 dimensions; their product is the length of `data`
   * @throws TypeError when `data` is no Float32Array or `shape` no array of numbers; RangeError when a size is not allowed or the two do
   *   not fit each other, and when memory runs out, with the number of bytes that were wanted
   */
  tensor(data: Float32Array, shape: Shape): Tensor;

  /** How many tensors there are, and how much memory. The weights of layers are in `heapBytes` only. */
  memory(): MemoryInfo;

  /**
   * Runs `body` and disposes of every tensor that was made in it, but for those that it returns (also in arrays and plain objects) and
   * those given to {@link Depthwise.keep}. May be nested: what an inner one returns belongs to the outer one. As `tf.tidy`.
   * @param body must not be asynchronous
   * @returns what `body` returns
   * @throws TypeError when `body` is no function or returns a promise; and what `body` throws, after its tensors are disposed of
   */
  tidy<Result>(body: () => Result): Result;

  /**
   * Keeps a tensor alive past the end of every tidy it was made in. As `tf.keep`.
   * @returns the tensor
   * @throws TypeError when it is no tensor, is disposed, or is another module's
   */
  keep(tensor: Tensor): Tensor;

  /**
   * y = x ∗ filter, with the arguments of tfjs-layers' op of this name.
   *
   * `y[b, i, j, c · multiplier + m]` is the sum over p and q of `x[b, i · stride + p · dilation − top, j · stride + q · dilation − left, c]
   * · filter[p, q, c, m]`: TensorFlow's definition, which does not turn the filter around.
   * @param x `[batch, height, width, inChannels]`, or NCHW
   * @param filter `[filterHeight, filterWidth, inChannels, channelMultiplier]`
   * @param strides default 1
   * @param pad default 'valid'
   * @param dataFormat default 'channelsLast'
   * @param dilations default 1. May be combined with strides
   * @returns y, `[batch, outHeight, outWidth, inChannels · channelMultiplier]`, or NCHW
   * @throws TypeError, RangeError for a wrong argument; RangeError also when memory runs out
   */
  depthwiseConv2d(
    x: TensorLike,
    filter: TensorLike,
    strides?: Steps,
    pad?: Pad,
    dataFormat?: DataFormat,
    dilations?: Steps,
  ): Tensor;

  /**
   * y = x ∗ filter: tfjs's kernel DepthwiseConv2dNative, with strides and dilations together, and NCHW.
   * @param call inputs and attributes, as tfjs's kernels take them
   * @returns y, `[batch, outHeight, outWidth, inChannels · channelMultiplier]`, or NCHW
   * @throws TypeError, RangeError for a wrong argument; RangeError also when memory runs out
   */
  depthwiseConv2dNative(call: {
    /** Tensors or plain values. */
    inputs: {
      /** `[batch, height, width, inChannels]`, or NCHW. */
      x: TensorLike;
      /** `[filterHeight, filterWidth, inChannels, channelMultiplier]`. */
      filter: TensorLike;
    };
    /** The convolution. */
    attrs: ConvolutionAttrs;
  }): Tensor;

  /**
   * y = activation(x ∗ filter + bias): tfjs's kernel FusedDepthwiseConv2D.
   * @param call inputs and attributes, as tfjs's kernels take them
   * @returns y, `[batch, outHeight, outWidth, inChannels · channelMultiplier]`, or NCHW
   * @throws TypeError, RangeError for a wrong argument; RangeError also when memory runs out
   */
  fusedDepthwiseConv2D(call: {
    /** Tensors or plain values. */
    inputs: {
      /** `[batch, height, width, inChannels]`, or NCHW. */
      x: TensorLike;
      /** `[filterHeight, filterWidth, inChannels, channelMultiplier]`. */
      filter: TensorLike;
      /** One value for each output channel: `[outChannels]`, or four dimensions of which the others are 1. Default: none. */
      bias?: TensorLike | null;
      /** The slopes below zero, of a shape as bias. Must be given with activation 'prelu', and with it only. */
      preluActivationWeights?: TensorLike | null;
    };
    /** The convolution and the activation. */
    attrs: FusedAttrs;
  }): Tensor;

  /**
   * The gradient of Σ y · dy with respect to x: tfjs's kernel DepthwiseConv2dNativeBackpropInput, with dilations and NCHW.
   * @param call inputs and attributes, as tfjs's kernels take them
   * @returns dx, of shape `inputShape`
   * @throws TypeError, RangeError for a wrong argument; RangeError also when memory runs out
   */
  depthwiseConv2dNativeBackpropInput(call: {
    /** Tensors or plain values. */
    inputs: {
      /** `[batch, outHeight, outWidth, inChannels · channelMultiplier]`, or NCHW: the shape of y. */
      dy: TensorLike;
      /** `[filterHeight, filterWidth, inChannels, channelMultiplier]`. */
      filter: TensorLike;
    };
    /** The convolution, and the shape of x. */
    attrs: BackpropInputAttrs;
  }): Tensor;

  /**
   * The gradient of Σ y · dy with respect to the filter: tfjs's kernel DepthwiseConv2dNativeBackpropFilter, with dilations and NCHW.
   * @param call inputs and attributes, as tfjs's kernels take them
   * @returns dfilter, of shape `filterShape`
   * @throws TypeError, RangeError for a wrong argument; RangeError also when memory runs out
   */
  depthwiseConv2dNativeBackpropFilter(call: {
    /** Tensors or plain values. */
    inputs: {
      /** `[batch, height, width, inChannels]`, or NCHW. */
      x: TensorLike;
      /** `[batch, outHeight, outWidth, inChannels · channelMultiplier]`, or NCHW: the shape of y. */
      dy: TensorLike;
    };
    /** The convolution, and the shape of the filter. */
    attrs: BackpropFilterAttrs;
  }): Tensor;

  /** The layer, whose weights live in this module. */
  readonly DepthwiseConv2D: DepthwiseConv2DClass;
}

/** WebAssembly.Module, where a project has types for WebAssembly: those of Node alone have not. */
export type WasmModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } }
  ? Module
  : object;

/** What {@link load} takes. Where several say where the wasm is, `wasmModule` goes before `wasmBinary`, and that before `wasmUrl`. */
export interface LoadOptions {
  /**
   * Default: the fastest that the engine runs; of a wasm that is given by one of the other options, whichever it is. With both, the wasm
   * must be of this variant.
   */
  variant?: Variant;
  /** Where depthwise.wasm or depthwise.relaxed.wasm is. Default: beside this package's code, where bundlers put them. */
  wasmUrl?: string | URL;
  /** Its bytes, when you have fetched them yourself. */
  wasmBinary?: ArrayBuffer | ArrayBufferView;
  /** It, compiled, when you share it between workers: each instance has a memory of its own. */
  wasmModule?: WasmModule;
}

/**
 * Loads the module, once: later calls give the same one, whatever their options. After a failure the next call tries again. Importing
 * this package touches nothing; this does.
 * @throws (as a rejection) Error when the engine does not run the variant, the file cannot be had, or it is not of the variant that is asked for; TypeError
 *   when it is not WebAssembly, or an option is wrong
 */
export function load(options?: LoadOptions): Promise<Depthwise>;
