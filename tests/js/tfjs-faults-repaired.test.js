// What tfjs 4.22 gets wrong around convolutions and this package repairs when it is registered: through tfjs's own ops and gradients,
// against the definition. `theirs` is what tfjs says by itself, before; where it would write past its memory it is not asked
// (tfjs-faults.test.js does, in processes of their own). If one of these fails because tfjs has become right, delete its half of the test.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertExact } from './support/compare.js';
import { combine, inChannelsFirst, sides } from './support/grids.js';
import * as oracle from './support/oracle.js';
import { makeProblem } from './support/problem.js';
import { Random } from './support/random.js';
import { tf, useBackend } from './support/tfjs.js';
import { conv2dFilterGradient, conv2dInputGradient, denseShape, maxPoolGradient } from './support/tfjs-oracle.js';

const random = new Random('repaired');
const ONES = [1, 1];

const plain = (tensor) => ({ data: tensor.dataSync(), shape: [...tensor.shape] });
const toTfjs = ({ data, shape }) => tf.tensor(data, shape, 'float32');
const ramp = (shape) => ({ data: Float32Array.from({ length: oracle.sizeOf(shape) }, (_, i) => i + 1), shape });

/** y, dx and dfilter of Σ y·dy, by tf.depthwiseConv2d. */
function depthwise({ x, filter, dy, convolution }) {
  const { strides = ONES, dilations = ONES, pad, dataFormat = 'NHWC', dimRoundingMode } = convolution;
  const op = (input, weights) =>
    tf.depthwiseConv2d(input, weights, strides, pad, dataFormat, dilations, dimRoundingMode);
  return tf.tidy(() => {
    const inputs = [x, filter].map(toTfjs);
    return [op(...inputs), ...tf.grads(op)(inputs, toTfjs(dy))].map(plain);
  });
}

function assertDepthwise(problem) {
  const { x, filter, dy, convolution } = problem;
  const name = JSON.stringify(convolution);
  const [y, dx, dfilter] = depthwise(problem);
  assertExact(y, oracle.forward(convolution, x.data, filter.data), `y of ${name}`);
  assertExact(dx, oracle.inputGradient(convolution, dy.data, filter.data), `dx of ${name}`);
  assertExact(dfilter, oracle.filterGradient(convolution, x.data, dy.data), `dfilter of ${name}`);
}

const example = (convolution) => makeProblem(convolution, random);

/** One of each fault. */
const examples = {
  numericPad: example({ xShape: [1, 7, 7, 1], filterShape: [1, 3, 1, 1], pad: 0 }),
  largeStride: {
    ...example({ xShape: [1, 2, 2, 1], filterShape: [1, 2, 1, 1], strides: [2, 2], pad: 'same' }),
    x: ramp([1, 2, 2, 1]),
    filter: { data: Float32Array.of(1, 1), shape: [1, 2, 1, 1] },
  },
  channelsFirst: example({ xShape: [1, 2, 7, 7], filterShape: [3, 3, 2, 1], pad: 'valid', dataFormat: 'NCHW' }),
  dilated: example({ xShape: [1, 7, 7, 2], filterShape: [3, 3, 2, 1], pad: 'valid', dilations: [2, 2] }),
};

const BIAS = { data: Float32Array.of(10, 20), shape: [1, 1, 1, 2] };
const fused = (bias) =>
  tf.tidy(() => {
    const [x, filter] = [ramp([1, 2, 2, 2]), ramp([1, 1, 2, 1])].map(toTfjs);
    return plain(
      tf.fused.depthwiseConv2d({ x, filter, strides: 1, pad: 'valid', bias: toTfjs(bias), activation: 'relu' }),
    );
  });

/** dx and dfilter of Σ y·dy for a dense convolution with 'ceil'. */
const dense = { xShape: [1, 8, 8, 1], filterShape: [3, 3, 1, 2], strides: [2, 2], pad: 0, dimRoundingMode: 'ceil' };
const denseProblem = [dense.xShape, dense.filterShape, denseShape(dense)].map((shape) => ({
  data: random.integers(oracle.sizeOf(shape)),
  shape,
}));
const denseGradients = () =>
  tf.tidy(() => {
    const [x, filter, dy] = denseProblem.map(toTfjs);
    return tf
      .grads((input, weights) => tf.conv2d(input, weights, 2, 0, 'NHWC', 1, 'ceil'))([x, filter], dy)
      .map(plain);
  });

