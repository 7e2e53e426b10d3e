/**
 * Calls of every kernel that is registered with TensorFlow.js, with what must come out. A call is { kernel, what, inputs, attrs,
 * expected }: inputs as { data, shape, dtype }, `expected` a list of the results as oracle.js has them, and `roundings` how often a value
 * is rounded beside its sum. With `exact` nothing is.
 */
import * as oracle from './oracle.js';
import { Random } from './random.js';
import { tf } from './tfjs.js';
import * as others from './tfjs-oracle.js';

const random = new Random('calls of kernels');

const floats = (shape) => ({ data: random.fractions(oracle.sizeOf(shape)), shape, dtype: 'float32' });
const positive = (shape) => ({ ...floats(shape), data: floats(shape).data.map((value) => value + 1.25) });
const ids = (shape, most) => ({
  data: Int32Array.from({ length: oracle.sizeOf(shape) }, () => random.within(-1, most)),
  shape,
  dtype: 'int32',
});

/** Sizes that are no multiples of four, and one of each kind that the convolution kernels distinguish. */
const DEPTHWISE = [
  { xShape: [2, 7, 6, 5], filterShape: [3, 3, 5, 1], pad: 'same' },
  { xShape: [1, 9, 8, 8], filterShape: [5, 5, 8, 2], strides: [2, 2], pad: 'same' },
  { xShape: [2, 9, 9, 3], filterShape: [3, 2, 3, 1], dilations: [2, 3], pad: 'valid' },
  { xShape: [1, 8, 7, 4], filterShape: [5, 1, 4, 1], strides: [2, 1], pad: 1, dimRoundingMode: 'ceil' },
  { xShape: [2, 3, 6, 7], filterShape: [3, 4, 3, 2], pad: 'same', dataFormat: 'NCHW' },
];

const DENSE = [
  { xShape: [2, 7, 6, 5], filterShape: [3, 3, 5, 7], pad: 'same' },
  { xShape: [2, 5, 5, 6], filterShape: [1, 1, 6, 9], pad: 'valid' },
  { xShape: [1, 9, 8, 3], filterShape: [3, 2, 3, 4], strides: [2, 3], pad: 'same' },
  { xShape: [1, 9, 9, 4], filterShape: [3, 3, 4, 5], dilations: [2, 2], pad: 'valid' },
  { xShape: [1, 8, 8, 2], filterShape: [3, 3, 2, 3], strides: [2, 2], pad: 0, dimRoundingMode: 'ceil' },
];

const POOLS = [
  { xShape: [2, 7, 6, 5], filterSize: [2, 2], strides: [2, 2], pad: 'same' },
  { xShape: [1, 8, 9, 3], filterSize: [3, 2], strides: [1, 2], pad: 'valid' },
];

const NORMS = [
  { shape: [2, 6, 5, 7], scale: true, offset: true },
  { shape: [1, 4, 4, 64], scale: true, offset: true },
  { shape: [2, 3, 4, 3], scale: false, offset: false },
];

const REDUCTIONS = [
  { shape: [3, 6, 5, 7], axis: [1, 2] },
  { shape: [3, 6, 5, 7], axis: [-2, 1], keepDims: true },
  { shape: [5, 33], axis: 0 },
  { shape: [3, 200], axis: -1 },
  { shape: [2, 5, 7], axis: null },
  { shape: [2, 3, 5, 4], axis: [1, 3] }, // not adjacent
  { shape: [4, 5], axis: 1 }, // short rows
];

export const kernelCalls = [
  ...DEPTHWISE.flatMap(depthwiseCalls),
  ...fusedCalls(),
  ...DENSE.flatMap(denseCalls),
  ...POOLS.map(poolCall),
  ...segmentCalls(),
  ...NORMS.flatMap(normCalls),
  ...REDUCTIONS.flatMap(reductionCalls),
  ...clipCalls(),
  ...sharingCalls(),
];

/** Runs one on the backend of the moment; gives copies of its results. */
export function runKernelCall({ kernel, inputs, attrs }) {
  return tf.tidy(() => {
    const results = tf.engine().runKernel(kernel, tensorsOf(inputs), attrs);
    return [results].flat().map((result) => ({ data: result.dataSync(), shape: result.shape, dtype: result.dtype }));
  });
}

export function tensorsOf(inputs) {
  const entries = Object.entries(inputs).filter(([, input]) => input);
  return Object.fromEntries(entries.map(([name, { data, shape, dtype }]) => [name, tf.tensor(data, shape, dtype)]));
}

