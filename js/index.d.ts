/// <reference lib="esnext.disposable" />

/**
 * Depthwise and dense 2-D convolution in WebAssembly: the forward pass and the gradients of input and filter.
 *
 * Import it with `import { load } from 'depthwise-wasm'`. All values are float32. Layouts, names and attributes are as in TensorFlow:
 *
 * - x: `[batch, height, width, inChannels]` (NHWC) or `[batch, inChannels, height, width]` (NCHW)
 * - filter of a depthwise convolution: `[filterHeight, filterWidth, inChannels, channelMultiplier]`; y and dy are as x, with
 *   `inChannels · channelMultiplier` channels, and channel `c · channelMultiplier + m` is computed from input channel `c`
 * - filter of a dense convolution: `[filterHeight, filterWidth, inChannels, outChannels]`; y and dy are as x, with `outChannels` channels
 *
 * For a wrong argument, a function throws before it allocates or computes anything: a TypeError for a value of the wrong type, a RangeError
 * for a number or a shape that is not allowed. The message names the function, the argument, the allowed values and the value that the
 * function got. See docs/guide/errors.md.
 *
 * @module depthwise-wasm
 */

import type { DepthwiseConv2DClass } from './layer-types.js';

export type * from './layer-types.js';

/** The size of each dimension, in elements. At most 8 dimensions. The product is at most 2³⁰ (4 GiB of float32). */
export type Shape = readonly number[];

/** Float32 values in the memory of the module. They live until `dispose`. {@link Depthwise.tensor} and every kernel create tensors. */
export class Tensor {
  private constructor();
  /** The size of each dimension. Frozen. */
  readonly shape: Shape;
  /** The number of elements. */
  readonly size: number;
  /** True after {@link Tensor.dispose}, or after a tidy has disposed of the tensor. */
  readonly isDisposed: boolean;
  /**
   * A live view of the values, in row-major order. Read the property again after each call that allocates: when the memory grows, an older
   * view becomes empty. With several threads, older views stay valid, but each view is a view of a SharedArrayBuffer. Some functions of
   * browsers refuse such a view: pass the copy of {@link Tensor.dataSync} to these functions.
   * @throws TypeError if the tensor is disposed
   */
  readonly data: Float32Array;
  /**
   * Returns a copy of the values, in row-major order.
   * @throws TypeError if the tensor is disposed
   */
  dataSync(): Float32Array;
  /** Frees the memory. A second call does nothing. */
  dispose(): void;
  /** Calls {@link Tensor.dispose} at the end of a block with `using x = …`. */
  [Symbol.dispose](): void;
}

/** A tensor, or plain values. A call copies plain values into the memory of the module, and frees the copy at its end. */
export type TensorLike =
  | Tensor
  | {
      /** The values, in row-major order. */
      readonly data: Float32Array;
      /** The size of each dimension. The product is the length of `data`. */
      readonly shape: Shape;
    };

/** One number for both axes, or `[height, width]`, in pixels. Whole numbers from 1 to 2³⁰. */
export type Steps = number | readonly [number, number];

/**
 * The padding around the image, in pixels. Padding adds nothing to a sum, so an infinite weight at a border gives no NaN.
 *
 * - `'same'`: the output size is the input size / stride, rounded up; an odd pixel of padding is at the bottom and right
 * - `'valid'`: no padding
 * - a number: the same padding on all four sides
 * - one pair for each dimension of x: `[[0, 0], [top, bottom], [left, right], [0, 0]]` for NHWC,
 *   `[[0, 0], [0, 0], [top, bottom], [left, right]]` for NCHW
 *
 * TensorFlow defines 'same' and 'valid'. TensorFlow.js defines numbers and pairs.
 */
export type Pad = 'same' | 'valid' | number | ReadonlyArray<readonly [number, number]>;

/** The order of the dimensions of x, y, dx and dy. 'channelsLast' means 'NHWC', 'channelsFirst' means 'NCHW'. */
export type DataFormat = 'NHWC' | 'NCHW' | 'channelsLast' | 'channelsFirst';

/**
 * The rounding of an output size that is not a whole number. Only with a numeric pad. An output whose window extends past the padded
 * image reads zeros there.
 */
export type DimRoundingMode = 'floor' | 'round' | 'ceil';

/**
 * The function that is applied to each output v after the bias.
 *
 * - `'linear'`: v
 * - `'relu'`: max(v, 0)
 * - `'relu6'`: min(max(v, 0), 6)
 * - `'elu'`: eᵛ − 1 below 0, else v
 * - `'leakyrelu'`: `leakyreluAlpha` · v below 0, else v
 * - `'prelu'`: as leakyrelu, with a slope for each channel: `preluActivationWeights`
 * - `'sigmoid'`: 1 / (1 + e⁻ᵛ)
 */
