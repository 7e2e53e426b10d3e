/**
 * Valid calls of every kernel that registerKernels registers, with the expected results. A call is { kernel, what, inputs, attrs, expected,
 * roundings, isOurs }: `inputs` as { data, shape, dtype }; `expected` a list of results as in oracle.js; `roundings` the number of
 * roundings besides those of the sum; `isOurs` is false if kernels of tfjs compute a part of it.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as oracle from './oracle.js';
import { Random } from './random.js';
import * as others from './tfjs-oracle.js';

const random = new Random('calls of kernels');

const floats = (shape) => ({ data: random.fractions(oracle.sizeOf(shape)), shape, dtype: 'float32' });
const positive = (shape) => ({ ...floats(shape), data: floats(shape).data.map((value) => value + 1.25) });
const ids = (shape, most) => {
  const data = Int32Array.from({ length: oracle.sizeOf(shape) }, () => random.within(-1, most));
  return { data, shape, dtype: 'int32' };
};

const pairs = (height, width) => [[0, 0], height, width, [0, 0]];

/** Most sizes are not multiples of four. */
const DEPTHWISE = [
  { xShape: [2, 7, 6, 5], filterShape: [3, 3, 5, 1], pad: 'same' },
  { xShape: [1, 9, 8, 8], filterShape: [5, 5, 8, 2], strides: [2, 2], pad: 'same' },
  { xShape: [2, 9, 9, 3], filterShape: [3, 2, 3, 1], dilations: [2, 3], pad: 'valid' },
  { xShape: [1, 8, 7, 4], filterShape: [5, 1, 4, 1], strides: [2, 1], pad: 1, dimRoundingMode: 'ceil' },
  { xShape: [2, 3, 6, 7], filterShape: [3, 4, 3, 2], pad: 'same', dataFormat: 'NCHW' },
];
const DENSE = [
  { isDense: true, xShape: [2, 7, 6, 5], filterShape: [3, 3, 5, 7], pad: 'same' },
  { isDense: true, xShape: [1, 9, 8, 3], filterShape: [3, 2, 3, 4], strides: [2, 3], dilations: [2, 1], pad: 'same' },
  { isDense: true, xShape: [1, 8, 8, 2], filterShape: [3, 3, 2, 3], strides: [2, 2], pad: 0, dimRoundingMode: 'ceil' },
  { isDense: true, xShape: [2, 3, 6, 7], filterShape: [3, 4, 3, 5], pad: 'same', dataFormat: 'NCHW' },
];
/** Shapes of a and b before they are transposed. */
const PRODUCTS = [
  { a: [5, 7], b: [7, 6] },
  { a: [2, 9, 70], b: [2, 70, 66] },
  { a: [1, 12], b: [12, 9] },
  { a: [3, 4, 5], b: [5, 1] },
  { a: [4, 3], b: [2, 3, 3, 5] },
  { a: [2, 1, 3, 4], b: [3, 4, 2] },
  { a: [3, 0], b: [0, 2] },
];
const POOLS = [
  { xShape: [2, 7, 6, 5], filterSize: [2, 2], strides: [2, 2], pad: 'same' },
  { xShape: [1, 8, 9, 3], filterSize: [3, 2], strides: [1, 2], pad: 'valid' },
  { xShape: [2, 7, 9, 6], filterSize: [3, 3], strides: [2, 2], pad: 1, dimRoundingMode: 'ceil' },
  { xShape: [1, 6, 7, 4], filterSize: [1, 3], strides: [1, 1], dilations: [1, 2], pad: pairs([0, 0], [3, 1]) },
];
const SEGMENTS = [
  { itemShape: [3, 5], idsShape: [20], numSegments: 6 },
  { itemShape: [4], idsShape: [3, 4], numSegments: 5 },
  { itemShape: [], idsShape: [9], numSegments: 2 },
];
const NORMS = [
  { shape: [2, 6, 5, 7], isScaled: true },
  { shape: [1, 4, 4, 64], isScaled: true },
  { shape: [2, 3, 4, 3], isScaled: false },
  { shape: [2, 5, 4, 3], parameters: [1, 5, 1, 1], isScaled: true },
  { shape: [2, 3, 9, 8], parameters: [3, 1, 1], isScaled: false },
  { shape: [2, 5, 4, 3], parameters: [4, 3], isScaled: true },
  { shape: [2, 5, 4, 3], parameters: [2, 5, 4, 3], isScaled: true },
  { shape: [3, 7], parameters: [1], isScaled: true },
];
const TRAINING_NORMS = [
  { shape: [2, 6, 5, 7], isScaled: true, low: 0, high: 6 },
  { shape: [40, 64], isScaled: true },
  { shape: [300, 2], isScaled: false, low: 0 },
];
const LAYER_NORMS = [
  { shape: [5, 4, 21], rank: 1, isScaled: true },
  { shape: [3, 2, 3, 8], rank: 3, isScaled: true },
  { shape: [70, 18], rank: 1, isScaled: false },
];
const RESIZES = [
  { xShape: [2, 5, 4, 3], size: [9, 7] },
  { xShape: [2, 5, 4, 3], size: [3, 2], alignCorners: true },
  { xShape: [1, 3, 6, 5], size: [7, 13], halfPixelCenters: true },
];
const REDUCTIONS = [
  { shape: [3, 6, 5, 7], axis: [1, 2] },
  { shape: [3, 6, 5, 7], axis: [-2, 1], keepDims: true },
  { shape: [5, 33], axis: 0 },
  { shape: [3, 200], axis: -1 },
  { shape: [2, 5, 7], axis: null },
  { shape: [2, 3, 5, 4], axis: [1, 3] },
  { shape: [2, 3, 5, 4], axis: [0, 2, 3], keepDims: true },
  { shape: [2, 3, 1, 4, 5, 2], axis: [0, 3, 5] },
  { shape: [2, 3, 5], axis: [] },
  { shape: [4, 5], axis: 1 },
];

