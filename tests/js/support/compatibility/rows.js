import { combine, sides } from '../grids.js';

/**
 * The rows of the first table of docs/compatibility.md: convolutions, and the passes that are computed of each. The tensors are small and
 * consist of integers, so results must be exact. `apart`: compute the row in a separate process, because tfjs's wasm backend accesses memory
 * outside of its tensors.
 *
 * @typedef {'forward' | 'fused' | 'inputGradient' | 'filterGradient'} Pass
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

export const ROWS = {
  forward: { passes: FORWARD, convolutions: ordinary },
  'forward with bias and activation': {
    passes: ['fused'],
    convolutions: ACTIVATIONS.map((activation) => ({ ...ordinary[0], activation })),
  },
  'a bias of four dimensions': {
    passes: ['fused'],
    convolutions: [{ ...ordinary[0], activation: 'linear', isBiasOfFour: true }],
  },
  'gradient of the input': { passes: ['inputGradient'], convolutions: ordinary },
  'gradient of the filter': { passes: ['filterGradient'], convolutions: ordinary },
  'channel multiplier, forward': { passes: FORWARD, convolutions: multiplied },
  'channel multiplier, gradients': { passes: GRADIENTS, convolutions: multiplied },
  'dilations, forward': { passes: FORWARD, convolutions: dilated },
  'dilations, gradients': { passes: GRADIENTS, convolutions: dilated },
  'strides and dilations, forward': { passes: FORWARD, convolutions: stridedAndDilated },
  'strides and dilations, gradients': { passes: GRADIENTS, convolutions: stridedAndDilated },
  'NCHW, forward': { apart: true, passes: FORWARD, convolutions: channelsFirst },
  'NCHW, gradients': { apart: true, passes: GRADIENTS, convolutions: channelsFirst },
  'different strides for height and width': {
    passes: FORWARD,
    convolutions: [
      ofShape([3, 3], { strides: [2, 1], pad: 'same' }),
      ofShape([3, 3], { strides: [1, 3], pad: 'valid' }),
    ],
  },
  "'same', stride larger than the filter": {
    apart: true,
    passes: FORWARD,
    convolutions: [
      ofShape([1, 2], { strides: [3, 3], pad: 'same' }),
      ofShape([1, 1], { strides: [2, 2], pad: 'same' }),
    ],
  },
  'a number as pad': { passes: FORWARD, convolutions: [0, 1, 2].map((pad) => ofShape([3, 3], { pad })) },
  'a number as pad, filter not square': {
    apart: true,
    passes: FORWARD,
    convolutions: [ofShape([1, 3], { pad: 0 }), ofShape([3, 1], { pad: 0 })],
  },
  'a pair as pad for each side': {
    passes: FORWARD,
    convolutions: [ofShape([3, 3], { pad: sides(0, 1, 2, 1) }), ofShape([2, 4], { pad: sides(1, 0, 0, 3) })],
  },
  dimRoundingMode: {
    apart: true,
    passes: FORWARD,
    convolutions: ['floor', 'round', 'ceil'].map((dimRoundingMode) =>
      ofShape([3, 3], { strides: [2, 2], pad: 0, dimRoundingMode }),
    ),
  },
  'an empty batch': { passes: FORWARD, convolutions: [{ ...ordinary[0], xShape: [0, 9, 8, 6] }] },
};

/** The last row: convolutions that have no meaning, so a backend should refuse them (MEANINGLESS). */
export const REFUSING = 'refuses invalid arguments';

export const MEANINGLESS = [
  ofShape([3, 3], { pad: 'valid', strides: [0, 0] }),
  ofShape([3, 3], { pad: 'valid', dilations: [0, 0] }),
  ofShape([3, 3], { pad: -1 }),
  ofShape([11, 11], { pad: 'valid' }),
];