function attrsOf({ strides = [1, 1], dilations = [1, 1], dataFormat = 'NHWC', pad, dimRoundingMode }) {
  return { strides, dilations, dataFormat, pad, dimRoundingMode };
}

function depthwiseCalls(convolution) {
  const { xShape, filterShape, yShape } = oracle.geometryOf(convolution);
  const [x, filter, dy] = [xShape, filterShape, yShape].map(floats);
  const attrs = attrsOf(convolution);
  const what = JSON.stringify(convolution);
  return [
    {
      kernel: 'DepthwiseConv2dNative',
      what,
      inputs: { x, filter },
      attrs,
      expected: [oracle.forward(convolution, x.data, filter.data)],
    },
    {
      kernel: 'DepthwiseConv2dNativeBackpropInput',
      what,
      inputs: { dy, filter },
      attrs: { ...attrs, inputShape: xShape },
      expected: [oracle.inputGradient(convolution, dy.data, filter.data)],
    },
    {
      kernel: 'DepthwiseConv2dNativeBackpropFilter',
      what,
      inputs: { x, dy },
      attrs: { ...attrs, filterShape },
      expected: [oracle.filterGradient(convolution, x.data, dy.data)],
    },
  ];
}

function fusedCalls() {
  const convolution = { xShape: [2, 5, 6, 3], filterShape: [3, 3, 3, 2], strides: [2, 2], pad: 'same' };
  const { xShape, filterShape, outChannels } = oracle.geometryOf(convolution);
  const [x, filter] = [xShape, filterShape].map(floats);
  const bias = floats([outChannels]);
  const slopes = floats([outChannels]);
  const fused = (what, { activation = 'linear', leakyreluAlpha, ...inputs }, plain) => ({
    kernel: 'FusedDepthwiseConv2D',
    what,
    inputs: { x, filter, ...inputs },
    attrs: { ...attrsOf(convolution), activation, leakyreluAlpha },
    expected: [oracle.fusedForward(convolution, x.data, filter.data, { activation, leakyreluAlpha, ...plain })],
    roundings: 8, // the bias, the activation, and its exponential
  });
  const perChannel = { bias: bias.data, preluActivationWeights: slopes.data };
  return [
    fused('alone', {}, {}),
    ...['relu', 'relu6', 'elu', 'sigmoid'].map((activation) =>
      fused(`a bias and ${activation}`, { bias, activation }, { bias: bias.data }),
    ),
    fused('leakyrelu', { activation: 'leakyrelu', leakyreluAlpha: 0.3 }, {}),
    fused('a bias and prelu', { bias, activation: 'prelu', preluActivationWeights: slopes }, perChannel),
    fused(
      'a bias and slopes of four dimensions',
      {
        bias: { ...bias, shape: [1, 1, 1, outChannels] },
        activation: 'prelu',
        preluActivationWeights: { ...slopes, shape: [1, 1, 1, outChannels] },
      },
      perChannel,
    ),
    fused(
      'a bias that is one number, and relu6',
      { bias: { data: Float32Array.of(0.5), shape: [1, 1, 1, 1], dtype: 'float32' }, activation: 'relu6' },
      { bias: Array(outChannels).fill(0.5) },
    ),
  ];
}

function denseCalls(convolution) {
  const [x, filter, dy] = [convolution.xShape, convolution.filterShape, others.denseShape(convolution)].map(floats);
  const what = JSON.stringify(convolution);
  return [
    {
      kernel: 'Conv2DBackpropInput',
      what,
      inputs: { dy, filter },
      attrs: { ...attrsOf(convolution), inputShape: x.shape },
      expected: [others.conv2dInputGradient(convolution, dy.data, filter.data)],
    },
    {
      kernel: 'Conv2DBackpropFilter',
      what,
      inputs: { x, dy },
      attrs: { ...attrsOf(convolution), filterShape: filter.shape },
      expected: [others.conv2dFilterGradient(convolution, x.data, dy.data)],
    },
  ];
}

function poolCall(pool) {
  const { filterSize, strides, pad } = pool;
  const [input, dy] = [pool.xShape, others.poolShape(pool)].map(floats);
  return {
    kernel: 'MaxPoolGrad',
    what: JSON.stringify(pool),
    inputs: { dy, input, output: { ...dy } },
    attrs: { filterSize, strides, pad },
    expected: [others.maxPoolGradient(pool, input.data, dy.data)],
  };
}

