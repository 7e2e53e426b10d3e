import assert from 'node:assert/strict';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { sizeOf } from '../js/support/oracle.js';
import { Random } from '../js/support/random.js';
import { tf, useBackend } from '../js/support/tfjs.js';
import { tensorCounts } from '../js/support/tfjs-memory.js';
import { assertPlateau } from './plateau.js';

const CHANNELS = 3;
const CLASSES = 4;
const SIZES = { images: [1, 8], pixels: [5, 24] };
/** The optimizer has no state, so a step from the same weights has the same bits each time. */
const RATE = 1e-3;
/** After so many steps, the network begins anew. */
const STEPS_OF_A_RUN = 100;

/**
 * Trains a network with batches and images of changing sizes, compiled and with the hooks in turn. Each run begins with the same weights and
 * the same batch, whose loss must have the bits of the first run.
 */
export async function soakTraining({ calls, seed, say }) {
  await useBackend('wasm');
  const random = new Random(`${seed} training`);
  const model = makeModel();
  const first = model.getWeights().map((weight) => weight.clone());
  const firstBatch = batchOf(random, SIZES.images[1], SIZES.pixels[1], SIZES.pixels[1]);
  const loss = {};
  let before;
  return assertPlateau({
    ...{ calls, say },
    async call(i) {
      if (i % STEPS_OF_A_RUN > 0) return void checkLoss(await step(model, randomBatch(random)));
      const compile = (i / STEPS_OF_A_RUN) % 2 === 1;
      await registerKernels(tf, { compile });
      model.setWeights(first);
      const got = await step(model, firstBatch);
      checkLoss(got);
      assert.equal(got, (loss[compile] ??= got), `the first loss has other bits (compile: ${compile})`);
      const counts = tensorCounts();
      assert.deepEqual(counts, (before ??= counts), 'tensors are left over');
    },
    heapBytes: () => tf.backend().wasm.HEAPU8.length,
  });
}

function makeModel() {
  const { layers } = tfl;
  const conv = { kernelSize: 3, padding: 'same', useBias: false };
  const seeded = (seed) => tfl.initializers.glorotUniform({ seed });
  const model = tfl.sequential({
    layers: [
      layers.conv2d({ ...conv, filters: 8, inputShape: [null, null, CHANNELS], kernelInitializer: seeded(1) }),
      layers.batchNormalization(),
      layers.reLU({ maxValue: 6 }),
      layers.depthwiseConv2d({ ...conv, strides: 2, depthwiseInitializer: seeded(2) }),
      layers.batchNormalization(),
      layers.activation({ activation: 'swish' }),
      layers.maxPooling2d({ poolSize: 2, padding: 'same' }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: CLASSES, activation: 'softmax', kernelInitializer: seeded(3) }),
    ],
  });
  model.compile({ optimizer: tf.train.sgd(RATE), loss: 'categoricalCrossentropy' });
  return model;
}

function randomBatch(random) {
  return batchOf(
    random,
    random.within(...SIZES.images),
    random.within(...SIZES.pixels),
    random.within(...SIZES.pixels),
  );
}

function batchOf(random, images, height, width) {
  const shape = [images, height, width, CHANNELS];
  const labels = Array.from({ length: images }, () => random.within(0, CLASSES - 1));
  return { data: random.fractions(sizeOf(shape)), shape, labels };
}

async function step(model, { data, shape, labels }) {
  const x = tf.tensor(data, shape);
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES));
  const loss = /** @type {number} */ (await model.trainOnBatch(x, y));
  tf.dispose([x, y]);
  return loss;
}

function checkLoss(loss) {
  assert.ok(Number.isFinite(loss), `the loss is ${loss}`);
}
