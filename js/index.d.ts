/// <reference lib="esnext.disposable" />

/**
 * Depthwise 2-D convolution in WebAssembly: forward, and the gradients with respect to input and filter.
 *
 * Everything is float32. Layouts, names and attributes are TensorFlow's:
 *
 * - x: `[batch, height, width, inChannels]` (NHWC) or `[batch, inChannels, height, width]` (NCHW)
 * - filter: `[filterHeight, filterWidth, inChannels, channelMultiplier]`
 * - y, dy: as x, with `inChannels · channelMultiplier` channels; channel `c · channelMultiplier + m` comes from input channel `c`
 *
 * Wrong arguments throw before anything is allocated or computed: a TypeError for a value of the wrong kind, a RangeError for a number
 * or a shape that is not allowed. The message names the function and the argument, what came and what is allowed.
 */

import type { DepthwiseConv2DClass } from './layer-types.js';

export type * from './layer-types.js';

/** Sizes of each dimension. */
export type Shape = readonly number[];

/** Float32 values that live in the memory of the module until `dispose`. Made by {@link Depthwise.tensor} and by every kernel. */
export class Tensor {
  private constructor();
  readonly shape: Shape;
  /** The number of elements. */
  readonly size: number;
  readonly isDisposed: boolean;
  /**
   * A live view of the values, row-major. Read the property again after anything that allocates: when the memory grows, a view that
   * was taken before becomes empty.
   * @throws TypeError when the tensor is disposed
   */
  readonly data: Float32Array;
  /** A copy of the values. */
  dataSync(): Float32Array;
  /** Frees the memory. Doing so twice is harmless. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Where a tensor is taken, plain values are too; they are copied in for the length of the call. */
export type TensorLike = Tensor | { readonly data: Float32Array; readonly shape: Shape };

/** One number for both axes, or `[height, width]`. Whole numbers of at least 1. */
export type Steps = number | readonly [number, number];

/**
 * - `'same'`: output size is input size / stride, rounded up; an odd pixel of padding goes to the bottom and right
 * - `'valid'`: none
 * - a number: so many zeros on all four sides
 * - pairs, one for each dimension of x: `[[0, 0], [top, bottom], [left, right], [0, 0]]` for NHWC
 */
export type Pad = 'same' | 'valid' | number | ReadonlyArray<readonly [number, number]>;

export type DataFormat = 'NHWC' | 'NCHW' | 'channelsLast' | 'channelsFirst';

/** What an output size that is not whole becomes. Only beside a numeric pad. */
export type DimRoundingMode = 'floor' | 'round' | 'ceil';

export type Activation = 'linear' | 'relu' | 'relu6' | 'elu' | 'leakyrelu' | 'prelu' | 'sigmoid';

/** What all kernels take. */
export interface ConvolutionAttrs {
  /** Default 1. */
  strides?: Steps;
  pad: Pad;
  /** Default 'NHWC'. */
  dataFormat?: DataFormat;
  /** Default 1. May be combined with strides. */
  dilations?: Steps;
  /** Default 'floor'. */
  dimRoundingMode?: DimRoundingMode | null;
}

export interface FusedAttrs extends ConvolutionAttrs {
  /** Default 'linear'. */
  activation?: Activation;
  /** The slope below zero of 'leakyrelu'. Default 0.2. */
  leakyreluAlpha?: number;
}

export interface BackpropInputAttrs extends ConvolutionAttrs {
  /** The shape of x. */
  inputShape: Shape;
}

export interface BackpropFilterAttrs extends ConvolutionAttrs {
  /** The shape of the filter. */
  filterShape: Shape;
}

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
  readonly variant: Variant;

  /**
   * A tensor with a copy of `data`.
   * @param data row-major values
   * @param shape at most 8 dimensions; their product is the length of `data`
   * @throws RangeError also when memory runs out
   */
  tensor(data: Float32Array, shape: Shape): Tensor;

  memory(): MemoryInfo;

  /**
   * Runs `body` and disposes of every tensor that was made in it, but for those that it returns (also in arrays and plain objects) and
   * those given to {@link Depthwise.keep}. May be nested. `body` must not be asynchronous.
   */
  tidy<Result>(body: () => Result): Result;

  /** Keeps a tensor alive past the end of every tidy it was made in. */
  keep(tensor: Tensor): Tensor;

  /**
   * y = x * filter, with the arguments of tfjs-layers' op of this name.
   * @param x `[batch, height, width, inChannels]`, or NCHW
   * @param filter `[filterHeight, filterWidth, inChannels, channelMultiplier]`
   * @param strides default 1
   * @param pad default 'valid'
   * @param dataFormat default 'channelsLast'
   * @param dilations default 1
   */
  depthwiseConv2d(
    x: TensorLike,
    filter: TensorLike,
    strides?: Steps,
    pad?: Pad,
    dataFormat?: DataFormat,
    dilations?: Steps,
  ): Tensor;

  /** y = x * filter: tfjs's kernel DepthwiseConv2dNative. */
  depthwiseConv2dNative(call: { inputs: { x: TensorLike; filter: TensorLike }; attrs: ConvolutionAttrs }): Tensor;

  /**
   * y = activation(x * filter + bias): tfjs's kernel FusedDepthwiseConv2D.
   *
   * `bias` and `preluActivationWeights` have one value for each output channel: shape `[outChannels]`, or four dimensions of which the
   * others are 1. `preluActivationWeights`, the slopes below zero, goes with activation 'prelu' and only with it.
   */
  fusedDepthwiseConv2D(call: {
    inputs: {
      x: TensorLike;
      filter: TensorLike;
      bias?: TensorLike | null;
      preluActivationWeights?: TensorLike | null;
    };
    attrs: FusedAttrs;
  }): Tensor;

  /** dx, of shape `inputShape`, from dy: tfjs's kernel DepthwiseConv2dNativeBackpropInput, with dilations and NCHW. */
  depthwiseConv2dNativeBackpropInput(call: {
    inputs: { dy: TensorLike; filter: TensorLike };
    attrs: BackpropInputAttrs;
  }): Tensor;

  /** dfilter, of shape `filterShape`, from x and dy: tfjs's kernel DepthwiseConv2dNativeBackpropFilter, with dilations and NCHW. */
  depthwiseConv2dNativeBackpropFilter(call: {
    inputs: { x: TensorLike; dy: TensorLike };
    attrs: BackpropFilterAttrs;
  }): Tensor;

  /** The layer, whose weights live in this module. */
  readonly DepthwiseConv2D: DepthwiseConv2DClass;
}

/** WebAssembly.Module, where a project has types for WebAssembly: those of Node alone have not. */
export type WasmModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } }
  ? Module
  : object;

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
  /** It, compiled, when you share it between workers. */
  wasmModule?: WasmModule;
}

/**
 * Loads the module, once: later calls give the same one, whatever their options. After a failure the next call tries again.
 * @throws Error when the engine does not run the variant, the file cannot be had, or it is not of the variant that is asked for; TypeError
 *   when it is not WebAssembly
 */
export function load(options?: LoadOptions): Promise<Depthwise>;
