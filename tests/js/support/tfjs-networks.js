/** Small networks of the kinds that people train, in tfjs-layers, with weights and data that are the same on every backend. */
import * as tfl from '@tensorflow/tfjs-layers';

import { sizeOf } from './oracle.js';
import { Random } from './random.js';
import { tf, useBackend } from './tfjs.js';

const BATCH = 4;
const SIZE = 12;
const CHANNELS = 4;
const CLASSES = 3;
const WORDS = 20;

const { layers } = tfl;
const common = { padding: 'same', useBias: false };
const depthwise = (kernelSize, strides = 1, others = {}) =>
  layers.depthwiseConv2d({ ...common, kernelSize, strides, ...others });
const pointwise = (filters) => layers.conv2d({ ...common, filters, kernelSize: 1 });
const norm = () => layers.batchNormalization({ momentum: 0.9 });
const relu6 = () => layers.reLU({ maxValue: 6 });

/** Their makers, by what they try out. All end with the mean over height and width. */
export const networks = {
  'blocks of MobileNetV1': () =>
    ofPictures(
      ...[depthwise(3), norm(), relu6(), pointwise(8), norm(), relu6()],
      ...[depthwise(3, 2), norm(), relu6(), pointwise(11), norm(), relu6()],
    ),
  'a block of MobileNetV2': () => {
    const input = tfl.input({ shape: [SIZE, SIZE, CHANNELS] });
    const wide = inTurn(input, pointwise(12), norm(), relu6(), depthwise(3), norm(), relu6());
    const sum = layers.add().apply([input, inTurn(wide, pointwise(CHANNELS), norm())]);
    return tfl.model({ inputs: input, outputs: inTurn(sum, depthwise(3, 2), norm(), relu6(), ...head()) });
  },
  'depthwise 5×5': () => ofPictures(depthwise(5, 2), norm(), relu6(), depthwise(5), norm(), relu6(), pointwise(6)),
  'depthwise 7×7': () =>
    ofPictures(depthwise(7, 1, { useBias: true }), pointwise(9), layers.elu(), depthwise(7, 3, { useBias: true })),
  'depthwise with a multiplier': () =>
    ofPictures(depthwise(3, 1, { depthMultiplier: 2, activation: 'relu6', useBias: true, padding: 'valid' })),
  'separable convolution': () =>
    ofPictures(
      layers.separableConv2d({ ...common, filters: 7, kernelSize: 3, strides: 2, depthMultiplier: 2 }),
      norm(),
      relu6(),
      layers.separableConv2d({ filters: 5, kernelSize: 3, activation: 'relu' }),
    ),
  'max pooling of what batch norm gives': () =>
    ofPictures(
      layers.conv2d({ ...common, filters: 6, kernelSize: 3 }),
      norm(),
      layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }),
      depthwise(3),
      norm(),
      layers.maxPooling2d({ poolSize: 2 }),
    ),
  'an embedding': () =>
    tfl.sequential({
      layers: [
        layers.embedding({ inputDim: WORDS, outputDim: 6, inputLength: 10 }),
        layers.reshape({ targetShape: [10, 1, 6] }),
        depthwise([3, 1]),
        relu6(),
        ...head(),
      ],
    }),
};

/**
 * Trains one of them on a backend; gives the loss before each step, and the weights with how far training has moved them.
 *
 * @param {(tf: any) => any} makeOptimizer
 * @param {{ steps: number, afterStep?: (step: number) => any }} options `afterStep` is waited for
 */
export async function train(backend, name, makeOptimizer, { steps, afterStep = () => {} }) {
  await useBackend(backend);
  const model = networks[name]();
  const random = new Random(name);
  const start = model.weights.map((weight) => firstValues(random, weight));
  tf.tidy(() => model.setWeights(start.map(({ data, shape }) => tf.tensor(data, shape))));
  const x = dataFor(random, model.inputs[0].shape);
  const classes = tf.tensor1d(
    Array.from({ length: BATCH }, (_, i) => i % CLASSES),
    'int32',
  );
  const y = tf.tidy(() => tf.cast(tf.oneHot(classes, CLASSES), 'float32'));
  model.compile({ optimizer: makeOptimizer(tf), loss: 'categoricalCrossentropy' });
  const losses = [];
  for (let step = 0; step < steps; ++step) {
    losses.push(await model.trainOnBatch(x, y));
    await afterStep(step);
  }
  const weights = model.weights.map((weight, i) => {
    const data = weight.read().dataSync();
    return { name: weight.originalName, data, moved: data.map((value, j) => value - start[i].data[j]) };
  });
  model.dispose();
  tf.dispose([x, y, classes]);
  return { losses, weights };
}

export const optimizers = {
  SGD: (tf) => tf.train.sgd(1e-2),
  momentum: (tf) => tf.train.momentum(1e-2, 0.9),
  RMSProp: (tf) => tf.train.rmsprop(1e-3),
  Adam: (tf) => tf.train.adam(1e-3),
};

function head() {
  return [layers.globalAveragePooling2d({}), layers.dense({ units: CLASSES, activation: 'softmax' })];
}

function ofPictures(...body) {
  const input = layers.inputLayer({ inputShape: [SIZE, SIZE, CHANNELS] });
  return tfl.sequential({ layers: [input, ...body, ...head()] });
}

function inTurn(tensor, ...stack) {
  return stack.reduce((y, layer) => layer.apply(y), tensor);
}

/** Fractions that keep the size of what they are multiplied with; batch norm begins near 1 and 0. */
function firstValues(random, { originalName, shape }) {
  const [scale, middle] = {
    gamma: [0.5, 1],
    beta: [0.5, 0],
    bias: [0.1, 0],
    moving_mean: [0, 0],
    moving_variance: [0, 1],
    embeddings: [1, 0],
    depthwise_kernel: [Math.sqrt(3 / (shape[0] * shape[1])), 0],
  }[originalName] ?? [Math.sqrt(3 / sizeOf(shape.slice(0, -1))), 0];
  return { data: random.fractions(sizeOf(shape)).map((value) => middle + scale * value), shape };
}

/** Pictures, or rows of words where the input has no channels. */
function dataFor(random, [, ...shape]) {
  const full = [BATCH, ...shape];
  if (shape.length === 3) return tf.tensor(random.fractions(sizeOf(full)), full);
  const words = Array.from({ length: sizeOf(full) }, () => random.within(0, WORDS - 1));
  return tf.tensor(words, full, 'float32'); // tfjs-layers takes no other, and casts
}
