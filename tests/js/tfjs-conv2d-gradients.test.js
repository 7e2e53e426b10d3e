// The gradients of the dense convolution, which this package adds to tfjs's wasm backend, against their definition in float64.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertExact, assertMatches } from './support/compare.js';
import { combine, sides } from './support/grids.js';
import { geometryOf, sizeOf } from './support/oracle.js';
import { Random } from './support/random.js';
import { tf, useBackend } from './support/tfjs.js';
import { countCalls } from './support/count-calls.js';
import { conv2d, conv2dFilterGradient, conv2dInputGradient, denseShape } from './support/tfjs-oracle.js';

await registerKernels(tf);
const calls = countCalls(tf, 'wasm', ['Conv2DBackpropInput', 'Conv2DBackpropFilter']);
const random = new Random('dense');

before(() => useBackend('wasm'));

const ONES = [1, 1];

/** What tf.conv2d takes: strides or dilations. */
const STEPS = [
  { strides: ONES },
  { strides: [2, 2] },
  { strides: [1, 3] },
  { strides: [3, 2] },
  { dilations: [2, 2] },
  { dilations: [3, 1] },
  { dilations: [1, 2] },
];

const FILTERS = [
  [1, 1],
  [3, 3],
  [2, 2],
  [1, 5],
  [4, 1],
  [3, 2],
  [2, 7],
];

const grids = {
  'filters, strides, dilations and paddings': combine({
    filter: FILTERS,
    steps: STEPS,
    pad: ['same', 'valid', sides(2, 0, 1, 3)],
  }).map(({ filter, steps, pad }) => ({ xShape: [2, 10, 13, 3], filterShape: [...filter, 3, 5], pad, ...steps })),

  'numbers of channels': combine({
    channels: [1, 2, 3, 4, 7, 8, 9, 33],
    outChannels: [1, 3, 4, 5, 8, 16, 17, 31],
    taps: [1, 3],
  }).map(({ channels, outChannels, taps }) => ({
    xShape: [1, 5, 6, channels],
    filterShape: [taps, taps, channels, outChannels],
    pad: 'same',
  })),

  'rounding modes': combine({
    size: [5, 6, 7, 8],
    strides: [2, 3, 4].map((stride) => [stride, stride]),
    pad: [0, 1, 2],
    dimRoundingMode: ['floor', 'round', 'ceil'],
  })
    .map(({ size, ...others }) => ({ xShape: [1, size, size, 2], filterShape: [3, 3, 2, 3], ...others }))
    .filter((convolution) => geometryOf(convolution)),

  'sizes beyond what is worked on at once': [
    { xShape: [1, 3, 3, 300], filterShape: [1, 1, 300, 270], pad: 'same' },
    { xShape: [1, 2, 3, 9], filterShape: [3, 3, 9, 520], pad: 'same' },
    { xShape: [1, 2, 3, 520], filterShape: [3, 3, 520, 9], pad: 'same' },
    { xShape: [3, 40, 31, 3], filterShape: [3, 3, 3, 4], pad: 'same' },
    { xShape: [2, 3, 1100, 2], filterShape: [3, 3, 2, 3], pad: 'same', strides: [1, 1] },
    { xShape: [40, 6, 6, 5], filterShape: [3, 3, 5, 6], pad: 'valid', strides: [2, 2] },
  ],

  'images smaller than the filter, and none': [
    { xShape: [2, 1, 1, 3], filterShape: [5, 5, 3, 2], pad: 'same' },
    { xShape: [1, 2, 3, 2], filterShape: [3, 7, 2, 3], pad: 'same', strides: [2, 2] },
    { xShape: [1, 2, 3, 2], filterShape: [3, 3, 2, 3], pad: 'same', dilations: [5, 5] },
    { xShape: [0, 5, 5, 2], filterShape: [3, 3, 2, 3], pad: 'same' },
  ],
};

const tensorOf = (values, shape) => tf.tensor(values, shape, 'float32');
const plain = (tensor) => ({ data: tensor.dataSync(), shape: tensor.shape });

/** Runs `body` with what tfjs says to the gradients of tf.conv2d, and with the definition's. */
function forEachGradient({ strides = ONES, dilations = ONES, pad, dimRoundingMode, ...shapes }, values, body) {
  const convolution = { ...shapes, strides, dilations, pad, dimRoundingMode };
  const all = [shapes.xShape, shapes.filterShape, denseShape(convolution)];
  const [x, filter, dy] = all.map((shape) => random[values](sizeOf(shape)));
  tf.tidy(() => {
    const f = (input, weights) => tf.conv2d(input, weights, strides, pad, 'NHWC', dilations, dimRoundingMode);
    const [dx, dfilter] = tf.grads(f)([tensorOf(x, all[0]), tensorOf(filter, all[1])], tensorOf(dy, all[2]));
    const name = JSON.stringify(convolution);
    body(plain(dx), conv2dInputGradient(convolution, dy, filter), `dx of ${name}`);
    body(plain(dfilter), conv2dFilterGradient(convolution, x, dy), `dfilter of ${name}`);
  });
}