const BROADCASTS = [
  { a: [2, 3, 5, 7], b: [2, 3, 5, 7] },
  { a: [2, 3, 5, 7], b: [] },
  { a: [1], b: [3, 5] },
  { a: [2, 3, 5, 7], b: [7] },
  { a: [1, 1, 1, 7], b: [2, 3, 5, 7] },
  { a: [2, 3, 5, 7], b: [2, 1, 1, 7] },
  { a: [2, 3, 5, 7], b: [2, 3, 5, 1] },
  { a: [2, 3, 1, 1], b: [2, 3, 5, 4] },
  { a: [3, 5, 7], b: [1, 5, 1] },
  { a: [6, 1], b: [1, 5] },
  { a: [2, 1, 5, 1], b: [1, 3, 1, 7], isOurs: false }, // four axes
];
const TILES = [
  { shape: [2, 3, 5, 1], reps: [1, 1, 1, 6] },
  { shape: [1, 1, 1, 5], reps: [2, 3, 4, 1] },
  { shape: [1, 5, 1], reps: [3, 1, 4] },
  { shape: [3, 2, 4], reps: [2, 3, 2] },
  { shape: [3, 2], reps: [1, 1] },
  { shape: [4], reps: [3] },
  { shape: [], reps: [] },
];

export const kernelCalls = [
  ...convolutionCalls('DepthwiseConv2dNative', DEPTHWISE),
  ...fusedCalls('FusedDepthwiseConv2D', { filterShape: [3, 3, 3, 2] }),
  ...fusedCalls('FusedConv2D', { isDense: true, filterShape: [3, 3, 3, 6] }),
  ...DENSE.flatMap((convolution) => convolutionNormCalls('Conv2DBatchNorm', convolution)),
  ...DEPTHWISE.flatMap((convolution) => convolutionNormCalls('DepthwiseConv2DBatchNorm', convolution)),
  ...convolutionCalls('Conv2D', DENSE),
  ...PRODUCTS.flatMap(productCalls),
  ...fusedProductCalls(),
  ...POOLS.flatMap(poolCalls),
  ...SEGMENTS.map(({ itemShape, idsShape, numSegments }) => {
    const x = floats([...idsShape, ...itemShape]);
    const segmentIds = ids(idsShape, numSegments); // some select no segment
    const expected = others.unsortedSegmentSum(x.data, itemShape, segmentIds.data, numSegments);
    return call('UnsortedSegmentSum', { itemShape, idsShape }, { x, segmentIds }, { numSegments }, [expected]);
  }),
  ...NORMS.flatMap(normCalls),
  ...TRAINING_NORMS.flatMap(trainingNormCalls),
  ...LAYER_NORMS.flatMap(layerNormCalls),
  ...REDUCTIONS.flatMap(reductionCalls),
  ...RESIZES.flatMap(resizeCalls),
  signCall(),
  ...clipCalls(),
  ...sharingCalls(),
  ...binaryCalls(),
  ...unaryCalls(),
  ...TILES.map(({ shape, reps }) => {
    const x = floats(shape);
    return call('Tile', { shape, reps }, { x }, { reps }, [others.tile(x.data, shape, reps)]);
  }),
  ...optimizerCalls(),
];

