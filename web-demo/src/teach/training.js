import alea from 'seedrandom/lib/alea.js';
import { filtersOf } from './filters.js';
import { CHANNELS } from './network.js';

// Training: the validation split, the batches, the steps, and predictions.

/** @typedef {import('./drawings.js').Random} Random */

/** @typedef {{ epochs: number, batch: number, rate: number }} Options `batch`: samples in a batch; `rate`: learning rate */

/**
 * Pictures [n, size, size, 3] as bytes, their classes, the drawing or burst of the camera from which each picture comes, and the number of
 * classes.
 *
 * @typedef {{ pixels: Uint8Array, size: number, labels: Uint8Array, sources: string[], classes: number }} Samples
 */

/** A sample of a batch. `shift`: how far the picture moves, in pixels. @typedef {{ index: number, shift?: [number, number] }} Selected */

/**
 * What a model trains on.
 *
 * @typedef {object} TrainingData
 * @property {number[]} shape of an input of the model
 * @property {(selected: Selected[]) => Float32Array} inputs returns the inputs for some samples
 * @property {Uint8Array} labels
 * @property {string[]} sources
 * @property {number} classes
 */

/** The part of the samples of a class that the validation set contains: about this, … */
const VALIDATION_PART = 1 / 5;
/** … and never more than this. */
const MAX_VALIDATION_PART = 1 / 3;

/** Largest shift of a training picture, in pixels. Shifted pictures make a small training set sufficient. */
const MAX_SHIFT = 2;

/** The report of a step contains the filters once in this number of steps. */
const FILTERS_INTERVAL = 5;

/** The smallest probability in the loss, as in TensorFlow.js. */
const SMALLEST_PROBABILITY = 1e-7;

/** Pictures that a model computes at the same time. More pictures need much memory. */
const PREDICTED = 32;

/**
 * The report of a step.
 *
 * @typedef {object} Step
 * @property {number} step from 1
 * @property {number} steps of the whole training
 * @property {number} loss of the batch, before the step
 * @property {number} accuracy of the batch, from 0 to 1
 * @property {import('./filters.js').Filters | undefined} filters of the first layer that trains, after some steps
 * @property {Validation | undefined} validation only after an epoch, and only with a validation set
 * @property {number} milliseconds of the step: forward, backward, new weights
 */

/**
 * What the model makes of the validation set.
 *
 * @typedef {object} Validation
 * @property {number[][]} confusion how many samples have a class (row) and are named as a class (column)
 * @property {number} loss the mean cross-entropy
 * @property {{ index: number, label: number, guess: number }[]} misnamed the samples with a wrong name
 */

/**
 * Trains the model and yields a report after each step. The seed determines the validation split and the batches, so all backends get the
 * same batches.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {TrainingData} data
 * @param {Options & { seed: number }} options
 * @returns {AsyncGenerator<Step>}
 */
