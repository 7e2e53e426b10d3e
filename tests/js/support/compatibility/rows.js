import { combine, sides } from '../grids.js';

/**
 * The rows of the tables of operations in docs/compatibility.md: convolutions or poolings, and the passes that are computed of each. The
 * tensors are small and consist of integers, so results must be exact. `apart`: compute the row with a new backend, because tfjs's wasm backend
 * accesses memory outside of its tensors.
 *
 * @typedef {'forward' | 'fused' | 'inputGradient' | 'filterGradient'} ConvolutionPass
 * @typedef {'max' | 'maxGradient' | 'average' | 'averageGradient'} PoolingPass
 * @typedef {ConvolutionPass | PoolingPass} Pass
 */

/** @type {Pass[]} */
const FORWARD = ['forward'];
/** @type {Pass[]} */
const GRADIENTS = ['inputGradient', 'filterGradient'];

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'prelu', 'sigmoid'];

/** Square filters, one stride for both axes. */
const ordinary = combine({ taps: [3, 5], stride: [1, 2], pad: ['same', 'valid'] }).map(({ taps, stride, pad }) => ({
  xShape: [2, 9, 8, 6],
  filterShape: [taps, taps, 6, 1],
  strides: [stride, stride],
  pad,
}));

const multiplied = [2, 3].map((multiplier) => ({
  xShape: [1, 6, 7, 3],
  filterShape: [3, 3, 3, multiplier],
  pad: 'same',
}));

const dilated = ['same', 'valid'].map((pad) => ({
  xShape: [2, 9, 10, 4],
  filterShape: [3, 3, 4, 1],
  dilations: [2, 2],
  pad,
}));

const stridedAndDilated = dilated.map((convolution) => ({ ...convolution, strides: [2, 2] }));

const channelsFirst = [1, 2].map((stride) => ({
  xShape: [2, 3, 9, 8],
  filterShape: [3, 3, 3, 2],
  strides: [stride, stride],
  pad: 'same',
  dataFormat: 'NCHW',
}));

const ofShape = (filter, changes) => ({ xShape: [1, 8, 9, 4], filterShape: [...filter, 4, 1], ...changes });

const depthwiseRows = {
  forward: { passes: FORWARD, problems: ordinary },
  'forward with bias and activation': {
    passes: ['fused'],
    problems: ACTIVATIONS.map((activation) => ({ ...ordinary[0], activation })),
  },
  'a bias of four dimensions': {
    passes: ['fused'],
    problems: [{ ...ordinary[0], activation: 'linear', isBiasOfFour: true }],
  },
  'gradient of the input': { passes: ['inputGradient'], problems: ordinary },
  'gradient of the filter': { passes: ['filterGradient'], problems: ordinary },
  'channel multiplier, forward': { passes: FORWARD, problems: multiplied },
  'channel multiplier, gradients': { passes: GRADIENTS, problems: multiplied },
  'dilations, forward': { passes: FORWARD, problems: dilated },
  'dilations, gradients': { passes: GRADIENTS, problems: dilated },
  'strides and dilations, forward': { passes: FORWARD, problems: stridedAndDilated },
  'strides and dilations, gradients': { passes: GRADIENTS, problems: stridedAndDilated },
  'NCHW, forward': { apart: true, passes: FORWARD, problems: channelsFirst },
  'NCHW, gradients': { apart: true, passes: GRADIENTS, problems: channelsFirst },
  'different strides for height and width': {
    passes: FORWARD,
    problems: [ofShape([3, 3], { strides: [2, 1], pad: 'same' }), ofShape([3, 3], { strides: [1, 3], pad: 'valid' })],
  },
  "'same', stride larger than the filter": {
    apart: true,
    passes: FORWARD,
    problems: [ofShape([1, 2], { strides: [3, 3], pad: 'same' }), ofShape([1, 1], { strides: [2, 2], pad: 'same' })],
  },
  'a number as pad': { passes: FORWARD, problems: [0, 1, 2].map((pad) => ofShape([3, 3], { pad })) },
  'a number as pad, filter not square': {
    apart: true,
    passes: FORWARD,
    problems: [ofShape([1, 3], { pad: 0 }), ofShape([3, 1], { pad: 0 })],
  },
  'a pair as pad for each side': {
    passes: FORWARD,
    problems: [ofShape([3, 3], { pad: sides(0, 1, 2, 1) }), ofShape([2, 4], { pad: sides(1, 0, 0, 3) })],
  },
  dimRoundingMode: {
    apart: true,
    passes: FORWARD,
    problems: ['floor', 'round', 'ceil'].map((dimRoundingMode) =>
      ofShape([3, 3], { strides: [2, 2], pad: 0, dimRoundingMode }),
    ),
  },
  'an empty batch': { passes: FORWARD, problems: [{ ...ordinary[0], xShape: [0, 9, 8, 6] }] },
};