function call(kernel, what, inputs, attrs, expected, { roundings = 0, isOurs = true } = {}) {
  return { kernel, what: JSON.stringify(what), inputs, attrs, expected, roundings, isOurs };
}

/** Runs a call on the current backend, and returns copies of its results. */
export function runKernelCall({ kernel, inputs, attrs }) {
  return tf.tidy(() => {
    const results = tf.engine().runKernel(kernel, tensorsOf(inputs), attrs);
    return [results].flat().map((result) => ({ data: result.dataSync(), shape: result.shape, dtype: result.dtype }));
  });
}

export function tensorsOf(inputs) {
  const given = Object.entries(inputs).filter(([, input]) => input);
  return Object.fromEntries(given.map(([name, { data, shape, dtype }]) => [name, tf.tensor(data, shape, dtype)]));
}

function attrsOf({ strides = [1, 1], dilations = [1, 1], dataFormat = 'NHWC', pad, dimRoundingMode }) {
  return { strides, dilations, dataFormat, pad, dimRoundingMode };
}

function poolCalls(pool) {
  const { filterSize, strides, dilations, pad, dimRoundingMode } = pool;
  const attrs = { filterSize, strides, dilations, pad, dimRoundingMode };
  const [x, ddx, dy] = [pool.xShape, pool.xShape, others.poolShape(pool)].map(floats);
  const options = { roundings: 2 }; // the mean, and the rest of the terms after it
  return [
    call('MaxPool', pool, { x }, attrs, [others.maxPool(pool, x.data)]),
    call('MaxPoolGrad', pool, { dy, input: x, output: { ...dy } }, attrs, [
      others.maxPoolGradient(pool, x.data, dy.data),
    ]),
    call('MaxPoolGradGrad', pool, { ddx, input: x }, attrs, [others.maxPoolGradientGradient(pool, x.data, ddx.data)]),
    call('AvgPool', pool, { x }, attrs, [others.averagePool(pool, x.data)], options),
    call('AvgPoolGrad', pool, { dy, input: x }, attrs, [others.averagePoolGradient(pool, dy.data)], options),
  ];
}

/** Returns calls of a convolution and its gradients. */
function convolutionCalls(kernel, convolutions) {
  return convolutions.flatMap((convolution) => {
    const { xShape, filterShape, yShape } = oracle.geometryOf(convolution);
    const [x, filter, dy] = [xShape, filterShape, yShape].map(floats);
    const attrs = attrsOf(convolution);
    const y = oracle.forward(convolution, x.data, filter.data);
    const dx = oracle.inputGradient(convolution, dy.data, filter.data);
    const dfilter = oracle.filterGradient(convolution, x.data, dy.data);
    return [
      call(kernel, convolution, { x, filter }, attrs, [y]),
      call(`${kernel}BackpropInput`, convolution, { dy, filter }, { ...attrs, inputShape: x.shape }, [dx]),
      call(`${kernel}BackpropFilter`, convolution, { x, dy }, { ...attrs, filterShape: filter.shape }, [dfilter]),
    ];
  });
}

