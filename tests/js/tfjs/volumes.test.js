// Conv3D and 3-D pooling, forward and gradients, against loops over the definition. tfjs's own kernels are wrong on every backend.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers'; // also registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertClose } from '../support/compare.js';
import { sizeOf } from '../support/oracle.js';
import { Random } from '../support/random.js';
import { tf, useBackend } from '../support/tfjs.js';
import { leavingNothing } from '../support/tfjs-memory.js';

const random = new Random('volumes');
await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

const run = (name, inputs, attrs) => tf.engine().runKernel(name, inputs, attrs);
const tensorOf = ({ data, shape }) => tf.tensor(data, shape, 'float32');
const plain = (tensor) => ({ data: tensor.dataSync(), shape: tensor.shape });
const floats = (shape) => ({ data: random.fractions(sizeOf(shape)), shape });

function randomCase() {
  const three = (most) => [0, 1, 2].map(() => random.within(1, most));
  const pad = random.oneOf(['same', 'same', 'valid', 0, 1]);
  const dimRoundingMode = typeof pad === 'number' ? random.oneOf(['floor', 'round', 'ceil']) : undefined;
  const xShape = [random.within(1, 2), ...three(6), random.within(1, 3)];
  return { xShape, filterSize: three(3), strides: three(3), pad, dimRoundingMode };
}

/** Returns for each output pixel the pixels of x in its window: lists of [pixel of x, tap]. */
function windowsOf({ xShape, filterSize, strides, pad, dimRoundingMode = 'floor' }) {
  const axes = [0, 1, 2].map((axis) => {
    const [size, filter, stride] = [xShape[axis + 1], filterSize[axis], strides[axis]];
    const round = { floor: Math.floor, round: Math.round, ceil: Math.ceil }[dimRoundingMode];
    const zeros = pad === 'valid' ? 0 : pad;
    const count =
      pad === 'same' ? Math.ceil(size / stride) : Math.max(0, round((size + 2 * zeros - filter) / stride) + 1);
    const before = pad === 'same' ? Math.floor(Math.max(0, (count - 1) * stride + filter - size) / 2) : zeros;
    return Array.from({ length: count }, (_, i) =>
      Array.from({ length: filter }, (_, tap) => [i * stride + tap - before, tap]).filter(
        ([at]) => at >= 0 && at < size,
      ),
    );
  });
  const windows = [];
  for (let image = 0; image < xShape[0]; ++image) {
    for (const depths of axes[0]) {
      for (const rows of axes[1]) {
        for (const columns of axes[2]) {
          const window = [];
          for (const [d, i] of depths) {
            for (const [r, j] of rows) {
              for (const [c, k] of columns) {
                const pixel = ((image * xShape[1] + d) * xShape[2] + r) * xShape[3] + c;
                window.push([pixel, (i * filterSize[1] + j) * filterSize[2] + k]);
              }
            }
          }
          windows.push(window);
        }
      }
    }
  }
  return { windows, yShape: [xShape[0], ...axes.map(({ length }) => length)] };
}

function convolution(volume, x, filter, dy, outChannels) {
  const { windows, yShape } = windowsOf(volume);
  const channels = volume.xShape[4];
  const y = new Float64Array(windows.length * outChannels);
  const [dx, dw] = [new Float64Array(x.length), new Float64Array(filter.length)];
  windows.forEach((window, pixel) => {
    for (const [from, tap] of window) {
      for (let c = 0; c < channels; ++c) {
        for (let o = 0; o < outChannels; ++o) {
          const [xi, fi, yi] = [from * channels + c, (tap * channels + c) * outChannels + o, pixel * outChannels + o];
          y[yi] += x[xi] * filter[fi];
          dx[xi] += dy[yi] * filter[fi];
          dw[fi] += dy[yi] * x[xi];
        }
      }
    }
  });
  return {
    y: { data: y, shape: [...yShape, outChannels] },
    dx: { data: dx, shape: volume.xShape },
    dw: { data: dw, shape: [...volume.filterSize, channels, outChannels] },
  };
}

