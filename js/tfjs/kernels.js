import { kindError, requireShape } from '../arguments.js';
import { denseKernels, depthwiseKernels, sizeOf } from '../ops.js';
import { fusedConvolution } from './fused-convolution.js';
import { convolutionNormKernels } from './kernels/convolution-norm.js';
import { einsum } from './kernels/einsum.js';
import { elementwiseKernels } from './kernels/elementwise.js';
import { fusedMatrixProduct, matrixProduct } from './kernels/matrix-product.js';
import {
  batchNorm,
  batchNormGradient,
  batchNormStatistics,
  batchNormTraining,
  batchNormTrainingGradient,
  layerNorm,
  layerNormGradient,
} from './kernels/normalization.js';
import { optimizerKernels } from './kernels/optimizers.js';
import { poolKernels } from './kernels/pooling.js';
import { meanGradient, reductionOf, sum } from './kernels/reductions.js';
import { resizeGradient } from './kernels/resize.js';
import { volumeKernels } from './kernels/volumes.js';

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
 * @property {() => boolean} sharesMemory returns whether our kernels work on the data of the backend, not on copies
 * @property {(kernel: import('../ops.js').Kernel, call: { inputs: any, attrs: any }) => number[]} yShape returns the shape of the output of
 *   the convolution of a call
 * @property {(name: string, inputs: object, attrs: object) => any} runBackend runs a kernel of the backend
 * @property {(info: { dataId: object }) => void} dispose
 * @property {any} accepted what `accepts` returned for this call
 *
 * @typedef {object} TfjsKernel
 * @property {(call: KernelCall, context: Context) => any} compute
 * @property {(call: KernelCall, backendName: string) => any} [accepts] returns false or undefined if our kernel does not take a call: then the
 *   kernel that was registered before runs, if there was one. Any other value goes to `compute`
 */

/**
 * The kernels that registerKernels registers, under their names in tfjs. MaxPoolGradGrad, MeanGrad, FusedBatchNormGrad, ClipByValueGrad,
 * SigmoidGrad, TanhGrad, ErfGrad and ReluGrad are not kernels of tfjs: our gradients (gradients.js) call them. The training
 * hooks (training/) call the kernels named Swish…, Gelu…, BatchNorm…, …BatchNorm, LayerNorm… and …Update.
 *
 * @type {Record<string, TfjsKernel>}
 */
export const kernels = {
  DepthwiseConv2dNative: { compute: convolution(depthwiseKernels.forward) },
  FusedDepthwiseConv2D: {
    compute: fusedConvolution(depthwiseKernels, ([, , inChannels, multiplier]) => inChannels * multiplier),
  },
  DepthwiseConv2dNativeBackpropInput: { compute: convolution(depthwiseKernels.inputGradient) },
  DepthwiseConv2dNativeBackpropFilter: { compute: convolution(depthwiseKernels.filterGradient) },
  Conv2D: { compute: convolution(denseKernels.forward) },
  FusedConv2D: { compute: fusedConvolution(denseKernels, ([, , , outChannels]) => outChannels) },
  Conv2DBackpropInput: { compute: conv2dInputGradient },
  Conv2DBackpropFilter: { compute: convolution(denseKernels.filterGradient) },
  BatchMatMul: { compute: matrixProduct, accepts: areMatricesFloat32 },
  _FusedMatMul: { compute: fusedMatrixProduct, accepts: areMatricesFloat32 },
  MaxPool: { compute: convolution(poolKernels.max), accepts: areFloat32OnCpu },
  MaxPoolGrad: { compute: convolution(poolKernels.maxGradient), accepts: areFloat32OnCpu },
  AvgPool: { compute: convolution(poolKernels.average), accepts: areFloat32OnCpu },
  AvgPoolGrad: { compute: convolution(poolKernels.averageGradient), accepts: areFloat32OnCpu },
  MaxPoolGradGrad: { compute: convolution(poolKernels.maxGradientGradient) },
  UnsortedSegmentSum: { compute: withOps(unsortedSegmentSum), accepts: isFloat32 },
  FusedBatchNorm: { compute: batchNorm, accepts: areFloat32OnCpu },
  Mean: { compute: sum((count) => 1 / count), accepts: isFloatReduction },
  Sum: { compute: sum(() => 1), accepts: isFloatReduction },
  // tfjs's wasm kernels of clipping return the lower limit for NaN.
  ClipByValue: { compute: withOps(clip), accepts: isFloat32 },
  Relu6: { compute: withOps(relu6), accepts: isFloat32 },
  // tfjs's wasm kernel computes 0 for magnitudes below about 1e-7.
  Sign: { compute: withOps(sign), accepts: isFloat32 },
  ResizeNearestNeighborGrad: { compute: withOps(resizeGradient('nearest')) },
  ResizeBilinearGrad: { compute: withOps(resizeGradient('bilinear')) },
  // tfjs's wasm backend copies here, and its tape calls these kernels about thirty times for each layer in training.
  Identity: { compute: share },
  Cast: { compute: share, accepts: ({ inputs: { x }, attrs: { dtype } }) => x.dtype === dtype },
  Einsum: { compute: einsum },
  ...volumeKernels,
  ...elementwiseKernels,
  MeanGrad: { compute: meanGradient },
  FusedBatchNormGrad: { compute: withOps(batchNormGradient) },
  ClipByValueGrad: { compute: withOps(clipGradient) },
  BatchNormStatistics: { compute: withOps(batchNormStatistics) },
  BatchNormTraining: { compute: withOps(batchNormTraining) },
  BatchNormTrainingGrad: { compute: withOps(batchNormTrainingGradient) },
  Conv2DBatchNorm: { compute: convolution(convolutionNormKernels.dense) },
  DepthwiseConv2DBatchNorm: { compute: convolution(convolutionNormKernels.depthwise) },
  LayerNorm: { compute: withOps(layerNorm) },
  LayerNormGrad: { compute: withOps(layerNormGradient) },
  ...optimizerKernels,
};