/** Returns calls of a fused convolution with 6 output channels. */
function fusedCalls(kernel, form) {
  const convolution = { ...form, xShape: [2, 5, 6, 3], strides: [2, 2], pad: 'same' };
  const [x, filter, bias, slopes] = [convolution.xShape, convolution.filterShape, [6], [6]].map(floats);
  const fused = (inputs, { activation = 'linear', leakyreluAlpha, isOurs } = {}) => {
    const attrs = { ...attrsOf(convolution), activation, leakyreluAlpha };
    const perChannel = (input) => input && (input.data.length === 1 ? Array(6).fill(input.data[0]) : input.data);
    const expected = oracle.fusedForward(convolution, x.data, filter.data, {
      ...{ activation, leakyreluAlpha, bias: perChannel(inputs.bias) },
      preluActivationWeights: perChannel(inputs.preluActivationWeights),
    });
    const shapes = Object.values(inputs).map(({ shape }) => shape);
    const options = { roundings: 8, isOurs }; // the bias, the activation, and its exponential
    return call(kernel, [activation, ...shapes], { x, filter, ...inputs }, attrs, [expected], options);
  };
  const full = (input) => ({ ...input, shape: [1, 1, 1, 6] });
  const one = { data: Float32Array.of(0.5), shape: [1, 1, 1, 1], dtype: 'float32' };
  return [
    fused({}),
    ...['relu', 'relu6', 'elu', 'sigmoid'].map((activation) => fused({ bias }, { activation })),
    fused({}, { activation: 'leakyrelu', leakyreluAlpha: 0.3 }),
    fused({ bias, preluActivationWeights: slopes }, { activation: 'prelu' }),
    fused({ bias: full(bias), preluActivationWeights: full(slopes) }, { activation: 'prelu' }),
    fused({ bias: one }, { activation: 'relu6', isOurs: false }),
  ];
}

/** Returns a convolution with a batch normalization, with all optional inputs and without them. */
function convolutionNormCalls(kernel, convolution) {
  const [x, filter] = [convolution.xShape, convolution.filterShape].map(floats);
  const shape = [oracle.geometryOf(convolution).outChannels];
  const [mean, bias, scale, offset] = Array.from({ length: 4 }, () => floats(shape));
  const variance = positive(shape);
  return [
    { activation: 'relu6', optional: { bias, scale, offset } },
    { activation: 'linear', optional: {} },
  ].map(({ activation, optional }) => {
    const attrs = { ...attrsOf(convolution), activation, varianceEpsilon: 1e-3 };
    const factors = variance.data.map((value, i) => (optional.scale?.data[i] ?? 1) / Math.sqrt(value + 1e-3));
    const folded = mean.data.map((value, i) => {
      return ((optional.bias?.data[i] ?? 0) - value) * factors[i] + (optional.offset?.data[i] ?? 0);
    });
    const scaled = filter.data.map((value, i) => value * factors[channelOf(convolution, i)]);
    const expected = oracle.fusedForward(convolution, x.data, scaled, { activation, bias: folded });
    const inputs = { x, filter, mean, variance, ...optional };
    const { xShape, filterShape } = convolution;
    return call(kernel, { xShape, filterShape, activation }, inputs, attrs, [expected], { roundings: 12 });
  });
}

/** Returns the output channel of an element of a filter. */
function channelOf({ isDense, filterShape }, i) {
  return i % (isDense ? filterShape[3] : filterShape[2] * filterShape[3]);
}

/** Returns the product of two shapes, with each transposition of the same matrices. */
function productCalls(shapes) {
  const isOurs = shapes.a.length < 4; // otherwise tfjs repeats the matrices
  const transposed = (shape, is) => (is ? [...shape.slice(0, -2), shape.at(-1), shape.at(-2)] : shape);
  return [0, 1, 2, 3].map((which) => {
    const attrs = { transposeA: which % 2 === 1, transposeB: which >= 2 };
    const [a, b] = [transposed(shapes.a, attrs.transposeA), transposed(shapes.b, attrs.transposeB)].map(floats);
    return call('BatchMatMul', { ...shapes, ...attrs }, { a, b }, attrs, [others.matrixProduct(a, b, attrs)], {
      isOurs,
    });
  });
}