export type Activation = 'linear' | 'relu' | 'relu6' | 'elu' | 'leakyrelu' | 'prelu' | 'sigmoid';

/** The attributes of all kernels. */
export interface ConvolutionAttrs {
  /** The distance between the windows of adjacent outputs. Default 1. */
  strides?: Steps;
  /** The padding around the image. Required. */
  pad: Pad;
  /** The order of the dimensions of x, y, dx and dy. The order of the filter is always the same. Default 'NHWC'. */
  dataFormat?: DataFormat;
  /** The distance between adjacent taps of the filter. Default 1. You may combine dilations with strides. */
  dilations?: Steps;
  /** The rounding of the output size. Only with a numeric pad. Default 'floor'. */
  dimRoundingMode?: DimRoundingMode | null;
}

/** The attributes of {@link Depthwise.fusedDepthwiseConv2D} and {@link Depthwise.fusedConv2D}. */
export interface FusedAttrs extends ConvolutionAttrs {
  /** The function that is applied to each output after the bias. Default 'linear'. */
  activation?: Activation;
  /** The slope of 'leakyrelu' below zero, finite. Default 0.2. */
  leakyreluAlpha?: number;
}

/** The attributes of {@link Depthwise.depthwiseConv2dNativeBackpropInput} and {@link Depthwise.conv2DBackpropInput}. */
export interface BackpropInputAttrs extends ConvolutionAttrs {
  /** The shape of x and dx. */
  inputShape: Shape;
}

/** The attributes of {@link Depthwise.depthwiseConv2dNativeBackpropFilter} and {@link Depthwise.conv2DBackpropFilter}. */
export interface BackpropFilterAttrs extends ConvolutionAttrs {
  /** The shape of the filter and dfilter. */
  filterShape: Shape;
}

/** The result of {@link Depthwise.memory}. */
export interface MemoryInfo {
  /** The number of live tensors. */
  numTensors: number;
  /** The bytes of their values. */
  numBytes: number;
  /** The bytes of the memory of the module. It grows when needed and never shrinks. */
  heapBytes: number;
}

/**
 * The build of the kernels.
 *
 * - `'simd'` runs on every engine with WebAssembly SIMD. Each product and each sum is rounded to float32, so results have the same bits on
 *   every machine.
 * - `'relaxed-simd'` is faster and needs an engine with relaxed SIMD (Chrome 114, Node 21). `a · b + c` in convolutions and their gradients
 *   is one instruction. CPUs with fused multiply-add round its result once, other CPUs twice. Results are at least as accurate as the
 *   results of `'simd'`, but the last bits may differ between CPUs. On one machine the same input gives the same bits. Activations and
 *   initial weights are the same in both variants.
 */
export type Variant = 'simd' | 'relaxed-simd';

/** The number of threads that compute the kernels, and the reason. */
export interface Threads {
  /** The number of threads, including the thread that calls the kernels. */
  readonly count: number;
  /** The reason for this number. The guide about threads lists the reasons. */
  readonly reason: string;
}

/** The loaded module. Every call is synchronous. */
export interface Depthwise {
  /** The build of the kernels. */
  readonly variant: Variant;

  /**
   * The number of threads that compute the convolutions and their gradients, also those of the layer, and the reason. The workers start with
   * the first call that is large enough.
   */
  readonly threads: Threads;

  /** Ends the workers. Later calls compute on one thread. The tensors and the memory stay. A second call does nothing. */
  dispose(): void;

  /**
   * Creates a tensor with a copy of `data`.
   * @param data the values, in row-major order
   * @param shape at most 8 dimensions; the product is the length of `data`
   * @throws TypeError if `data` is not a Float32Array or `shape` is not an array of numbers; RangeError if a size is not allowed, if `data`
   *   and `shape` do not match, or if memory runs out (the message contains the number of bytes)
   */
  tensor(data: Float32Array, shape: Shape): Tensor;

  /** Returns the number of live tensors and the size of the memory. The weights of layers count only in `heapBytes`. */
  memory(): MemoryInfo;

  /**
   * Runs `body` and disposes of the tensors that it creates, as `tf.tidy` does.
   *
   * It keeps the tensors that `body` returns (also in arrays and plain objects) and the tensors that you pass to {@link Depthwise.keep}.
   * Calls may be nested: a tensor that the inner call returns belongs to the outer call.
   * @param body must not be asynchronous
   * @returns the result of `body`
   * @throws TypeError if `body` is not a function or returns a promise. If `body` throws, `tidy` disposes of its tensors and throws the same
   *   error
   */
  tidy<Result>(body: () => Result): Result;