const pool = { xShape: [1, 4, 4, 1], filterSize: [2, 2], strides: [2, 2], pad: 'valid' };
const poolInput = { data: ramp(pool.xShape).data.map((value) => -value), shape: pool.xShape };
const poolGradient = () =>
  tf.tidy(() => plain(tf.grad((x) => tf.maxPool(x, 2, 2, 'valid'))(toTfjs(poolInput), toTfjs(ramp([1, 2, 2, 1])))));

await useBackend('cpu');
const theirs = {
  numericPad: shapeOfForward(examples.numericPad),
  channelsFirst: shapeOfForward(examples.channelsFirst),
  dilated: attempt(() => depthwise(examples.dilated)),
  dense: denseGradients(),
};
await useBackend('wasm');
Object.assign(theirs, {
  largeStride: tf.tidy(() => {
    const { x, filter } = examples.largeStride;
    return [...tf.depthwiseConv2d(toTfjs(x), toTfjs(filter), 2, 'same').dataSync()];
  }),
  wasmGradient: attempt(() => depthwise(example({ xShape: [1, 4, 4, 1], filterShape: [3, 3, 1, 1], pad: 'same' }))),
  fused: attempt(() => fused(BIAS)),
  pool: poolGradient(),
});

await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

for (const backend of ['wasm', 'cpu']) {
  describe(`on ${backend}, with our kernels,`, () => {
    const on = (body) => async () => {
      await useBackend(backend);
      body();
    };

    test(
      'a numeric pad is right beside a filter that is not square',
      on(() => {
        assert.deepEqual(theirs.numericPad, [1, 7, 7, 1]);
        assertDepthwise(examples.numericPad);
        for (const convolution of combine({
          filter: [
            [5, 1],
            [1, 5],
            [2, 4],
            [4, 3],
          ],
          pad: [0, 1, 3],
        })) {
          const { filter, pad } = convolution;
          assertDepthwise(example({ xShape: [2, 9, 8, 4], filterShape: [...filter, 4, 1], pad }));
          assertDepthwise(example({ xShape: [1, 9, 8, 3], filterShape: [...filter, 3, 2], pad, strides: [2, 1] }));
        }
      }),
    );

    test(
      "'same' is right with a stride that is larger than the filter",
      on(() => {
        assert.deepEqual(theirs.largeStride, [0]);
        assert.deepEqual([...depthwise(examples.largeStride)[0].data], [3]);
        assertDepthwise(examples.largeStride);
        for (const { taps, stride, size } of combine({ taps: [1, 2], stride: [3, 4], size: [5, 8, 9] })) {
          const shapes = { xShape: [2, size, size + 1, 5], filterShape: [taps, 1, 5, 1] };
          assertDepthwise(example({ ...shapes, strides: [stride, stride], pad: 'same' }));
        }
      }),
    );

    test(
      "dimRoundingMode 'ceil' is right to the last row and column",
      on(() => {
        for (const { size, stride, pad } of combine({
          size: [5, 6, 8],
          stride: [2, 3],
          pad: [0, 1, sides(0, 2, 1, 0)],
        })) {
          const shapes = { xShape: [1, size, size, 4], filterShape: [3, 3, 4, 1] };
          const strides = [stride, stride];
          assertDepthwise(example({ ...shapes, strides, pad, dimRoundingMode: 'ceil' }));
          assertDepthwise(example({ ...shapes, strides, pad, dimRoundingMode: 'round' }));
        }
      }),
    );

    test(
      'NCHW is computed as NCHW, with its gradients',
      on(() => {
        assert.deepEqual(theirs.channelsFirst, [1, 0, 5, 7]);
        assertDepthwise(examples.channelsFirst);
        for (const { pad, strides } of combine({
          pad: ['same', 'valid', 1, sides(1, 0, 2, 1)],
          strides: [ONES, [2, 3]],
        })) {
          const convolution = { xShape: [2, 7, 6, 3], filterShape: [3, 2, 3, 2], pad, strides };
          assertDepthwise(example(inChannelsFirst(convolution)));
        }
      }),
    );

    test(
      'dilated convolutions have gradients, and the right ones',
      on(() => {
        assert.match(theirs.dilated, /dilation rates greater than 1 are not yet supported/);
        assertDepthwise(examples.dilated);
        for (const { dilations, pad, multiplier } of combine({
          dilations: [
            [2, 2],
            [3, 1],
            [1, 2],
          ],
          pad: ['same', 'valid', 2],
          multiplier: [1, 2],
        })) {
          const shapes = { xShape: [2, 9, 8, 3], filterShape: [3, 3, 3, multiplier] };
          assertDepthwise(example({ ...shapes, dilations, pad }));
          assertDepthwise(example({ ...shapes, dilations, pad, strides: [2, 2] }));
        }
      }),
    );

    test(
      'a dilated separable convolution has gradients',
      on(() => {
        tf.tidy(() => {
          const shapes = [
            [1, 6, 6, 2],
            [3, 3, 2, 1],
            [1, 1, 2, 3],
          ];
          const [x, filter, pointwise] = shapes.map((shape) => tf.tensor(random.integers(oracle.sizeOf(shape)), shape));
          const op = (input, weights) => tf.separableConv2d(input, weights, pointwise, 1, 'same', [2, 1]);
          const dx = tf.grad((input) => tf.sum(op(input, filter)))(x);
          // dy of the depthwise part: the sum of the weights that its channel meets.
          const sums = tf.tile(tf.reshape(tf.sum(pointwise, [0, 1, 3]), [1, 1, 1, 2]), [1, 6, 6, 1]).dataSync();
          const convolution = { xShape: shapes[0], filterShape: shapes[1], dilations: [2, 1], pad: 'same' };
          assertExact(plain(dx), oracle.inputGradient(convolution, sums, filter.dataSync()));
        });
      }),
    );

    test(
      'the gradient of a dense convolution rounds as its forward pass does',
      on(() => {
        const [x, filter, dy] = denseProblem.map(({ data }) => data);
        const [dx, dfilter] = denseGradients();
        const right = [conv2dInputGradient(dense, dy, filter), conv2dFilterGradient(dense, x, dy)];
        assertExact(dx, right[0]);
        assertExact(dfilter, right[1]);
        theirs.dense.forEach((gradient, i) => assert.throws(() => assertExact(gradient, right[i])));
      }),
    );

    test(
      'a bias of four dimensions is added to a fused convolution',
      on(() => {
        assert.match(theirs.fused, /only supports rank-1 bias/);
        const plainBias = { ...BIAS, shape: [2] };
        assert.deepEqual([...fused(plainBias).data], [11, 24, 13, 28, 15, 32, 17, 36]);
        assert.deepEqual(fused(BIAS), fused(plainBias));
        assert.deepEqual([...fused({ data: Float32Array.of(-4), shape: [] }).data], [0, 0, 0, 4, 1, 8, 3, 12]);
        const perRow = { data: Float32Array.of(1, 2), shape: [2, 1, 1] };
        assert.deepEqual([...fused(perRow).data], [2, 5, 4, 9, 7, 14, 9, 18]);
      }),
    );

    test(
      'the gradient of a max pooling is right where nothing is positive',
      on(() => {
        const right = maxPoolGradient(pool, poolInput.data, ramp([1, 2, 2, 1]).data);
        assertExact(poolGradient(), right);
        assert.throws(() => assertExact(theirs.pool, right));
      }),
    );
  });
}

test('without our kernels, the gradient of a depthwise convolution is not there on wasm', () => {
  assert.match(theirs.wasmGradient, /Kernel 'DepthwiseConv2dNativeBackprop\w+' not registered for backend 'wasm'/);
});

function shapeOfForward({ x, filter, convolution }) {
  const { strides = ONES, pad, dataFormat } = convolution;
  return tf.tidy(() => [...tf.depthwiseConv2d(toTfjs(x), toTfjs(filter), strides, pad, dataFormat).shape]);
}

function attempt(body) {
  try {
    return body();
  } catch (error) {
    return error.message;
  }
}