/** A product of matrices is a dense convolution of [1, 1, rows, terms] with a filter of [1, 1, terms, columns]. */
function fusedProductCalls() {
  const [rows, terms, columns] = [5, 7, 6];
  const [a, b, bias, slopes] = [[1, rows, terms], [terms, columns], [columns], [columns]].map(floats);
  const convolution = { isDense: true, xShape: [1, 1, rows, terms], filterShape: [1, 1, terms, columns], pad: 'valid' };
  const fused = (inputs, { activation = 'linear', leakyreluAlpha, isOurs } = {}) => {
    const perColumn = (input) =>
      input && (input.data.length === 1 ? Array(columns).fill(input.data[0]) : input.data.slice(0, columns));
    const expected = oracle.fusedForward(convolution, a.data, b.data, {
      ...{ activation, leakyreluAlpha, bias: perColumn(inputs.bias) },
      preluActivationWeights: perColumn(inputs.preluActivationWeights),
    });
    const attrs = { transposeA: false, transposeB: false, activation, leakyreluAlpha };
    const shapes = Object.values(inputs).map(({ shape }) => shape);
    const options = { roundings: 8, isOurs }; // the bias, the activation, and its exponential
    const y = { ...expected, shape: [1, rows, columns] };
    return call('_FusedMatMul', [activation, ...shapes], { a, b, ...inputs }, attrs, [y], options);
  };
  const everyRow = (input) => {
    const data = Float32Array.from({ length: rows * columns }, (_, i) => input.data[i % columns]);
    return { ...input, data, shape: [rows, columns] };
  };
  const one = { data: Float32Array.of(0.5), shape: [], dtype: 'float32' };
  return [
    fused({}),
    ...['relu', 'relu6', 'elu', 'sigmoid'].map((activation) => fused({ bias }, { activation })),
    fused({}, { activation: 'leakyrelu', leakyreluAlpha: 0.3 }),
    fused({ bias, preluActivationWeights: slopes }, { activation: 'prelu' }),
    fused({ bias: one }, { activation: 'relu6', isOurs: false }),
    fused({ bias: everyRow(bias), preluActivationWeights: everyRow(slopes) }, { activation: 'prelu', isOurs: false }),
  ];
}

function normCalls({ shape, parameters = shape.slice(-1), isScaled }) {
  const [x, dy, mean, variance] = [floats(shape), floats(shape), floats(parameters), positive(parameters)];
  const [scale, offset] = isScaled ? [floats(parameters), floats(parameters)] : [];
  const attrs = { varianceEpsilon: 1e-3 };
  const norm = {
    ...{ mean: mean.data, variance: variance.data, scale: scale?.data, offset: offset?.data },
    epsilon: Math.fround(attrs.varianceEpsilon),
    shape: parameters,
  };
  const options = { roundings: 6 }; // the distance from the mean, the factor, the products
  const [y, gradients] = [
    others.batchNorm(x.data, shape, norm),
    others.batchNormGradients(x.data, shape, dy.data, norm),
  ];
  const what = { shape, parameters, isScaled };
  return [
    call('FusedBatchNorm', what, { x, mean, variance, scale, offset }, attrs, [y], options),
    call('FusedBatchNormGrad', what, { x, dy, mean, variance, scale }, attrs, gradients, options),
  ];
}