/** Returns the dense convolution with the same shapes and 5 output channels. */
const toDense = (convolution) => ({
  ...convolution,
  isDense: true,
  filterShape: [...convolution.filterShape.slice(0, 3), 5],
});
const gradientsOf = (row) => ({ ...depthwiseRows[row], passes: GRADIENTS });
const denseRows = Object.fromEntries(
  Object.entries({
    ...depthwiseRows,
    "'same', stride larger than the filter, gradients": gradientsOf("'same', stride larger than the filter"),
    'a number as pad, filter not square, gradients': gradientsOf('a number as pad, filter not square'),
    'dimRoundingMode, gradients': gradientsOf('dimRoundingMode'),
  })
    .filter(([row]) => !row.startsWith('channel multiplier'))
    .map(([row, { problems, ...rest }]) => [row, { ...rest, problems: problems.map(toDense) }]),
);

/** @type {PoolingPass[]} */
const POOLED = ['max', 'average'];
/** @type {PoolingPass[]} */
const POOLING_GRADIENTS = ['maxGradient', 'averageGradient'];

const ofWindow = (filterSize, changes) => ({
  ...{ xShape: [1, 8, 9, 4], strides: [1, 1] },
  ...{ filterSize, ...changes },
});
const valid = [
  ofWindow([2, 2], { strides: [2, 2], pad: 'valid' }),
  ofWindow([3, 3], { strides: [2, 1], pad: 'valid' }),
];
const same = [ofWindow([2, 2], { strides: [2, 2], pad: 'same' }), ofWindow([3, 3], { strides: [1, 1], pad: 'same' })];
const notSquare = [ofWindow([1, 3], { pad: 1 }), ofWindow([3, 1], { pad: 1 })];
const roundings = ['floor', 'round', 'ceil'].map((dimRoundingMode) =>
  ofWindow([3, 3], { strides: [2, 2], pad: 0, dimRoundingMode }),
);
const largeStrides = [ofWindow([1, 2], { strides: [3, 3], pad: 'same' })];

const poolingRows = {
  "tf.maxPool, 'valid'": { passes: ['max'], problems: valid },
  "tf.maxPool, 'same'": { passes: ['max'], problems: same },
  'tf.maxPool, gradient': { apart: true, passes: ['maxGradient'], problems: [...valid, ...same] },
  "tf.avgPool, 'valid'": { passes: ['average'], problems: valid },
  "tf.avgPool, 'same'": { passes: ['average'], problems: same },
  "tf.avgPool, 'valid', gradient": { apart: true, passes: ['averageGradient'], problems: valid },
  "tf.avgPool, 'same', gradient": { apart: true, passes: ['averageGradient'], problems: same },
  "both, 'same', stride larger than the window": { apart: true, passes: POOLED, problems: largeStrides },
  'both, a number as pad, window not square': { apart: true, passes: POOLED, problems: notSquare },
  'both, a number as pad, window not square, gradients': {
    apart: true,
    passes: POOLING_GRADIENTS,
    problems: notSquare,
  },
  'both, dimRoundingMode': { apart: true, passes: POOLED, problems: roundings },
  'both, dimRoundingMode, gradients': { apart: true, passes: POOLING_GRADIENTS, problems: roundings },
  'both, an empty batch': { passes: POOLED, problems: [{ ...valid[0], xShape: [0, 8, 9, 4] }] },
};

/** The last row of a table: problems that have no meaning, so a backend should refuse them (`meaningless`). */
export const REFUSING = 'refuses invalid arguments';

const meaningless = [
  ofShape([3, 3], { pad: 'valid', strides: [0, 0] }),
  ofShape([3, 3], { pad: 'valid', dilations: [0, 0] }),
  ofShape([3, 3], { pad: -1 }),
  ofShape([11, 11], { pad: 'valid' }),
];

/** @type {Record<string, { rows: Record<string, { apart?: boolean, passes: Pass[], problems: any[] }>, meaningless: any[] }>} */
export const TABLES = {
  'depthwise convolution': { rows: depthwiseRows, meaningless },
  'dense convolution': { rows: denseRows, meaningless: meaningless.map(toDense) },
  pooling: {
    rows: poolingRows,
    meaningless: [
      ofWindow([3, 3], { pad: 'valid', strides: [0, 0] }),
      ofWindow([3, 3], { pad: -1 }),
      ofWindow([11, 11], { pad: 'valid' }),
    ],
  },
};
