// Kernels on several threads, on the threaded build of tfjs's wasm backend: the same bits as on one thread.
import assert from 'node:assert/strict';
import { after, mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { Pool } from '../../../js/threads/pool.js';
import { assertSameBits } from '../support/compare.js';
import { Random } from '../support/random.js';
import { randomConvolution, randomTensor } from '../support/random-convolutions.js';
import { registerThreadedBackend } from '../support/tfjs-threaded-backend.js';

/** Workers need a fraction of a second to start, on a busy machine more. */
const START_MILLISECONDS = 30_000;
const ROUNDS = 2;
const RANDOM_CONVOLUTIONS = 30;

tf.enableProdMode(); // quiet
let remove;
after(() => remove());

/** Starts a backend whose kernels compute on a number of threads. */
async function start(threads) {
  remove?.();
  remove = registerThreadedBackend(tf);
  await tf.setBackend('wasm');
  return registerKernels(tf, { threads });
}

/** Counts the jobs that pools run. */
const jobs = { run: 0 };
const { run } = Pool.prototype;
Pool.prototype.run = function (...job) {
  const isRun = run.apply(this, job);
  if (isRun) ++jobs.run;
  return isRun;
};

const random = new Random('threads');
const values = (...shape) => randomTensor(random, ...shape);
const [batch, one] = [values(6, 40, 40, 24), values(1, 56, 56, 64)];
const halved = values(6, 20, 20, 24);
const wide = values(6, 20, 20, 160);
const [planes, halfPlanes] = [values(6, 24, 40, 40), values(6, 24, 20, 20)];
const [odd, doubled, few] = [values(6, 20, 20, 50), values(6, 40, 40, 48), values(6, 4, 4, 256)];
/** Columns that are copied, because they would collide in the cache, and rows that are divided into tiles. */
const colliding = [values(2, 20, 20, 256), values(3, 10, 10, 512), values(1, 80, 80, 128), values(1, 160, 160, 64)];
const channels = values(24);
const squares = { ...batch, data: batch.data.map((value) => value * value) };
/** Batch, rows, terms and columns of matrix products. */
const products = [
  [[], 60, 70, 200],
  [[6], 33, 50, 45],
  [[2], 300, 600, 17],
];
const pooling = { filterSize: [3, 3], strides: [2, 2], pad: 'same' };
const convolution = { strides: [1, 1], pad: 'same', dilations: [1, 1], dataFormat: 'NHWC' };
const strided = { ...convolution, strides: [2, 2] };
const inputShape = batch.shape;
const normalization = { varianceEpsilon: 1e-3, low: 0, high: 6 };
const parameters = {
  mean: channels,
  variance: values(24, 1).data.map((value) => value + 2),
  scale: channels,
  offset: channels,
};
parameters.variance = { data: parameters.variance, shape: [24] };

/** Kernel, inputs, attrs of calls, most of which are large enough for several threads. */
const calls = [
  ['Tanh', { x: batch }, {}],
  ['TanhGrad', { y: batch, dy: batch }, {}],
  ['LeakyRelu', { x: batch }, { alpha: 0.2 }],
  ['ReluGrad', { x: batch, dy: batch }, { alpha: 0, max: 6 }],
  ['ClipByValue', { x: batch }, { clipValueMin: 0, clipValueMax: 0.5 }],
  ['ClipByValueGrad', { x: batch, dy: batch }, { clipValueMin: 0, clipValueMax: 0.5 }],
  ['Add', { a: batch, b: batch }, {}],
  ['Sum', { x: batch }, { axis: [0, 1, 2] }],
  ['MaxPool', { x: batch }, pooling],
  ['MaxPoolGrad', { dy: halved, input: batch }, pooling],
  ['AvgPool', { x: batch }, pooling],
  ['AvgPoolGrad', { dy: halved, input: batch }, pooling],
  ['DepthwiseConv2dNative', { x: batch, filter: values(3, 3, 24, 1) }, convolution],
  ['DepthwiseConv2dNative', { x: one, filter: values(5, 5, 64, 1) }, strided],
  [
    'FusedDepthwiseConv2D',
    { x: batch, filter: values(3, 3, 24, 1), bias: channels },
    { ...strided, activation: 'relu6' },
  ],
  ['DepthwiseConv2dNative', { x: planes, filter: values(3, 3, 24, 1) }, { ...strided, dataFormat: 'NCHW' }],
  [
    'DepthwiseConv2dNative',
    { x: batch, filter: values(3, 3, 24, 2) },
    { ...convolution, pad: 'valid', dilations: [2, 2] },
  ],
  ['DepthwiseConv2dNativeBackpropInput', { dy: halved, filter: values(3, 3, 24, 1) }, { ...strided, inputShape }],
  [
    'DepthwiseConv2dNativeBackpropInput',
    { dy: one, filter: values(3, 3, 64, 1) },
    { ...convolution, inputShape: one.shape },
  ],
  [
    'DepthwiseConv2dNativeBackpropInput',
    { dy: halfPlanes, filter: values(3, 3, 24, 1) },
    { ...strided, dataFormat: 'NCHW', inputShape: planes.shape },
  ],
  ['DepthwiseConv2dNativeBackpropFilter', { x: batch, dy: halved }, { ...strided, filterShape: [3, 3, 24, 1] }],
  ['DepthwiseConv2dNativeBackpropFilter', { x: odd, dy: odd }, { ...convolution, filterShape: [3, 3, 50, 1] }],
  ...colliding.map((x) => [
    'DepthwiseConv2dNativeBackpropFilter',
    { x, dy: x },
    { ...convolution, filterShape: [3, 3, x.shape[3], 1] },
  ]),
  ['DepthwiseConv2dNativeBackpropFilter', { x: batch, dy: doubled }, { ...convolution, filterShape: [3, 3, 24, 2] }],
  ['Conv2D', { x: batch, filter: values(1, 1, 24, 40) }, convolution],
  [
    'FusedConv2D',
    { x: few, filter: values(1, 1, 256, 300), bias: values(300) },
    { ...convolution, activation: 'sigmoid' },
  ],
  ['Conv2DBackpropInput', { dy: few, filter: values(3, 3, 100, 256) }, { ...convolution, inputShape: [6, 4, 4, 100] }],
  ['Conv2DBackpropFilter', { x: few, dy: few }, { ...convolution, filterShape: [1, 1, 256, 256] }],
  ['FusedConv2D', { x: one, filter: values(3, 3, 64, 33), bias: values(33) }, { ...convolution, activation: 'elu' }],
  ['FusedConv2D', { x: wide, filter: values(3, 3, 160, 200), bias: values(200) }, { ...strided, activation: 'relu6' }],
  ['Conv2D', { x: planes, filter: values(3, 3, 24, 16) }, { ...convolution, dataFormat: 'NCHW' }],
  ['Conv2DBackpropInput', { dy: wide, filter: values(1, 1, 24, 160) }, { ...convolution, inputShape: halved.shape }],
  ['Conv2DBackpropInput', { dy: wide, filter: values(3, 3, 24, 160) }, { ...strided, inputShape }],
  ['Conv2DBackpropFilter', { x: halved, dy: wide }, { ...convolution, filterShape: [1, 1, 24, 160] }],
  ['Conv2DBackpropFilter', { x: wide, dy: wide }, { ...convolution, filterShape: [3, 3, 160, 160] }],
  ['Conv2DBackpropFilter', { x: batch, dy: wide }, { ...strided, filterShape: [3, 3, 24, 160] }],
  ['BatchNormStatistics', { x: batch, movingMean: channels, movingVariance: channels }, { momentum: 0.9 }],
  ['BatchNormTraining', { x: batch, ...parameters }, normalization],
  [
    'Conv2DBatchNorm',
    { x: wide, filter: values(3, 3, 160, 24), ...parameters },
    { ...convolution, activation: 'relu', varianceEpsilon: 1e-3 },
  ],
  [
    'DepthwiseConv2DBatchNorm',
    { x: batch, filter: values(3, 3, 24, 1), ...parameters },
    { ...convolution, activation: 'relu6', varianceEpsilon: 1e-3 },
  ],
  ['BatchNormTrainingGrad', { x: batch, dy: batch, ...parameters }, normalization],
  ...products.flatMap(([batch, rows, terms, columns]) =>
    [
      [false, false],
      [false, true],
      [true, false],
    ].map(([transposeA, transposeB]) => {
      const a = values(...batch, ...(transposeA ? [terms, rows] : [rows, terms]));
      const b = values(...batch, ...(transposeB ? [columns, terms] : [terms, columns]));
      return ['BatchMatMul', { a, b }, { transposeA, transposeB }];
    }),
  ),
  [
    '_FusedMatMul',
    { a: values(1, 40, 300), b: values(1, 300, 203), bias: values(203) },
    { transposeA: false, transposeB: false, activation: 'relu6' },
  ],
  ...[2401, 57].flatMap((rows) => {
    const [x, dy, scale, offset] = [values(rows, 96), values(rows, 96), values(96), values(96)];
    return [
      ['LayerNorm', { x, scale, offset }, { epsilon: 1e-3, rank: 1 }],
      ['LayerNormGrad', { x, dy, scale }, { epsilon: 1e-3, rank: 1 }],
    ];
  }),
  ...[halved, values(3, 80, 80, 24)].flatMap((dy) => {
    const images = values(dy.shape[0], 40, 40, 24);
    return ['ResizeNearestNeighborGrad', 'ResizeBilinearGrad'].map((kernel) => [
      kernel,
      { images, dy },
      { alignCorners: false },
    ]);
  }),
  ['SGDUpdate', { value: batch, gradient: batch, c: values() }, {}],
  ...[false, true].map((inPlace) => [
    'AdadeltaUpdate',
    { value: batch, gradient: batch, accumulatedGrads: squares, accumulatedUpdates: squares },
    { learningRate: 0.1, rho: 0.9, epsilon: 1e-3, inPlace },
  ]),
];

const sizes = { images: [1, 2, 3, 5, 8], pixels: [8, 40], channels: [4, 80] };
/** Adds the three passes of random convolutions to the calls. */
for (let i = 0; i < RANDOM_CONVOLUTIONS; ++i) calls.push(...randomConvolution(random, sizes));

function compute([kernel, inputs, attrs]) {
  const given = Object.entries(inputs).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]);
  const tensors = Object.fromEntries(given);
  const results = [tf.engine().runKernel(kernel, tensors, attrs)].flat();
  // Not in tf.tidy, which would look for tensors in the results, value by value.
  const copies = results.map((result) => ({ data: result.dataSync().slice(), shape: result.shape }));
  tf.dispose([tensors, results]);
  return copies;
}