function trainingNormCalls({ shape, isScaled, low = -Infinity, high = Infinity }) {
  const channels = shape.at(-1);
  const [x, dy] = [floats(shape), floats(shape)];
  const [movingMean, movingVariance] = [floats([channels]), positive([channels])];
  const [mean, variance] = [floats([channels]), positive([channels])];
  const [scale, offset] = isScaled ? [floats([channels]), floats([channels])] : [];
  const attrs = { varianceEpsilon: 1e-3, low, high };
  const norm = {
    ...{ mean: mean.data, variance: variance.data, scale: scale?.data, offset: offset?.data },
    ...{ epsilon: Math.fround(attrs.varianceEpsilon), low, high },
  };
  const moving = { movingMean: movingMean.data, movingVariance: movingVariance.data, momentum: 0.875 };
  const statistics = others.batchNormStatistics(x.data, channels, moving);
  const y = others.batchNorm(x.data, shape, norm);
  y.values = y.values.map((value) => Math.min(Math.max(value, low), high));
  const gradients = others.batchNormTrainingGradients(x.data, shape, dy.data, norm);
  const parameters = { mean, variance, scale, offset };
  const what = { shape, isScaled, low, high };
  const { momentum } = moving;
  return [
    // The shift of x, the difference of the sums, and those of the averages.
    call('BatchNormStatistics', what, { x, movingMean, movingVariance }, { momentum }, statistics, { roundings: 20 }),
    call('BatchNormTraining', what, { x, ...parameters }, attrs, [y], { roundings: 6 }),
    call('BatchNormTrainingGrad', what, { x, dy, ...parameters }, attrs, gradients, { roundings: 30 }),
  ];
}

function layerNormCalls({ shape, rank, isScaled }) {
  const [x, dy, row] = [floats(shape), floats(shape), shape.slice(-rank)];
  const [scale, offset] = isScaled ? [floats(row), floats(row)] : [];
  const attrs = { epsilon: 1e-3, rank };
  const norm = { scale: scale?.data, offset: offset?.data, epsilon: Math.fround(attrs.epsilon) };
  const what = { shape, rank, isScaled };
  const options = { roundings: 80 }; // those of the sums over a row
  const y = others.layerNorm(x.data, shape, row, norm);
  const gradients = others.layerNormGradients(x.data, shape, row, dy.data, norm);
  return [
    call('LayerNorm', what, { x, scale, offset }, attrs, [y], options),
    call('LayerNormGrad', what, { x, dy, scale }, attrs, gradients, options),
  ];
}

function resizeCalls({ xShape, size, alignCorners = false, halfPixelCenters = false }) {
  const [batch, , , channels] = xShape;
  const [images, dy] = [floats(xShape), floats([batch, ...size, channels])];
  const attrs = { alignCorners, halfPixelCenters, size };
  return ['Nearest', 'Bilinear'].map((interpolation) => {
    const expected = others.resizeGradient(interpolation, xShape, dy, attrs);
    const kernel = interpolation === 'Nearest' ? 'ResizeNearestNeighborGrad' : 'ResizeBilinearGrad';
    // The position in float32 has an error of a unit of the size, the weights too.
    return call(kernel, { xShape, ...attrs }, { images, dy }, attrs, [expected], { roundings: 40 });
  });
}

function signCall() {
  const data = Float32Array.of(-2, -1e-40, -1e-8, 0, 1e-40, 1e-8, Infinity);
  const expected = others.exactly(Float32Array.from(data, Math.sign), [7]);
  return call('Sign', {}, { x: { data, shape: [7], dtype: 'float32' } }, {}, [expected]);
}

function binaryCalls() {
  return BROADCASTS.flatMap((shapes) => {
    const [a, b] = [floats(shapes.a), floats(shapes.b)];
    return Object.entries(others.BINARY).map(([kernel, definition]) => {
      const expected = others.broadcast(a, b, definition);
      return call(kernel, shapes, { a, b }, {}, [expected], { roundings: 3, isOurs: shapes.isOurs });
    });
  });
}

