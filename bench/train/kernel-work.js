import { workOf } from '../limits/limits.js';
import { sizeOf } from '../shared/reference.js';

/** What a convolution kernel computes: is it dense, and where are the shapes of x and of the filter. */
const CONVOLUTIONS = {
  Conv2D: { isDense: true },
  FusedConv2D: { isDense: true },
  Conv2DBackpropInput: { isDense: true },
  Conv2DBackpropFilter: { isDense: true },
  DepthwiseConv2dNative: { isDense: false },
  FusedDepthwiseConv2D: { isDense: false },
  DepthwiseConv2dNativeBackpropInput: { isDense: false },
  DepthwiseConv2dNativeBackpropFilter: { isDense: false },
};
const MATRIX_PRODUCTS = ['BatchMatMul', '_FusedMatMul'];
/** They read only as much of their input as they write. */
const READ_A_PART = ['Slice', 'StridedSlice', 'GatherV2', 'GatherNd'];

/**
 * Returns the least work { flops, bytes } of a kernel call: the multiplications and additions of a convolution or matrix product, and each
 * input and result moved once. A result that shares the data of an input is not moved.
 *
 * @param {string} name
 * @param {{ inputs: any, attrs: any }} call
 * @param {any} result a TensorInfo or a list of them
 */
export function workOfCall(name, { inputs, attrs }, result) {
  const results = [result].flat();
  const operands = Object.values(inputs ?? {})
    .flat()
    .filter((operand) => operand?.dataId);
  const data = new Set(operands.map(({ dataId }) => dataId));
  const written = results.filter(({ dataId }) => !data.has(dataId));
  const output = sum(written.map(bytesOf));
  const input = sum([...data].map((dataId) => bytesOf(operands.find((operand) => operand.dataId === dataId))));
  const read = READ_A_PART.includes(name) ? Math.min(input, output) : input;
  return { flops: flopsOf(name, inputs, attrs, results[0]), bytes: written.length === 0 ? 0 : read + output };
}

/** Returns the milliseconds that a work takes at these speeds, in operations and bytes per millisecond: the longer of its two parts. */
export function leastTime({ flops, bytes }, { arithmetic, copy }) {
  return Math.max(flops / arithmetic, bytes / copy);
}

function flopsOf(name, inputs, attrs, y) {
  if (MATRIX_PRODUCTS.includes(name)) {
    return 2 * sizeOf(y.shape) * inputs.a.shape.at(attrs.transposeA ? -2 : -1);
  }
  if (!Object.hasOwn(CONVOLUTIONS, name)) return 0;
  const xShape = attrs.inputShape ?? inputs.x.shape;
  const [filterHeight, filterWidth, , last] = attrs.filterShape ?? inputs.filter.shape;
  const { dataFormat = 'NHWC', pad } = attrs;
  const [batch, height, width, channels] =
    dataFormat === 'NCHW' ? [xShape[0], xShape[2], xShape[3], xShape[1]] : xShape;
  const outputs = CONVOLUTIONS[name].isDense ? { outChannels: last } : { multiplier: last };
  const shape = { batch, height, width, channels, filterHeight, filterWidth, ...outputs };
  const [strides, dilations] = [attrs.strides, attrs.dilations ?? 1].map((of) => (Array.isArray(of) ? of : [of, of]));
  return workOf({ ...shape, strides, dilations, pad, dataFormat }, 'forward').flops;
}

function bytesOf({ shape, dtype }) {
  return sizeOf(shape) * (dtype === 'bool' ? 1 : 4);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