function withOps(run) {
  return ({ inputs, attrs }, { name, withOps }) => withOps((ops) => run(ops, name, inputs, attrs));
}

function convolution(kernel) {
  return withOps((ops, name, inputs, attrs) => ops.run(kernel, name, { inputs, attrs }));
}

/**
 * Returns the input gradient of a dense convolution. tf.conv2dTranspose may pass a dy with more rows and columns than the convolution has
 * outputs. tfjs ignores the surplus, so this function slices it off.
 *
 * @param {KernelCall} call
 * @param {Context} context
 */
function conv2dInputGradient({ inputs, attrs }, { name, withOps, yShape, runBackend, dispose }) {
  const run = (inputs) => withOps((ops) => ops.run(denseKernels.inputGradient, name, { inputs, attrs }));
  const { dy, filter } = inputs;
  const size = yShape(denseKernels.inputGradient, { inputs, attrs });
  const isLarger = dy.shape.length === 4 && dy.shape.every((each, i) => each >= size[i]);
  const channels = attrs.dataFormat === 'NCHW' ? 1 : 3;
  const isSurplus = isLarger && dy.shape.every((each, i) => each === size[i] || (i > 0 && i !== channels));
  if (!isSurplus || sizeOf(dy.shape) === sizeOf(size)) return run(inputs);
  const needed = runBackend('Slice', { x: dy }, { begin: [0, 0, 0, 0], size });
  try {
    return run({ dy: needed, filter });
  } finally {
    dispose(needed);
  }
}

function areMatricesFloat32({ inputs: { a, b } }) {
  return [a, b].every((info) => !info || info.dtype === 'float32');
}

function isFloat32({ inputs: { x } }) {
  return x.dtype === 'float32';
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

function areFloat32OnCpu({ inputs }, backendName) {
  return backendName !== 'cpu' || Object.values(inputs).every((info) => !info || info.dtype === 'float32');
}

function isFloatReduction({ inputs: { x }, attrs }) {
  return x.dtype === 'float32' && reductionOf(x.shape, attrs) !== undefined;
}

function sign(ops, name, { x }) {
  const size = sizeOf(x.shape);
  const run = (native, [x], [y]) => native.sign(x, y, size);
  return ops.compute(name, { x }, [x.shape], run)[0];
}

function clip(ops, name, { x }, { clipValueMin, clipValueMax }) {
  const size = sizeOf(x.shape);
  const run = (native, [x], [y]) => native.clip(x, y, clipValueMin, clipValueMax, size);
  return ops.compute(name, { x }, [x.shape], run)[0];
}

function relu6(ops, name, inputs) {
  return clip(ops, name, inputs, { clipValueMin: 0, clipValueMax: 6 });
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