/** Returns calls of functions of one tensor and their gradients. */
function unaryCalls() {
  const shape = [3, 5, 2];
  const x = floats(shape);
  const above = positive(shape);
  const dy = floats(shape);
  const map = (values, definition) => others.exactly(Float64Array.from(values, definition), shape);
  const both = (values, definition) => map(values, (value, i) => definition(value, dy.data[i]));
  const roundings = 10; // of 2^-24: five units in the last place
  const unary = (kernel, input, definition, attrs = {}) =>
    call(kernel, { shape }, { x: input }, attrs, [map(input.data, definition)], { roundings });
  const gradient = (kernel, inputs, definition, attrs = {}) => {
    const [values] = Object.values(inputs);
    return call(kernel, { shape, ...attrs }, { ...inputs, dy }, attrs, [both(values.data, definition)], { roundings });
  };
  const power = (b) => {
    const expected = map(above.data, (value) => value ** b);
    const exponent = { data: Float32Array.of(b), shape: [], dtype: 'float32' };
    const isOurs = b !== 1.75;
    return call('Pow', { b }, { a: above, b: exponent }, {}, [expected], {
      roundings: isOurs ? roundings : 40,
      isOurs,
    });
  };
  const sigmoid = (value) => 1 / (1 + Math.exp(-value));
  const swished = { ...x, data: x.data.map((value) => value * sigmoid(value)) };
  const distribution = (value) => 0.5 * (1 + others.erf(value / Math.SQRT2));
  const density = (value) => Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI);
  // The kernels approximate the normal distribution and its density with an absolute error.
  const ofMagnitudes = ({ expected: [result], ...rest }, magnitudes) => ({
    ...rest,
    expected: [{ ...result, magnitudes: magnitudes.map(Math.abs) }],
  });
  const ofX = (alpha, max) => (value, dy) => dy * (value > max ? 0 : value > 0 ? 1 : alpha);
  return [
    unary('Exp', x, Math.exp),
    unary('Tanh', x, Math.tanh),
    unary(
      'Erf',
      { ...x, data: Float32Array.of(-3, -1, -0.5, -1e-6, 0, 1e-6, 0.25, 1, 2, 4, ...Array(20).fill(5)) },
      others.erf,
    ),
    unary('Sqrt', above, Math.sqrt),
    unary('Rsqrt', above, (value) => 1 / Math.sqrt(value)),
    unary('LeakyRelu', x, (value) => (value > 0 ? value : 0.25 * value), { alpha: 0.25 }),
    ...[-3, -2, -1.5, -1, -0.5, 0.5, 1, 2, 3, 4, 1.75].map(power),
    gradient('SigmoidGrad', { y: x }, (y, dy) => dy * y * (1 - y)),
    gradient('TanhGrad', { y: x }, (y, dy) => dy * (1 - y * y)),
    gradient('EluGrad', { y: x }, (y, dy) => (y >= 0 ? dy : dy * (y + 1))),
    unary('Swish', x, (value) => value * sigmoid(value)),
    ofMagnitudes(
      unary('Gelu', x, (value) => value * distribution(value)),
      x.data,
    ),
    gradient('SwishGrad', { x, y: swished }, (value, dy) => dy * sigmoid(value) * (1 + value * sigmoid(-value))),
    ofMagnitudes(
      gradient('GeluGrad', { x }, (value, dy) => dy * (distribution(value) + value * density(value))),
      dy.data,
    ),
    gradient('ErfGrad', { x }, (value, dy) => (dy * 2 * Math.exp(-value * value)) / Math.sqrt(Math.PI)),
    ...[
      [0, Infinity],
      [0, 0.25],
      [0.5, Infinity],
    ].map(([alpha, max]) => gradient('ReluGrad', { x }, ofX(alpha, max), { alpha, max })),
  ];
}

function reductionCalls({ shape, axis, keepDims = false }) {
  const all = axis === null ? shape.map((_, i) => i) : [axis].flat();
  const axes = all.map((each) => (each + shape.length) % shape.length);
  const x = floats(shape);
  const what = { shape, axis, keepDims };
  const factor = 1 / axes.reduce((product, each) => product * shape[each], 1);
  const reduced = (factor) => others.sumOver(x.data, shape, axes, { keepDims, factor });
  const calls = [
    call('Sum', what, { x }, { axis, keepDims }, [reduced(1)], { roundings: 1 }),
    call('Mean', what, { x }, { axis, keepDims }, [reduced(factor)], { roundings: 3 }),
  ];
  const dy = floats(reduced(1).shape);
  const dx = others.meanGradient(dy.data, shape, axes);
  return [...calls, call('MeanGrad', what, { dy }, { inputShape: shape, axis }, [dx], { roundings: 2 })];
}