function pooling(volume, x, dy) {
  const { windows, yShape } = windowsOf(volume);
  const channels = volume.xShape[4];
  const shape = [...yShape, channels];
  const zeros = (size) => new Float64Array(size);
  const result = { max: zeros(sizeOf(shape)), average: zeros(sizeOf(shape)), dMax: zeros(x.length), dAverage: zeros(x.length) }; // prettier-ignore
  windows.forEach((window, pixel) => {
    for (let c = 0; c < channels; ++c) {
      const values = window.map(([from]) => x[from * channels + c]);
      const numbers = values.filter((value) => !Number.isNaN(value));
      const [yi, largest] = [pixel * channels + c, Math.max(...numbers)];
      result.max[yi] = numbers.length > 0 || values.length === 0 ? largest : NaN;
      result.average[yi] = values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
      if (numbers.length > 0) result.dMax[window[values.indexOf(largest)][0] * channels + c] += dy[yi];
      for (const [from] of window) result.dAverage[from * channels + c] += dy[yi] / values.length;
    }
  });
  const [{ max, average, dMax, dAverage }, { xShape }] = [result, volume];
  return { y: { max: { data: max, shape }, average: { data: average, shape } }, dx: { max: { data: dMax, shape: xShape }, average: { data: dAverage, shape: xShape } } }; // prettier-ignore
}

for (const backend of ['wasm', 'cpu']) {
  test(`convolutions are those of the definition, on ${backend}`, async () => {
    await useBackend(backend);
    for (let i = 0; i < 60; ++i) {
      const volume = { ...randomCase(), pad: random.oneOf(['same', 'valid']), dimRoundingMode: undefined };
      const outChannels = random.within(1, 3);
      const { yShape } = windowsOf(volume);
      if (yShape.includes(0)) continue;
      const filterShape = [...volume.filterSize, volume.xShape[4], outChannels];
      const [x, filter, dy] = [volume.xShape, filterShape, [...yShape, outChannels]].map(floats);
      const expected = convolution(volume, x.data, filter.data, dy.data, outChannels);
      const what = JSON.stringify(volume);
      leavingNothing(() =>
        tf.tidy(() => {
          const f = (x, w) => tf.conv3d(x, w, /** @type {any} */ (volume.strides), /** @type {any} */ (volume.pad));
          const tensors = [x, filter].map(tensorOf);
          const [dx, dw] = tf.grads(/** @type {any} */ (f))(tensors, tensorOf(dy));
          assertClose(plain(f(...tensors)), expected.y, what);
          assertClose(plain(dx), expected.dx, `dx of ${what}`);
          assertClose(plain(dw), expected.dw, `dw of ${what}`);
        }),
      );
    }
  });

  test(`poolings are those of the definition, on ${backend}`, async () => {
    await useBackend(backend);
    for (let i = 0; i < 100; ++i) {
      const { xShape, ...attrs } = randomCase();
      const shape = [...windowsOf({ xShape, ...attrs }).yShape, xShape[4]];
      const [x, dy] = [floats(xShape), floats(shape)];
      if (random.chance(0.3)) x.data = x.data.map((value) => value - 2); // all negative
      if (random.chance(0.3)) x.data = random.specials(x.data.length);
      const expected = pooling({ xShape, ...attrs }, x.data, dy.data);
      const what = JSON.stringify({ xShape, ...attrs });
      for (const [name, kind] of [
        ['AvgPool3D', 'average'],
        ['MaxPool3D', 'max'],
      ]) {
        leavingNothing(() =>
          tf.tidy(() => {
            const [xTensor, dyTensor] = [x, dy].map(tensorOf);
            const y = run(name, { x: xTensor }, attrs);
            const dx = run(`${name}Grad`, { dy: dyTensor, input: xTensor }, attrs);
            assertClose(plain(y), expected.y[kind], `${name} ${what}`);
            assertClose(plain(dx), expected.dx[kind], `${name}Grad ${what}`);
          }),
        );
      }
    }
  });
}

test('gradients that tfjs computes wrongly on wasm', async () => {
  await useBackend('wasm');
  const ones = tf.ones([1, 1, 1, 1, 1]);
  const dx = tf.grad((x) => tf.conv3d(/** @type {any} */ (x), /** @type {any} */ (ones), 1, 'valid'))(
    tf.ones([1, 2, 2, 2, 1]),
  );
  assert.deepEqual([...dx.dataSync()], Array(8).fill(1));
  const x = tf.tensor([1, 2, 3], [1, 1, 1, 3, 1]);
  const dw = tf.grad((w) => tf.conv3d(/** @type {any} */ (x), /** @type {any} */ (w), 2, 'valid'))(ones);
  assert.deepEqual([...dw.dataSync()], [4]);
  const row = tf.ones([1, 1, 1, 3, 1]);
  const average = tf.grad((x) => tf.avgPool3d(/** @type {any} */ (x), [1, 1, 3], 1, 'same'))(row);
  assertClose(plain(average), { data: [5 / 6, 4 / 3, 5 / 6], shape: row.shape });
});

