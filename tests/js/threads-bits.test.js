// The module of `load` on several threads: the same bits as on one thread.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { loadAnotherModule } from './support/another-module.js';
import { assertSameBits } from './support/compare.js';
import { geometryOf } from './support/oracle.js';
import { attrsOf, entries, problemFor, valuesFor } from './support/problem.js';
import { Random } from './support/random.js';
import { jobs, startThreaded } from './support/threaded-module.js';
import { useModule } from './support/use-module.js';

const ROUNDS = 2;
const RANDOM_CONVOLUTIONS = 6; // for each function

/** Shapes with columns that are copied because they would collide in the cache, with rows that are divided into tiles, with few rows. */
const fixed = [
  { xShape: [2, 20, 20, 256], filterShape: [3, 3, 256, 1], strides: [1, 1], dilations: [1, 1], pad: 'same' },
  { xShape: [1, 160, 160, 16], filterShape: [3, 3, 16, 1], strides: [2, 2], dilations: [1, 1], pad: 'same' },
  { xShape: [1, 7, 7, 512], filterShape: [5, 5, 512, 1], strides: [1, 1], dilations: [1, 1], pad: 'same' },
  { xShape: [5, 21, 24, 31], filterShape: [3, 2, 31, 2], strides: [1, 1], dilations: [2, 1], pad: 'valid' },
  { xShape: [3, 24, 40, 40], filterShape: [3, 3, 24, 1], strides: [1, 1], dilations: [1, 1], pad: 'same', dataFormat: 'NCHW' }, // prettier-ignore
];

/** Shapes with few channels: threads compute taps, or a few channels. */
const fixedDense = [
  { xShape: [2, 60, 60, 3], filterShape: [3, 3, 3, 8], strides: [2, 2], dilations: [1, 1], pad: 'same' },
  { xShape: [2, 40, 40, 8], filterShape: [1, 1, 8, 16], strides: [1, 1], dilations: [1, 1], pad: 'same' },
];

const random = new Random('threads of load');

function randomConvolution(isDense) {
  for (;;) {
    const channels = random.within(16, 64);
    const stride = random.within(1, 3);
    const convolution = {
      isDense,
      xShape: [random.within(1, 3), random.within(20, 48), random.within(20, 48), channels],
      filterShape: [
        ...[random.within(1, 4), random.within(1, 4), channels],
        isDense ? random.within(8, 60) : random.oneOf([1, 1, 1, 2]),
      ],
      strides: [stride, stride],
      dilations: [random.within(1, 2), random.within(1, 2)],
      pad: random.oneOf(['same', 'valid', random.within(0, 2)]),
    };
    if (geometryOf(convolution)) return convolution;
  }
}

const calls = Object.entries(entries).flatMap(([name, entry]) => {
  const { isDense = false } = entry;
  const drawn = Array.from({ length: RANDOM_CONVOLUTIONS }, () => randomConvolution(isDense));
  return [...(isDense ? [...fixed.slice(2, 4), ...fixedDense] : fixed), ...drawn].map((convolution) => {
    const problem = problemFor(entry, convolution, random, 'fractions');
    return { what: `${name} ${JSON.stringify(convolution)}`, entry, problem, attrs: attrsOf(convolution) };
  });
});

/** Layers that are large enough for threads: each activation that needs other data for backward. */
const layers = [
  { layer: { kernelSize: 3, padding: 'same', activation: 'relu' }, xShape: [1, 40, 40, 64] },
  {
    layer: { kernelSize: [3, 2], strides: [2, 2], depthMultiplier: 2, activation: 'softmax' },
    xShape: [5, 31, 30, 24],
  },
  { layer: { kernelSize: 3, dataFormat: 'channelsFirst', useBias: false }, xShape: [4, 16, 40, 40] },
];
const JOBS_OF_LAYERS = 8; // each pass, except the filter gradient of NCHW, which is never divided

/** Returns y, dx and the gradients of each layer. */
function computeLayers(dw) {
  return dw.tidy(() =>
    layers.flatMap(({ layer: config, xShape }) => {
      const depthwiseInitializer = { className: 'HeNormal', config: { seed: 3 } };
      const layer = new dw.DepthwiseConv2D({ ...config, depthwiseInitializer });
      try {
        const y = layer.call(valuesFor(xShape), { training: true });
        const { dx, gradients } = layer.backward(y);
        return [y, dx, ...Object.values(gradients)].map((tensor) => ({ data: tensor.dataSync() }));
      } finally {
        layer.dispose();
      }
    }),
  );
}

function compute(dw) {
  return calls.map(({ entry, problem, attrs }) => {
    const result = entry.call(dw, problem, attrs);
    const copy = { data: result.dataSync(), shape: result.shape };
    result.dispose();
    return copy;
  });
}

const alone = await loadAnotherModule();
const expected = compute(alone);
const expectedOfLayers = computeLayers(alone);
const expectedOfSmallLayer = useModule(alone);

for (const threads of [2, 3, 4, 7]) {
  test(`on ${threads} threads, each function computes the same bits`, async () => {
    const dw = await startThreaded(threads);
    assert.deepEqual(dw.threads, { count: threads, reason: 'as wanted' });
    const before = jobs.run;
    for (let round = 0; round < ROUNDS; ++round) {
      compute(dw).forEach((result, i) => assertSameBits(result, expected[i], calls[i].what));
    }
    assert.ok(jobs.run - before > ROUNDS * 0.7 * calls.length, `${jobs.run - before} jobs, ${calls.length} calls`);
    const beforeLayers = jobs.run;
    computeLayers(dw).forEach((result, i) => assertSameBits(result, expectedOfLayers[i], `result ${i} of the layers`));
    assert.equal(jobs.run - beforeLayers, JOBS_OF_LAYERS);
    useModule(dw).forEach((result, i) => assertSameBits(result, expectedOfSmallLayer[i], `result ${i} of a layer`));
    assert.equal(dw.memory().numTensors, 0);
    dw.dispose();
  });
}
