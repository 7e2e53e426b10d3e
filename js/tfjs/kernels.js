import { kindError, requireShape } from '../arguments.js';
import { denseKernels, depthwiseKernels, sizeOf } from '../ops.js';
import { fusedDepthwiseConv2d } from './fused-depthwise-conv2d.js';
import { poolKernels } from './pooling.js';

/**
 * @typedef {object} KernelCall tfjs's: { inputs, attrs, backend }
 * @property {any} inputs
 * @property {any} attrs
 * @property {any} backend
 *
 * @typedef {object} Context
 * @property {string} name the name of the kernel
 * @property {(body: (ops: import('../ops.js').Ops) => any) => any} withOps runs `body` with our kernels on the backend's tensors, and returns
 *   its result or results as TensorInfos
 * @property {(name: string, inputs: object, attrs: object) => any} runBackend runs a kernel of the backend
 * @property {(info: { dataId: object }) => void} dispose
 *
 * @typedef {object} TfjsKernel
 * @property {(call: KernelCall, context: Context) => any} compute
 * @property {(call: KernelCall, backendName: string) => boolean} [accepts] whether our kernel takes a call; otherwise the kernel that was
 *   registered before runs, if there was one
 */

/**
 * The kernels that registerKernels registers, under their names in tfjs. MaxPoolGradGrad, MeanGrad, FusedBatchNormGrad and ClipByValueGrad
 * are not kernels of tfjs: our gradients (gradients.js) call them.
 *
 * @type {Record<string, TfjsKernel>}
 */
export const kernels = {
  DepthwiseConv2dNative: { compute: convolution(depthwiseKernels.forward) },
  FusedDepthwiseConv2D: { compute: fusedDepthwiseConv2d },
  DepthwiseConv2dNativeBackpropInput: { compute: convolution(depthwiseKernels.inputGradient) },
  DepthwiseConv2dNativeBackpropFilter: { compute: convolution(depthwiseKernels.filterGradient) },
  Conv2DBackpropInput: { compute: nhwcConvolution(denseKernels.inputGradient), accepts: isNhwc },
  Conv2DBackpropFilter: { compute: nhwcConvolution(denseKernels.filterGradient), accepts: isNhwc },
  MaxPool: { compute: nhwcConvolution(poolKernels.max), accepts: isFloat32OnCpu },
  MaxPoolGrad: { compute: nhwcConvolution(poolKernels.maxGradient), accepts: isFloat32OnCpu },
  AvgPool: { compute: nhwcConvolution(poolKernels.average), accepts: isFloat32OnCpu },
  AvgPoolGrad: { compute: nhwcConvolution(poolKernels.averageGradient), accepts: isFloat32OnCpu },
  MaxPoolGradGrad: { compute: nhwcConvolution(poolKernels.maxGradientGradient) },
  UnsortedSegmentSum: { compute: withOps(unsortedSegmentSum), accepts: isFloat32OnCpu },
  FusedBatchNorm: { compute: withOps(batchNorm), accepts: hasStatisticsPerChannel },
  Mean: { compute: withOps(mean), accepts: hasMiddleAxis },
  Sum: { compute: withOps(sum), accepts: hasMiddleAxis },
  // tfjs's wasm backend copies here, and its tape calls these kernels about thirty times for each layer in training.
  Identity: { compute: share },
  Cast: { compute: share, accepts: ({ inputs: { x }, attrs: { dtype } }) => x.dtype === dtype },
  MeanGrad: { compute: withOps(meanGradient) },
  FusedBatchNormGrad: { compute: withOps(batchNormGradient) },
  ClipByValueGrad: { compute: withOps(clipGradient) },
};

function withOps(run) {
  return ({ inputs, attrs }, { name, withOps }) => withOps((ops) => run(ops, name, inputs, attrs));
}

function convolution(kernel) {
  return withOps((ops, name, inputs, attrs) => ops.run(kernel, name, { inputs, attrs }));
}

/** Returns the kernel function of a convolution or a pooling that supports NHWC only. */
function nhwcConvolution(kernel) {
  const compute = convolution(kernel);
  return (call, context) => {
    if (!isNhwc(call)) throw kindError(context.name, 'dataFormat', "'NHWC'", call.attrs.dataFormat);
    return compute(call, context);
  };
}

function isNhwc({ attrs }) {
  return attrs?.dataFormat !== 'NCHW';
}

/**
 * Returns whether our kernel takes a call. On the cpu backend, tfjs's kernel supports any type, so it takes the calls with other types. On
 * the wasm backend, tfjs's kernel would read the bits of other types as floats, so our kernel takes those calls and refuses them.
 */
function isFloat32OnCpu({ inputs }, backendName) {
  return backendName !== 'cpu' || (inputs.x ?? inputs.input)?.dtype === 'float32';
}

function unsortedSegmentSum(ops, name, { x, segmentIds }, { numSegments }) {
  requireShape(name, 'segmentIds', segmentIds.shape, x.shape.slice(0, segmentIds.shape.length));
  if (!(Number.isInteger(numSegments) && numSegments >= 0)) {
    throw kindError(name, 'numSegments', 'a whole number of at least 0', numSegments);
  }
  const itemShape = x.shape.slice(segmentIds.shape.length);
  const [items, itemSize] = [sizeOf(segmentIds.shape), sizeOf(itemShape)];
  const run = (native, [x, ids], [sums]) => native.unsortedSegmentSum(x, ids, sums, items, itemSize, numSegments);
  return ops.compute(name, { x, segmentIds }, [[numSegments, ...itemShape]], run, { segmentIds: 'int32' })[0];
}