let expected;
for (const threads of [1, 2, 3, 4, 7]) {
  test(`on ${threads} threads, each kernel computes the same bits`, async () => {
    const registration = await start(threads);
    assert.deepEqual(registration.threads, { count: threads, reason: 'as wanted' });
    jobs.run = 0;
    // The first call starts the workers.
    for (const end = Date.now() + START_MILLISECONDS; threads > 1 && jobs.run === 0 && Date.now() < end;) {
      compute(calls[0]);
      await setImmediate();
    }
    expected ??= calls.map(compute);
    for (let round = 0; round < ROUNDS; ++round) {
      calls.forEach((call, i) => {
        compute(call).forEach((result, j) => assertSameBits(result, expected[i][j], `${call[0]}, call ${i}`));
      });
    }
    if (threads === 1) assert.equal(jobs.run, 0);
    else assert.ok(jobs.run > 20, `${jobs.run} jobs`);
  });
}

test('a part that is computed once more, because its worker has ended, computes the same', async () => {
  await start(2);
  const run = mock.method(Pool.prototype, 'run', (compute, { context, parts, isInPlace }) => {
    for (let time = 0; time < (isInPlace ? 1 : 2); ++time) {
      for (let part = 0; part < parts; ++part) compute(context, part);
    }
    return true;
  });
  try {
    calls.forEach((call, i) => {
      compute(call).forEach((result, j) => assertSameBits(result, expected[i][j], `${call[0]}, call ${i}`));
    });
    assert.ok(run.mock.callCount() > calls.length / 2);
  } finally {
    run.mock.restore();
  }
});