function segmentCalls() {
  return [
    { itemShape: [3, 5], idsShape: [20], numSegments: 6 },
    { itemShape: [4], idsShape: [3, 4], numSegments: 5 },
    { itemShape: [], idsShape: [9], numSegments: 2 },
  ].map(({ itemShape, idsShape, numSegments }) => {
    const x = floats([...idsShape, ...itemShape]);
    const segmentIds = ids(idsShape, numSegments); // some are of no segment
    return {
      kernel: 'UnsortedSegmentSum',
      what: JSON.stringify({ itemShape, idsShape }),
      inputs: { x, segmentIds },
      attrs: { numSegments },
      expected: [others.unsortedSegmentSum(x.data, itemShape, segmentIds.data, numSegments)],
    };
  });
}

function normCalls({ shape, scale: hasScale, offset: hasOffset }) {
  const channels = [shape[3]];
  const [x, dy, mean] = [floats(shape), floats(shape), floats(channels)];
  const [variance, scale, offset] = [
    positive(channels),
    hasScale ? floats(channels) : undefined,
    hasOffset ? floats(channels) : undefined,
  ];
  const varianceEpsilon = 1e-3;
  const norm = {
    ...{ mean: mean.data, variance: variance.data, scale: scale?.data, offset: offset?.data },
    epsilon: Math.fround(varianceEpsilon),
  };
  const what = JSON.stringify({ shape, hasScale, hasOffset });
  const roundings = 6; // the distance from the mean, the factor, the products
  return [
    {
      kernel: 'FusedBatchNorm',
      what,
      inputs: { x, mean, variance, scale, offset },
      attrs: { varianceEpsilon },
      expected: [others.batchNorm(x.data, shape, norm)],
      roundings,
    },
    {
      kernel: 'FusedBatchNormGrad',
      what,
      inputs: { x, dy, mean, variance, scale },
      attrs: { varianceEpsilon },
      expected: others.batchNormGradients(x.data, shape, dy.data, norm),
      roundings,
    },
  ];
}

function reductionCalls({ shape, axis, keepDims = false }) {
  const axes = (axis === null ? shape.map((_, i) => i) : [axis].flat()).map(
    (each) => (each + shape.length) % shape.length,
  );
  const x = floats(shape);
  const count = axes.reduce((product, each) => product * shape[each], 1);
  const what = JSON.stringify({ shape, axis, keepDims });
  const dy = floats(others.sumOver(x.data, shape, axes, { keepDims }).shape);
  const calls = [
    {
      kernel: 'Sum',
      what,
      inputs: { x },
      attrs: { axis, keepDims },
      expected: [others.sumOver(x.data, shape, axes, { keepDims })],
    },
    {
      kernel: 'Mean',
      what,
      inputs: { x },
      attrs: { axis, keepDims },
      expected: [others.sumOver(x.data, shape, axes, { keepDims, factor: 1 / count })],
      roundings: 2,
    },
  ];
  // Its gradient is asked for those only that the kernel takes.
  const isOurs = axes.toSorted().every((each, i, all) => i === 0 || each === all[i - 1] + 1) && count >= 30;
  if (!isOurs) return calls;
  return [
    ...calls,
    {
      kernel: 'MeanGrad',
      what,
      inputs: { dy },
      attrs: { inputShape: shape, axis },
      expected: [others.meanGradient(dy.data, shape, axes)],
      roundings: 2,
    },
  ];
}

function clipCalls() {
  const shape = [3, 7];
  const x = { ...floats(shape), data: floats(shape).data.map((value) => 9 * value) };
  x.data.set([0, 6, -0, 6.0000005]);
  const dy = floats(shape);
  return [
    {
      kernel: 'ClipByValueGrad',
      what: 'relu6',
      inputs: { x, dy },
      attrs: { clipValueMin: 0, clipValueMax: 6 },
      expected: [others.clipGradient(x.data, dy.data, shape, 0, 6)],
      exact: true,
    },
  ];
}

function sharingCalls() {
  const [x, whole] = [floats([3, 4]), ids([2, 5], 9)];
  return [
    ...[x, whole].map((input) => ({
      kernel: 'Identity',
      what: input.dtype,
      inputs: { x: input },
      attrs: {},
      expected: [others.exactly(input.data, input.shape)],
      exact: true,
    })),
    ...[
      [x, 'float32'],
      [whole, 'int32'],
      [whole, 'float32'],
    ].map(([input, dtype]) => ({
      kernel: 'Cast',
      what: `${input.dtype} to ${dtype}`,
      inputs: { x: input },
      attrs: { dtype },
      expected: [others.exactly(input.data, input.shape)],
      exact: true,
    })),
  ];
}