test('a network with conv3d and maxPooling3d trains on wasm as on cpu', async () => {
  const losses = {};
  for (const backend of ['cpu', 'wasm']) {
    await useBackend(backend);
    const model = tfl.sequential({
      layers: [
        tfl.layers.conv3d({ filters: 3, kernelSize: 2, padding: 'same', activation: 'relu', inputShape: [4, 4, 4, 1], kernelInitializer: tfl.initializers.heNormal({ seed: 1 }) }), // prettier-ignore
        tfl.layers.maxPooling3d({ poolSize: 2, strides: [2, 2, 2] }),
        tfl.layers.flatten(),
        tfl.layers.dense({ units: 1, kernelInitializer: tfl.initializers.heNormal({ seed: 2 }) }),
      ],
    });
    model.compile({ optimizer: tf.train.sgd(0.02), loss: 'meanSquaredError' });
    const values = new Random('conv3d').fractions(8 * 64);
    const sums = Array.from({ length: 8 }, (_, i) => Math.abs(values[64 * i] + values[64 * i + 21]));
    const { history } = await model.fit(tf.tensor(values, [8, 4, 4, 4, 1]), tf.tensor(sums, [8, 1]), { epochs: 6, verbose: 0, shuffle: false }); // prettier-ignore
    losses[backend] = history.loss;
  }
  assert.ok(losses.cpu.at(-1) < 0.8 * losses.cpu[0], `${losses.cpu}`);
  losses.cpu.forEach((loss, i) => assert.ok(Math.abs(losses.wasm[i] - loss) < 1e-4 * loss, `${losses.wasm}`));
});

test('wrong arguments are refused, and leave nothing', async () => {
  await useBackend('wasm');
  const [x, filter, dy] = [
    [1, 3, 3, 3, 2],
    [2, 2, 2, 2, 1],
    [1, 1, 1, 1, 1],
  ].map((shape) => tf.ones(shape));
  const attrs = { strides: 1, pad: 'valid' };
  for (const [name, inputs, others, message] of [
    [
      'MaxPool3D',
      { x },
      { filterSize: 2, strides: 0 },
      'strides must be a whole number of at least 1, or three [depth, height, width], got 0',
    ],
    [
      'MaxPool3D',
      { x },
      { filterSize: [2, 2] },
      'filterSize must be a whole number of at least 1, or three [depth, height, width], got [2,2]',
    ],
    [
      'MaxPool3D',
      { x },
      { filterSize: 2, pad: -1 },
      "pad must be 'same', 'valid' or a whole number of at least 0, got -1",
    ],
    [
      'MaxPool3D',
      { x },
      { filterSize: 2, pad: 1, dimRoundingMode: 'up' },
      "dimRoundingMode must be 'floor', 'round' or 'ceil', got 'up'",
    ],
    ['MaxPool3D', { x }, { filterSize: 2, dataFormat: 'NCDHW' }, "dataFormat must be 'NDHWC', got 'NCDHW'"],
    ['AvgPool3DGrad', { dy, input: x }, { filterSize: 2 }, 'dy must have shape [1,2,2,2,2], got [1,1,1,1,1]'],
    [
      'Conv3DBackpropInputV2',
      { dy, filter },
      { inputShape: x.shape },
      'dy must have shape [1,2,2,2,1], got [1,1,1,1,1]',
    ],
    [
      'Conv3DBackpropFilterV2',
      { x, dy },
      { filterShape: [2, 2, 2, 3, 1] },
      'filter must have shape [filterDepth,filterHeight,filterWidth,2,outChannels], got [2,2,2,3,1]',
    ],
  ]) {
    const call = () => run(name, inputs, { ...attrs, .../** @type {any} */ (others) });
    leavingNothing(() => assert.throws(() => tf.tidy(call), { message: `Error in ${name}: ${message}` }));
  }
});