  /**
   * Keeps a tensor alive after every enclosing tidy, as `tf.keep` does.
   * @returns the tensor
   * @throws TypeError if `tensor` is not a tensor, is disposed, or belongs to another module
   */
  keep(tensor: Tensor): Tensor;

  /**
   * Computes y = x ∗ filter, with the arguments of the op of this name in tfjs-layers.
   *
   * `y[b, i, j, c · multiplier + m]` is the sum over p and q of `x[b, i · stride + p · dilation − top, j · stride + q · dilation − left, c]
   * · filter[p, q, c, m]`. This is the definition of TensorFlow: the filter is not flipped.
   * @param x `[batch, height, width, inChannels]`, or NCHW
   * @param filter `[filterHeight, filterWidth, inChannels, channelMultiplier]`
   * @param strides default 1
   * @param pad default 'valid'
   * @param dataFormat default 'channelsLast'
   * @param dilations default 1. You may combine dilations with strides
   * @returns y, `[batch, outHeight, outWidth, inChannels · channelMultiplier]`, or NCHW
   * @throws TypeError or RangeError if an argument is wrong; RangeError if memory runs out
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
   * Computes y = x ∗ filter, as the tfjs kernel DepthwiseConv2dNative does.
   *
   * Unlike in tfjs, you may combine strides and dilations, and NCHW works.
   * @param call inputs and attributes, as for a tfjs kernel
   * @returns y, `[batch, outHeight, outWidth, inChannels · channelMultiplier]`, or NCHW
   * @throws TypeError or RangeError if an argument is wrong; RangeError if memory runs out
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
   * Computes y = activation(x ∗ filter + bias), as the tfjs kernel FusedDepthwiseConv2D does.
   * @param call inputs and attributes, as for a tfjs kernel
   * @returns y, `[batch, outHeight, outWidth, inChannels · channelMultiplier]`, or NCHW
   * @throws TypeError or RangeError if an argument is wrong; RangeError if memory runs out
   */
  fusedDepthwiseConv2D(call: {
    /** Tensors or plain values. */
    inputs: {
      /** `[batch, height, width, inChannels]`, or NCHW. */
      x: TensorLike;
      /** `[filterHeight, filterWidth, inChannels, channelMultiplier]`. */
      filter: TensorLike;
      /** One value for each output channel: `[outChannels]`, or four dimensions that are 1 except for the channels. Default: no bias. */
      bias?: TensorLike | null;
      /** The slopes below zero, in the shape of a bias. Required with activation 'prelu', not allowed with another activation. */
      preluActivationWeights?: TensorLike | null;
    };
    /** The convolution and the activation. */
    attrs: FusedAttrs;
  }): Tensor;

  /**
   * Computes the gradient of Σ y · dy with respect to x, as the tfjs kernel DepthwiseConv2dNativeBackpropInput does.
   *
   * In addition, dilations and NCHW work.
   * @param call inputs and attributes, as for a tfjs kernel
   * @returns dx, of the shape `inputShape`
   * @throws TypeError or RangeError if an argument is wrong; RangeError if memory runs out
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
   * Computes the gradient of Σ y · dy with respect to the filter, as the tfjs kernel DepthwiseConv2dNativeBackpropFilter does.
   *
   * In addition, dilations and NCHW work.
   * @param call inputs and attributes, as for a tfjs kernel
   * @returns dfilter, of the shape `filterShape`
   * @throws TypeError or RangeError if an argument is wrong; RangeError if memory runs out
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

  /**
   * Computes a dense convolution y = x ∗ filter, with the arguments of the op of this name in tfjs-layers.
   *
   * `y[b, i, j, o]` is the sum over p, q and c of `x[b, i · stride + p · dilation − top, j · stride + q · dilation − left, c] ·
   * filter[p, q, c, o]`. This is the definition of TensorFlow: the filter is not flipped.
   * @param x `[batch, height, width, inChannels]`, or NCHW
   * @param filter `[filterHeight, filterWidth, inChannels, outChannels]`
   * @param strides default 1
   * @param pad default 'valid'
   * @param dataFormat default 'channelsLast'
   * @param dilations default 1. You may combine dilations with strides
   * @returns y, `[batch, outHeight, outWidth, outChannels]`, or NCHW
   * @throws TypeError or RangeError if an argument is wrong; RangeError if memory runs out
   */
  conv2d(
    x: TensorLike,
    filter: TensorLike,
    strides?: Steps,
    pad?: Pad,
    dataFormat?: DataFormat,
    dilations?: Steps,
  ): Tensor;