describe('the gradients of tf.conv2d', () => {
  for (const [name, convolutions] of Object.entries(grids)) {
    test(`over ${name}: of whole numbers they are exact`, () => {
      const before = { ...calls };
      for (const convolution of convolutions) forEachGradient(convolution, 'integers', assertExact);
      assert.equal(calls.Conv2DBackpropInput - before.Conv2DBackpropInput, convolutions.length);
      assert.equal(calls.Conv2DBackpropFilter - before.Conv2DBackpropFilter, convolutions.length);
    });
  }

  test('of fractions they are as near as float32 sums can be', () => {
    const all = Object.values(grids).flat();
    all
      .filter((_, i) => i % 5 === 0)
      .forEach((convolution) => forEachGradient(convolution, 'fractions', assertMatches));
  });
});

test('the kernels take strides and dilations at once, and filters that are not square beside a numeric pad', () => {
  // tf.conv2d refuses the first, and tfjs has another output than they should have for the second: so not through it.
  for (const convolution of [
    { xShape: [2, 11, 10, 3], filterShape: [3, 2, 3, 4], strides: [2, 3], dilations: [3, 2], pad: 'same' },
    { xShape: [1, 12, 13, 2], filterShape: [2, 3, 2, 5], strides: [3, 2], dilations: [2, 4], pad: 'valid' },
    { xShape: [1, 9, 8, 3], filterShape: [5, 1, 3, 2], strides: [1, 1], pad: 1 },
    { xShape: [1, 9, 8, 3], filterShape: [1, 3, 3, 2], strides: [2, 1], pad: 0, dimRoundingMode: 'ceil' },
    { xShape: [1, 4, 4, 2], filterShape: [1, 1, 2, 2], strides: [3, 3], pad: 'same' },
  ]) {
    const { xShape, filterShape, strides, dilations = ONES, pad, dimRoundingMode } = convolution;
    const all = [xShape, filterShape, denseShape(convolution)];
    const [x, filter, dy] = all.map((shape) => random.integers(sizeOf(shape)));
    const attrs = { strides, dilations, pad, dimRoundingMode, dataFormat: 'NHWC' };
    const run = (name, inputs, others) => plain(tf.engine().runKernel(name, inputs, { ...attrs, ...others }));
    const name = JSON.stringify(convolution);
    tf.tidy(() => {
      const tensors = { x: tensorOf(x, all[0]), filter: tensorOf(filter, all[1]), dy: tensorOf(dy, all[2]) };
      assertExact(
        run('Conv2DBackpropInput', { dy: tensors.dy, filter: tensors.filter }, { inputShape: xShape }),
        conv2dInputGradient(convolution, dy, filter),
        `dx of ${name}`,
      );
      assertExact(
        run('Conv2DBackpropFilter', { x: tensors.x, dy: tensors.dy }, { filterShape }),
        conv2dFilterGradient(convolution, x, dy),
        `dfilter of ${name}`,
      );
    });
  }
});

describe('what tfjs makes of a dense convolution', () => {
  /** dfilter of Σ y·dy for another op that is a convolution with these shapes. */
  function filterGradientOf(op, convolution, xShape, filterShape) {
    const [x, dy] = [convolution.xShape, denseShape(convolution)].map((shape) => random.integers(sizeOf(shape)));
    const expected = conv2dFilterGradient(convolution, x, dy);
    tf.tidy(() => {
      const filter = tf.zeros(filterShape);
      const y = op(tensorOf(x, xShape), filter);
      const dfilter = tf.grad((weights) => op(tensorOf(x, xShape), weights))(filter, tensorOf(dy, y.shape));
      assertExact(plain(dfilter), { ...expected, shape: filterShape });
    });
  }

  test('of one image without a batch', () => {
    const convolution = { xShape: [1, 6, 5, 3], filterShape: [3, 2, 3, 4], pad: 'same' };
    filterGradientOf((x, filter) => tf.conv2d(x, filter, 1, 'same'), convolution, [6, 5, 3], [3, 2, 3, 4]);
  });

  test('of a signal', () => {
    const convolution = { xShape: [2, 1, 17, 3], filterShape: [1, 4, 3, 5], strides: [1, 2], pad: 'valid' };
    filterGradientOf((x, filter) => tf.conv1d(x, filter, 2, 'valid'), convolution, [2, 17, 3], [4, 3, 5]);
  });

  test('backwards, as conv2dTranspose: forward and both gradients', () => {
    const convolution = { xShape: [2, 9, 8, 3], filterShape: [3, 2, 3, 4], strides: [2, 2], pad: 'same' };
    const { xShape, filterShape } = convolution;
    const yShape = denseShape(convolution);
    const [from, filter, dto] = [yShape, filterShape, xShape].map((shape) => random.integers(sizeOf(shape)));
    tf.tidy(() => {
      const op = (input, weights) => tf.conv2dTranspose(input, weights, xShape, 2, 'same');
      const inputs = [tensorOf(from, yShape), tensorOf(filter, filterShape)];
      assertExact(plain(op(...inputs)), conv2dInputGradient(convolution, from, filter));
      const [dfrom, dfilter] = tf.grads(op)(inputs, tensorOf(dto, xShape));
      // Its gradients are the convolution itself, and the convolution's own with x and dy in each other's place.
      assertExact(plain(dfrom), conv2d(convolution, dto, filter));
      assertExact(plain(dfilter), conv2dFilterGradient(convolution, dto, from));
    });
  });
});