function clipCalls() {
  const shape = [3, 7];
  const x = { ...floats(shape), data: floats(shape).data.map((value) => 9 * value) };
  x.data.set([0, 6, -0, 6.0000005, NaN]);
  const dy = floats(shape);
  const expected = others.clipGradient(x.data, dy.data, shape, 0, 6);
  const clipped = (low, high) => [
    others.exactly(
      x.data.map((value) => Math.min(Math.max(value, low), high)),
      shape,
    ),
  ];
  return [
    call('ClipByValue', { shape }, { x }, { clipValueMin: -3, clipValueMax: 0.5 }, clipped(-3, 0.5)),
    call('Relu6', { shape }, { x }, {}, clipped(0, 6)),
    call('ClipByValueGrad', { shape }, { x, dy }, { clipValueMin: 0, clipValueMax: 6 }, [expected]),
  ];
}

function sharingCalls() {
  const [x, whole] = [floats([3, 4]), ids([2, 5], 9)];
  const same = (kernel, input, attrs, isOurs) => {
    const expected = others.exactly(input.data, input.shape);
    return call(kernel, [input.dtype, attrs.dtype], { x: input }, attrs, [expected], { isOurs });
  };
  return [
    ...[x, whole].map((input) => same('Identity', input, {})),
    ...[x, whole].map((input) => same('Cast', input, { dtype: input.dtype })),
    same('Cast', whole, { dtype: 'float32' }, false),
  ];
}

function optimizerCalls() {
  const shape = [3, 7];
  const scalar = (value) => ({ data: Float32Array.of(value), shape: [], dtype: 'float32' });
  const attrs = { learningRate: 0.01, epsilon: 1e-7 };
  const rates = { ...attrs, beta1: 0.9, beta2: 0.999 };
  const means = { ...attrs, decay: 0.9, momentum: 0.8 };
  return Object.entries({
    SGDUpdate: [{ c: scalar(-0.1) }, {}],
    MomentumUpdate: [{ accumulations: floats(shape), c: scalar(-0.1), m: scalar(0.9) }, {}],
    NesterovMomentumUpdate: [{ accumulations: floats(shape), c: scalar(-0.1), m: scalar(0.9) }, {}],
    AdamUpdate: [
      {
        ...{ accumulatedFirstMoment: floats(shape), accumulatedSecondMoment: positive(shape) },
        ...{ accBeta1: scalar(0.729), accBeta2: scalar(0.997) },
      },
      rates,
    ],
    AdamaxUpdate: [
      {
        ...{ accumulatedFirstMoment: floats(shape), accumulatedWeightedInfNorm: positive(shape) },
        ...{ accBeta1: scalar(0.729), iteration: scalar(2) },
      },
      { ...rates, decay: 0.25 },
    ],
    RMSPropUpdate: [{ accumulatedMeanSquares: positive(shape), accumulatedMoments: floats(shape) }, means],
    CenteredRMSPropUpdate: [
      {
        // Larger than the square of the mean, which is subtracted.
        accumulatedMeanSquares: { ...positive(shape), data: positive(shape).data.map((value) => value + 4) },
        ...{ accumulatedMoments: floats(shape), accumulatedMeanGrads: floats(shape) },
      },
      means,
    ],
    AdagradUpdate: [{ accumulatedGrads: positive(shape) }, attrs],
    AdadeltaUpdate: [
      { accumulatedGrads: positive(shape), accumulatedUpdates: positive(shape) },
      { ...attrs, rho: 0.95 },
    ],
  }).map(([kernel, [state, attrs]]) => {
    const inputs = { value: floats(shape), gradient: floats(shape), ...state };
    const expected = others.optimizerUpdate(kernel, inputs, attrs);
    // The attrs, the products, the square roots and the quotients.
    return call(kernel, { shape }, inputs, attrs, expected, { roundings: 16 });
  });
}