  /**
   * Computes y = activation(x ∗ filter + bias) for a dense convolution, as the tfjs kernel FusedConv2D does.
   * @param call inputs and attributes, as for a tfjs kernel
   * @returns y, `[batch, outHeight, outWidth, outChannels]`, or NCHW
   * @throws TypeError or RangeError if an argument is wrong; RangeError if memory runs out
   */
  fusedConv2D(call: {
    /** Tensors or plain values. */
    inputs: {
      /** `[batch, height, width, inChannels]`, or NCHW. */
      x: TensorLike;
      /** `[filterHeight, filterWidth, inChannels, outChannels]`. */
      filter: TensorLike;
      /** One value for each output channel: `[outChannels]`, or four dimensions that are 1 except for the channels. Default: no bias. */
      bias?: TensorLike | null;
      /** The slopes below zero, in the shape of a bias. Required with activation 'prelu', not allowed with another activation. */
      preluActivationWeights?: TensorLike | null;
    };
    /** The convolution and the activation. */
    attrs: FusedAttrs;
  }): Tensor;

  /**
   * Computes the gradient of Σ y · dy of a dense convolution with respect to x, as the tfjs kernel Conv2DBackpropInput does.
   *
   * In addition, dilations and NCHW work.
   * @param call inputs and attributes, as for a tfjs kernel
   * @returns dx, of the shape `inputShape`
   * @throws TypeError or RangeError if an argument is wrong; RangeError if memory runs out
   */
  conv2DBackpropInput(call: {
    /** Tensors or plain values. */
    inputs: {
      /** `[batch, outHeight, outWidth, outChannels]`, or NCHW: the shape of y. */
      dy: TensorLike;
      /** `[filterHeight, filterWidth, inChannels, outChannels]`. */
      filter: TensorLike;
    };
    /** The convolution, and the shape of x. */
    attrs: BackpropInputAttrs;
  }): Tensor;

  /**
   * Computes the gradient of Σ y · dy of a dense convolution with respect to the filter, as the tfjs kernel Conv2DBackpropFilter does.
   *
   * In addition, dilations and NCHW work.
   * @param call inputs and attributes, as for a tfjs kernel
   * @returns dfilter, of the shape `filterShape`
   * @throws TypeError or RangeError if an argument is wrong; RangeError if memory runs out
   */
  conv2DBackpropFilter(call: {
    /** Tensors or plain values. */
    inputs: {
      /** `[batch, height, width, inChannels]`, or NCHW. */
      x: TensorLike;
      /** `[batch, outHeight, outWidth, outChannels]`, or NCHW: the shape of y. */
      dy: TensorLike;
    };
    /** The convolution, and the shape of the filter. */
    attrs: BackpropFilterAttrs;
  }): Tensor;

  /** The layer. Its weights are in the memory of this module. */
  readonly DepthwiseConv2D: DepthwiseConv2DClass;
}

/** WebAssembly.Module, or object if your project does not include types for WebAssembly (for example, only the types of Node). */
export type WasmModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } }
  ? Module
  : object;

/** The options of {@link load}. `wasmModule` takes precedence over `wasmBinary`, and `wasmBinary` over `wasmUrl`. */
export interface LoadOptions {
  /**
   * The build of the kernels. Default: the fastest build that the engine runs, or the variant of the wasm that you pass. If you pass a wasm
   * and a variant, they must match.
   */
  variant?: Variant;
  /**
   * The number of threads that compute the convolutions, including the calling thread: 'auto', or a whole number from 1 to 16. 'auto' is half
   * of the logical processors, at most 4, or 1 if there are fewer than 4 processors. The default is 'auto' in browsers and 1 in Node. In
   * browsers, several threads need a cross-origin isolated page. With `wasmModule` and in the standalone script, one thread computes. The
   * results do not depend on the number. {@link Depthwise.threads} is the number that computes, and the reason.
   */
  threads?: 'auto' | number;
  /** The address of depthwise.wasm or depthwise.relaxed.wasm; in Node also a path. Default: the file in this package. */
  wasmUrl?: string | URL;
  /** The bytes of the wasm file. An ArrayBuffer or a typed array, also of another realm. */
  wasmBinary?: ArrayBuffer | ArrayBufferView;
  /** The compiled wasm file, for example to share it between workers. Also of another realm. Each instance has its own memory. */
  wasmModule?: WasmModule;
}

/**
 * Loads the module: fetches, compiles and starts the wasm. Later calls return the same module and ignore their options. After a failure,
 * the next call tries again.
 * @throws (as a rejection) Error if the engine does not run the variant, or if the file cannot be fetched, compiled or started, or is of
 *   another variant; TypeError if the file is not WebAssembly, or if an option is wrong
 */
export function load(options?: LoadOptions): Promise<Depthwise>;