/** Returns whether our kernel takes a call. tfjs also takes statistics with one value for each element, ours one for each channel only. */
function hasStatisticsPerChannel({ inputs }, backendName) {
  const { x, ...statistics } = inputs;
  if (!arePerChannel(x, statistics)) return false;
  return backendName !== 'cpu' || Object.values(inputs).every((info) => !info || info.dtype === 'float32');
}

/** Returns whether every tensor that is given has one value for each channel of x. */
export function arePerChannel(x, infos) {
  const isPerChannel = ({ shape }) => shape.length === 1 && shape[0] === x.shape.at(-1);
  return Object.values(infos).every((info) => !info || isPerChannel(info));
}

function batchNorm(ops, name, { x, mean, variance, offset, scale }, { varianceEpsilon }) {
  const channels = requireStatistics(name, x, { mean, variance }, { offset, scale });
  const pixels = sizeOf(x.shape.slice(0, -1));
  const run = (native, addresses, [y]) => native.batchNorm(...addresses, y, varianceEpsilon, pixels, channels);
  return ops.compute(name, { x, mean, variance, offset, scale }, [x.shape], run)[0];
}

function batchNormGradient(ops, name, { x, dy, mean, variance, scale }, { varianceEpsilon }) {
  const channels = requireStatistics(name, x, { mean, variance }, { scale });
  requireShape(name, 'dy', dy.shape, x.shape);
  const pixels = sizeOf(x.shape.slice(0, -1));
  const shapes = [x.shape, ...Array(4).fill([channels])];
  const run = (native, addresses, results) =>
    native.batchNormGradient(...addresses, ...results, varianceEpsilon, pixels, channels);
  return ops.compute(name, { x, dy, mean, variance, scale }, shapes, run);
}

/** Checks that the tensors have one value for each channel of x, and returns the number of channels. */
function requireStatistics(name, x, required, optional) {
  const channels = x.shape.at(-1);
  for (const [argument, info] of Object.entries({ ...required, ...optional })) {
    if (info) requireShape(name, argument, info.shape, [channels]);
    else if (argument in required) throw kindError(name, argument, 'a tensor', info);
  }
  return channels;
}

function hasMiddleAxis({ inputs: { x }, attrs }) {
  return x.dtype === 'float32' && x.shape.length > 0 && middleAxisOf(x.shape, attrs) !== undefined;
}

function sum(ops, name, { x }, attrs) {
  const { outer, middle, inner, shape } = middleAxisOf(x.shape, attrs);
  const run = (native, [x], [sums]) => native.sumMiddleAxis(x, sums, outer, middle, inner, 1);
  return ops.compute(name, { x }, [shape], run)[0];
}

function mean(ops, name, { x }, attrs) {
  const { outer, middle, inner, shape } = middleAxisOf(x.shape, attrs);
  const run = (native, [x], [means]) => native.sumMiddleAxis(x, means, outer, middle, inner, 1 / middle);
  return ops.compute(name, { x }, [shape], run)[0];
}

/** Returns the gradient of a mean over `axis` of a tensor of `inputShape`. dy has the reduced axes with size 1, or does not have them. */
function meanGradient(ops, name, { dy }, { inputShape, axis }) {
  const { outer, middle, inner, shape } = middleAxisOf(inputShape, { axis });
  if (sizeOf(dy.shape) !== outer * inner) requireShape(name, 'dy', dy.shape, shape);
  const run = (native, [dy], [dx]) => native.broadcastMiddleAxis(dy, dx, outer, middle, inner, 1 / middle);
  return ops.compute(name, { dy }, [inputShape], run)[0];
}

function clipGradient(ops, name, { x, dy }, { clipValueMin, clipValueMax }) {
  requireShape(name, 'dy', dy.shape, x.shape);
  const size = sizeOf(x.shape);
  const run = (native, [x, dy], [dx]) => native.clipGradient(x, dy, dx, clipValueMin, clipValueMax, size);
  return ops.compute(name, { x, dy }, [x.shape], run)[0];
}

/** Returns a tensor that shares the data of x, as tfjs's own Reshape does. */
function share({ inputs: { x }, backend }) {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
}

/** With fewer adjacent values than this, the start and the end of each sum take longer than the sum. */
const MIN_ROW = 64;

/**
 * Returns the axes of a reduction as three, outer × middle × inner, where middle is reduced. Returns undefined if the reduced axes are not
 * adjacent, or not axes of the tensor.
 *
 * @returns {any} { outer, middle, inner, shape }: three sizes, and the shape of the result
 */
export function middleAxisOf(inputShape, { axis, keepDims = false }) {
  const axes = normalizedAxes(axis, inputShape.length);
  if (!axes.every((each) => Number.isInteger(each) && each >= 0 && each < inputShape.length)) return undefined;
  const [first, end] = [axes[0], axes[axes.length - 1] + 1];
  if (end - first !== axes.length) return undefined;
  const middle = sizeOf(inputShape.slice(first, end));
  const inner = sizeOf(inputShape.slice(end));
  if (inner === 1 && middle < MIN_ROW) return undefined;
  const reduced = keepDims ? axes.map(() => 1) : [];
  return {
    outer: sizeOf(inputShape.slice(0, first)),
    middle,
    inner,
    shape: [...inputShape.slice(0, first), ...reduced, ...inputShape.slice(end)],
  };
}

/** Returns the axes that tfjs's `axis` (a number, a list or nothing for all axes) selects, each once, in order, counted from 0. */
function normalizedAxes(axis, rank) {
  const given = axis === undefined || axis === null ? Array.from({ length: rank }, (_, i) => i) : [axis].flat();
  return [...new Set(given.map((each) => (each < 0 ? each + rank : each)))].sort((a, b) => a - b);
}
