/** The types of oracle.js, for the demo, which is checked strictly. */

export interface Convolution {
  xShape: readonly number[];
  filterShape: readonly number[];
  strides?: readonly number[];
  pad: 'same' | 'valid' | number | ReadonlyArray<readonly number[]>;
  dilations?: readonly number[];
  dataFormat?: string;
  dimRoundingMode?: 'floor' | 'round' | 'ceil' | null;
}

/** Output o reads through tap k the input at o·stride + k·dilation − before. */
export interface Axis {
  in: number;
  out: number;
  taps: number;
  stride: number;
  dilation: number;
  before: number;
}

export interface ConvolutionGeometry {
  batch: number;
  channels: number;
  multiplier: number;
  outChannels: number;
  height: Axis;
  width: Axis;
  xShape: readonly number[];
  filterShape: readonly number[];
  yShape: number[];
  channelsFirst: boolean;
}

/** Sums of products; beside each the sum of the products' absolute values and their number. */
export interface Sums {
  shape: readonly number[];
  values: Float64Array;
  magnitudes: Float64Array;
  terms: Int32Array;
}

type Numbers = ArrayLike<number>;

export function geometryOf(convolution: Convolution): ConvolutionGeometry | null;
export function forward(convolution: Convolution, x: Numbers, filter: Numbers): Sums;
export function fusedForward(
  convolution: Convolution,
  x: Numbers,
  filter: Numbers,
  epilogue: { bias?: Numbers; activation?: string; leakyreluAlpha?: number; preluActivationWeights?: Numbers },
): Sums;
export function inputGradient(convolution: Convolution, dy: Numbers, filter: Numbers): Sums;
export function filterGradient(convolution: Convolution, x: Numbers, dy: Numbers): Sums;
export function sizeOf(shape: readonly number[]): number;
export function productCount(geometry: { yShape: readonly number[]; filterShape: readonly number[] }): number;
export function sums(shape: readonly number[]): Sums;
export function add(sum: Sums, i: number, product: number): void;
