import alea from 'seedrandom/lib/alea.js';
import { CHANNELS, SIZE } from './network.js';

// Training: the validation split, the batches, the steps, and predictions.

/** @typedef {import('./drawings.js').Random} Random */

/** @typedef {{ epochs: number, batch: number, rate: number }} Options `batch`: samples in a batch; `rate`: learning rate */

/**
 * Pictures [n, 32, 32, 3] as bytes, their classes, the drawing or burst of the camera from which each picture comes, and the number of
 * classes.
 *
 * @typedef {{ pixels: Uint8Array, labels: Uint8Array, sources: string[], classes: number }} Samples
 */

/** The part of the samples of a class that the validation set contains: about this, … */
const VALIDATION_PART = 1 / 5;
/** … and never more than this. */
const MAX_VALIDATION_PART = 1 / 3;

/** Largest shift of a training picture, in pixels. Shifted pictures make a small training set sufficient. */
const MAX_SHIFT = 2;

const PICTURE = SIZE * SIZE * CHANNELS;

/**
 * The report of a step.
 *
 * @typedef {object} Step
 * @property {number} step from 1
 * @property {number} steps of the whole training
 * @property {number} loss of the batch, before the step
 * @property {number} accuracy of the batch, from 0 to 1
 * @property {number[][] | undefined} confusion how many samples of the validation set have a class (row) and are named as a class (column);
 *   only after an epoch, and only with a validation set
 * @property {number} milliseconds of the step: forward, backward, new weights
 */

/**
 * Trains the model and yields a report after each step. The seed determines the validation split and the batches, so all backends get the
 * same batches.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {Samples} samples
 * @param {Options & { seed: number }} options
 * @returns {AsyncGenerator<Step>}
 */
export async function* train(tf, model, samples, { epochs, batch: size, rate, seed }) {
  const optimizer = tf.train.adam(rate);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  try {
    const random = alea(seed);
    const { training, validation } = splitSamples(samples, random);
    const steps = epochs * stepsPerEpoch(training.length, size);
    let step = 0;
    for (let epoch = 0; epoch < epochs; ++epoch) {
      const batches = batchesOfEpoch(training, size, random);
      for (const [i, batch] of batches.entries()) {
        const report = await trainOn(tf, model, samples, batch);
        const isValidated = i === batches.length - 1 && validation.length > 0;
        const confusion = isValidated ? confusionOf(tf, model, samples, validation) : undefined;
        yield { step: ++step, steps, ...report, confusion };
      }
    }
  } finally {
    optimizer.dispose();
  }
}

/**
 * Returns the probabilities of the classes.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {Float32Array} pictures [n, 32, 32, 3], from -1 to 1
 * @returns {number[]} [n, classes]
 */
export function predict(tf, model, pictures) {
  return tf.tidy(() => {
    const x = tf.tensor4d(pictures, [pictures.length / PICTURE, SIZE, SIZE, CHANNELS]);
    const y = /** @type {import('@tensorflow/tfjs-core').Tensor} */ (model.predictOnBatch(x));
    return Array.from(y.dataSync());
  });
}

/**
 * Splits samples into a training set and a validation set. The validation set contains about one in five samples of each class, and none of
 * a class with fewer than five. All samples of one source are in the same set: the network must not train on variations of a drawing that
 * validates it.
 *
 * @param {{ labels: Uint8Array, sources: string[] }} samples
 * @param {Random} random
 * @returns {{ training: number[], validation: number[] }} indices
 */
export function splitSamples({ labels, sources }, random) {
  const training = [];
  const validation = [];
  for (const label of new Set(labels)) {
    const ofClass = [...labels.keys()].filter((i) => labels[i] === label);
    const wanted = Math.floor(ofClass.length * VALIDATION_PART);
    let count = 0;
    for (const source of shuffled([...new Set(ofClass.map((i) => sources[i]))], random)) {
      const ofSource = ofClass.filter((i) => sources[i] === source);
      const isValidation = count < wanted && count + ofSource.length <= ofClass.length * MAX_VALIDATION_PART;
      if (isValidation) count += ofSource.length;
      (isValidation ? validation : training).push(...ofSource);
    }
  }
  return { training, validation };
}

/**
 * Returns the batches of an epoch: all samples in random order, each shifted a little. All batches have the same size, so that all steps
 * take equally long: the first samples fill the last batch.
 *
 * @param {number[]} training indices
 * @param {number} size of a batch
 * @param {Random} random
 * @returns {{ index: number, shift: [number, number] }[][]}
 */
export function batchesOfEpoch(training, size, random) {
  const order = shuffled(training, random);
  const shift = () => Math.floor(random() * (2 * MAX_SHIFT + 1)) - MAX_SHIFT;
  return Array.from({ length: stepsPerEpoch(training.length, size) }, (_, batch) =>
    Array.from({ length: size }, (_, i) => ({
      index: order[(batch * size + i) % order.length],
      shift: /** @type {[number, number]} */ ([shift(), shift()]),
    })),
  );
}

/** @param {number} samples @param {number} batch */
function stepsPerEpoch(samples, batch) {
  return Math.ceil(samples / batch);
}

/** Shuffles (R. Durstenfeld, Algorithm 235, 1964). @template Item @param {readonly Item[]} items @param {Random} random */
function shuffled(items, random) {
  const result = [...items];
  for (let i = result.length - 1; i > 0; --i) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

/**
 * Returns samples as the network gets them, with values from -1 to 1. Shifted pictures repeat the pixels of their border.
 *
 * @param {Uint8Array} pixels of all samples
 * @param {{ index: number, shift?: [number, number] }[]} selected
 * @returns {Float32Array} [selected.length, 32, 32, 3]
 */
export function inputsOf(pixels, selected) {
  const result = new Float32Array(selected.length * PICTURE);
  const inside = (position) => Math.min(Math.max(position, 0), SIZE - 1);
  let next = 0;
  for (const { index, shift: [down, right] = [0, 0] } of selected) {
    for (let y = 0; y < SIZE; ++y) {
      for (let x = 0; x < SIZE; ++x) {
        const from = index * PICTURE + (inside(y - down) * SIZE + inside(x - right)) * CHANNELS;
        for (let c = 0; c < CHANNELS; ++c) result[next++] = pixels[from + c] / 127.5 - 1;
      }
    }
  }
  return result;
}

async function trainOn(tf, model, { pixels, labels, classes }, batch) {
  const x = tf.tensor4d(inputsOf(pixels, batch), [batch.length, SIZE, SIZE, CHANNELS]);
  const y = tf.tensor2d(
    oneHot(
      batch.map(({ index }) => labels[index]),
      classes,
    ),
    [batch.length, classes],
  );
  try {
    const start = performance.now();
    const [loss, accuracy] = /** @type {number[]} */ (await model.trainOnBatch(x, y));
    return { loss, accuracy, milliseconds: performance.now() - start };
  } finally {
    tf.dispose([x, y]);
  }
}

function oneHot(labels, classes) {
  const result = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => (result[i * classes + label] = 1));
  return result;
}

function confusionOf(tf, model, { pixels, labels, classes }, indices) {
  const probabilities = predict(tf, model, inputsOf(pixels, indices.map((index) => ({ index })))); // prettier-ignore
  const confusion = Array.from({ length: classes }, () => Array(classes).fill(0));
  indices.forEach((index, i) => {
    const ofPicture = probabilities.slice(i * classes, (i + 1) * classes);
    ++confusion[labels[index]][ofPicture.indexOf(Math.max(...ofPicture))];
  });
  return confusion;
}
