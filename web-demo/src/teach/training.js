import { BATCH, batchesOfEpoch, picturesOf, splitSamples, stepsPerEpoch } from './batches.js';
import { CHANNELS, CLASSES, SIZE } from './network.js';
import { randomFrom } from './random.js';

const LEARNING_RATE = 3e-3;

/**
 * What a step reports.
 *
 * @typedef {object} Step
 * @property {number} step from 1
 * @property {number} steps of the whole training
 * @property {number} loss of the batch, before the step
 * @property {number} accuracy of the batch, from 0 to 1
 * @property {number | undefined} aside the accuracy on the samples that are kept aside, after an epoch, where there are any
 * @property {number} asideCount of those samples
 * @property {number} milliseconds that the step took: forward, backward, new weights
 */

/**
 * Trains the model step by step. The seed decides the split of the samples and the batches, so every backend gets the same.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {import('./batches.js').Samples} samples
 * @param {{ epochs: number, seed: number }} options
 * @returns {AsyncGenerator<Step>} after each step; who has seen enough stops asking
 */
export async function* train(tf, model, samples, { epochs, seed }) {
  const optimizer = tf.train.adam(LEARNING_RATE);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  try {
    const random = randomFrom(seed);
    const { training, aside } = splitSamples(samples.labels, random);
    const steps = epochs * stepsPerEpoch(training.length);
    let step = 0;
    for (let epoch = 0; epoch < epochs; ++epoch) {
      const batches = batchesOfEpoch(training, random);
      for (const [i, batch] of batches.entries()) {
        const report = await trainOn(tf, model, samples, batch);
        const isEpochOver = i === batches.length - 1;
        const right = isEpochOver && aside.length > 0 ? accuracyOn(tf, model, samples, aside) : undefined;
        yield { step: ++step, steps, ...report, aside: right, asideCount: aside.length };
      }
    }
  } finally {
    optimizer.dispose();
  }
}

async function trainOn(tf, model, { pixels, labels }, batch) {
  const x = tf.tensor4d(picturesOf(pixels, batch), [BATCH, SIZE, SIZE, CHANNELS]);
  const y = tf.tensor2d(oneHot(batch.map(({ index }) => labels[index])), [BATCH, CLASSES]);
  try {
    const start = performance.now();
    const [loss, accuracy] = /** @type {number[]} */ (await model.trainOnBatch(x, y));
    return { loss, accuracy, milliseconds: performance.now() - start };
  } finally {
    tf.dispose([x, y]);
  }
}

function oneHot(labels) {
  const result = new Float32Array(labels.length * CLASSES);
  labels.forEach((label, i) => (result[i * CLASSES + label] = 1));
  return result;
}

function accuracyOn(tf, model, { pixels, labels }, indices) {
  const probabilities = predict(tf, model, picturesOf(pixels, indices.map((index) => ({ index })))); // prettier-ignore
  const right = indices.filter((index, i) => {
    const ofPicture = probabilities.slice(i * CLASSES, (i + 1) * CLASSES);
    return ofPicture.indexOf(Math.max(...ofPicture)) === labels[index];
  });
  return right.length / indices.length;
}

/**
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {Float32Array} pictures [n, 32, 32, 3], from -1 to 1
 * @returns {number[]} [n, 3], of which each three add up to 1
 */
export function predict(tf, model, pictures) {
  return tf.tidy(() => {
    const x = tf.tensor4d(pictures, [pictures.length / (SIZE * SIZE * CHANNELS), SIZE, SIZE, CHANNELS]);
    const y = /** @type {import('@tensorflow/tfjs-core').Tensor} */ (model.predictOnBatch(x));
    return Array.from(y.dataSync());
  });
}