export async function* train(tf, model, data, { epochs, batch: size, rate, seed }) {
  const optimizer = tf.train.adam(rate);
  model.compile({ optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
  try {
    const random = alea(seed);
    const { training, validation } = splitSamples(data, random);
    const steps = epochs * stepsPerEpoch(training.length, size);
    let step = 0;
    for (let epoch = 0; epoch < epochs; ++epoch) {
      const batches = batchesOfEpoch(training, size, random);
      for (const [i, batch] of batches.entries()) {
        const report = await trainOn(tf, model, data, batch);
        const isValidated = i === batches.length - 1 && validation.length > 0;
        yield {
          step: ++step,
          steps,
          ...report,
          filters: step % FILTERS_INTERVAL === 1 || step === steps ? filtersOf(model) : undefined,
          validation: isValidated ? validate(tf, model, data, validation) : undefined,
        };
      }
    }
  } finally {
    optimizer.dispose();
  }
}

/**
 * Returns the outputs of the model.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {Float32Array} inputs [n, …]
 * @returns {Float32Array} [n, …]
 */
export function predict(tf, model, inputs) {
  const shape = /** @type {number[]} */ (model.inputs[0].shape.slice(1));
  const size = shape.reduce((product, side) => product * side);
  const outputs = [];
  for (let from = 0; from < inputs.length; from += PREDICTED * size) {
    const part = inputs.subarray(from, from + PREDICTED * size);
    const y = tf.tidy(() => model.predictOnBatch(tf.tensor(part, [part.length / size, ...shape])));
    outputs.push(/** @type {Float32Array} */ (/** @type {import('@tensorflow/tfjs-core').Tensor} */ (y).dataSync()));
    tf.dispose(y);
  }
  return joined(outputs);
}

/** The data of a model that trains on pictures. @param {Samples} samples @returns {TrainingData} */
export function pictureData(samples) {
  const { size } = samples;
  return { ...samples, shape: [size, size, CHANNELS], inputs: (selected) => inputsOf(samples, selected) };
}

/**
 * The data of a model that trains on the outputs of another model, which does not train. The other model computes them once: shifts of the
 * pictures are ignored.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {import('@tensorflow/tfjs-layers').LayersModel} frozen
 * @param {Samples} samples
 * @returns {TrainingData}
 */
export function featureData(tf, frozen, samples) {
  const shape = /** @type {number[]} */ (frozen.outputs[0].shape.slice(1));
  const features = samples.sources.map((_, index) => predict(tf, frozen, inputsOf(samples, [{ index }])));
  return { ...samples, shape, inputs: (selected) => joined(selected.map(({ index }) => features[index])) };
}

/** @param {Float32Array[]} parts */
function joined(parts) {
  const result = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let next = 0;
  for (const part of parts) {
    result.set(part, next);
    next += part.length;
  }
  return result;
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
 * @param {{ pixels: Uint8Array, size: number }} samples
 * @param {Selected[]} selected
 * @returns {Float32Array} [selected.length, size, size, 3]
 */
export function inputsOf({ pixels, size }, selected) {
  const picture = size * size * CHANNELS;
  const result = new Float32Array(selected.length * picture);
  const inside = (position) => Math.min(Math.max(position, 0), size - 1);
  let next = 0;
  for (const { index, shift: [down, right] = [0, 0] } of selected) {
    for (let y = 0; y < size; ++y) {
      for (let x = 0; x < size; ++x) {
        const from = index * picture + (inside(y - down) * size + inside(x - right)) * CHANNELS;
        for (let c = 0; c < CHANNELS; ++c) result[next++] = pixels[from + c] / 127.5 - 1;
      }
    }
  }
  return result;
}

/**
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {TrainingData} data
 * @param {Selected[]} batch
 */
async function trainOn(tf, model, { inputs, shape, labels, classes }, batch) {
  const x = tf.tensor(inputs(batch), [batch.length, ...shape]);
  const wanted = batch.map(({ index }) => labels[index]);
  const y = tf.tensor2d(oneHot(wanted, classes), [batch.length, classes]);
  try {
    const start = performance.now();
    const [loss, accuracy] = /** @type {number[]} */ (await model.trainOnBatch(x, y));
    return { loss, accuracy, milliseconds: performance.now() - start };
  } finally {
    tf.dispose([x, y]);
  }
}

/** @param {number[]} labels @param {number} classes */
function oneHot(labels, classes) {
  const result = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => (result[i * classes + label] = 1));
  return result;
}

/**
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {TrainingData} data
 * @param {number[]} indices of the validation set
 * @returns {Validation}
 */
function validate(tf, model, { inputs, labels, classes }, indices) {
  const probabilities = predict(tf, model, inputs(indices.map((index) => ({ index }))));
  const confusion = Array.from({ length: classes }, () => Array(classes).fill(0));
  const misnamed = [];
  let loss = 0;
  indices.forEach((index, i) => {
    const ofPicture = probabilities.subarray(i * classes, (i + 1) * classes);
    const guess = ofPicture.indexOf(Math.max(...ofPicture));
    const label = labels[index];
    ++confusion[label][guess];
    if (guess !== label) misnamed.push({ index, label, guess });
    loss -= Math.log(Math.max(ofPicture[label], SMALLEST_PROBABILITY)) / indices.length;
  });
  return { confusion, loss, misnamed };
}
