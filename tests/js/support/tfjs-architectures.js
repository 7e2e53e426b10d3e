/**
 * Small networks with the structure of well-known ones, for training on each backend from the same weights and data. Each entry of
 * `architectures` is a function of { tf, tfl, random } that returns { models, step }: `step` trains once and resolves to a list of losses.
 */
import { layersFor } from 'depthwise-wasm/tfjs-layers';

import { sizeOf } from './oracle.js';
import { startWeights } from './tfjs-networks.js';

const BATCH = 4;
const CLASSES = 3;
/** WGAN-GP: weight of the gradient penalty (I. Gulrajani et al., 2017). */
const PENALTY = 10;
const CODE = 6;

export const architectures = {
  /** Strides of 2 in both branches, 'same' (K. He et al., 2015). */
  'ResNet: shortcuts with strides': (tfjs) => {
    const { layers, inTurn, conv, norm, relu } = parts(tfjs);
    const block = (x, filters, strides) => {
      const main = inTurn(x, conv(filters, 3, { strides }), norm(), relu(), conv(filters, 3), norm());
      const shortcut = strides === 1 ? x : inTurn(x, conv(filters, 1, { strides }), norm());
      return relu().apply(layers.add().apply([main, shortcut]));
    };
    return classifier(tfjs, [16, 16, 3], (input) => {
      const pool = layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' });
      const stem = inTurn(input, conv(8, 7, { strides: 2 }), norm(), relu(), pool);
      return layers.globalAveragePooling2d({}).apply(block(block(stem, 8, 1), 12, 2));
    });
  },

  /** Strides larger than the filter, 'same' (tfjs's wasm kernel gives zeros). */
  'convolutions with strides larger than the filter': (tfjs) => {
    const { layers, inTurn, conv, norm, relu } = parts(tfjs);
    return classifier(tfjs, [16, 16, 3], (input) =>
      inTurn(input, conv(8, 3, { strides: 4 }), norm(), relu(), conv(8, 2, { strides: 3 }), relu(), layers.flatten()),
    );
  },

  /** Convolutions with a bias and relu, max pooling, 'valid', dense layers (K. Simonyan and A. Zisserman, 2014). */
  'VGG: valid convolutions and max pooling': (tfjs) => {
    const { layers, inTurn } = parts(tfjs);
    const conv = (filters) => layers.conv2d({ filters, kernelSize: 3, activation: 'relu' });
    const pool = () => layers.maxPooling2d({ poolSize: 2, strides: 2 });
    const dense = (units) => layers.dense({ units, activation: 'relu' });
    return classifier(tfjs, [18, 18, 3], (input) =>
      inTurn(input, conv(6), conv(6), pool(), conv(9), pool(), layers.flatten(), dense(10), dense(8)),
    );
  },

  /** Average pooling 'same', convolutions of 1×7 and 7×1, concatenation (C. Szegedy et al., 2015). */
  'Inception: average pooling same, 1×7 and 7×1': (tfjs) => {
    const { layers, inTurn, conv, norm, relu } = parts(tfjs);
    const unit = (filters, size, options) => [conv(filters, size, options), norm(), relu()];
    return classifier(tfjs, [10, 10, 5], (input) => {
      const average = layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' });
      const branches = [
        inTurn(input, ...unit(4, 1)),
        inTurn(input, ...unit(4, 1), ...unit(5, [1, 7]), ...unit(5, [7, 1])),
        inTurn(input, ...unit(4, 1), ...unit(3, 3), ...unit(3, 3)),
        inTurn(input, average, ...unit(4, 1)),
      ];
      const mixed = layers.concatenate().apply(branches);
      const reduced = [
        inTurn(mixed, ...unit(6, 3, { strides: 2, padding: 'valid' })),
        layers.maxPooling2d({ poolSize: 3, strides: 2 }).apply(mixed),
      ];
      return layers.globalAveragePooling2d({}).apply(layers.concatenate().apply(reduced));
    });
  },

  /** Transposed convolutions and skip connections; one output for each pixel (O. Ronneberger et al., 2015). */
  'U-Net: transposed convolutions': (tfjs) => {
    const { tfl, layers, inTurn, conv, norm, relu } = parts(tfjs);
    const input = tfl.input({ shape: [12, 12, 2] });
    const down = inTurn(input, conv(4, 3), norm(), relu());
    const bottom = inTurn(down, layers.maxPooling2d({ poolSize: 2 }), conv(8, 3), norm(), relu());
    const up = layers.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 2, padding: 'same' }).apply(bottom);
    const merged = layers.concatenate().apply([down, up]);
    return fitted(
      tfjs,
      tfl.model({ inputs: input, outputs: inTurn(merged, conv(4, 3), relu(), conv(2, 1)) }),
      'meanSquaredError',
    );
  },

  /** Two networks, leaky relu, transposed convolutions with strides (A. Radford et al., 2015). */
  DCGAN: (tfjs) => {
    const models = [generator(tfjs), critic(tfjs, { sigmoid: true })];
    return adversarial(tfjs, models, ({ tf, fake, real, judge }) => {
      const log = (p) => tf.mean(tf.log(tf.clipByValue(p, 1e-6, 1)));
      return {
        critic: () => tf.neg(tf.add(log(judge(real)), log(tf.sub(1, judge(fake()))))),
        generator: () => tf.neg(log(judge(fake()))),
      };
    });
  },

  /** The critic's loss contains the gradient of the critic with respect to the image, so training needs second derivatives. */
  'WGAN-GP: second derivatives': (tfjs) => {
    const models = [generator(tfjs), critic(tfjs, { sigmoid: false })];
    return adversarial(tfjs, models, ({ tf, fake, real, judge }) => ({
      critic: () => {
        const between = tf.tidy(() => tf.add(tf.mul(0.3, real), tf.mul(0.7, fake())));
        const slopes = tf.grad((x) => tf.sum(judge(x)))(between);
        const norms = tf.sqrt(tf.sum(tf.square(slopes), [1, 2, 3]));
        const penalty = tf.mean(tf.square(tf.sub(norms, 1)));
        return tf.add(tf.sub(tf.mean(judge(fake())), tf.mean(judge(real))), tf.mul(PENALTY, penalty));
      },
      generator: () => tf.neg(tf.mean(judge(fake()))),
    }));
  },

  /** A critic with two outputs, and a generator whose code is multiplied by the embedding of a class (A. Odena et al., 2016). */
  ACGAN: (tfjs) => {
    const { tf, tfl, layers, inTurn, conv } = parts(tfjs);
    const leaky = () => layers.leakyReLU({ alpha: 0.2 });
    const image = tfl.input({ shape: [8, 8, 2] });
    const features = inTurn(image, conv(6, 3, { strides: 2 }), leaky(), conv(8, 3), leaky(), layers.flatten());
    const judged = layers.dense({ units: 1, activation: 'sigmoid' }).apply(features);
    const classified = layers.dense({ units: CLASSES, activation: 'softmax' }).apply(features);
    const discriminator = tfl.model({ inputs: image, outputs: [judged, classified] });
    const code = tfl.input({ shape: [CODE] });
    const label = tfl.input({ shape: [1] });
    const embedding = inTurn(label, layers.embedding({ inputDim: CLASSES, outputDim: CODE }), layers.flatten());
    const pixels = inTurn(layers.multiply().apply([code, embedding]), ...generatorLayers(tfjs));
    const maker = tfl.model({ inputs: [code, label], outputs: pixels });
    const combined = tfl.model({ inputs: [code, label], outputs: discriminator.apply(pixels) });
    const losses = ['binaryCrossentropy', 'sparseCategoricalCrossentropy'];
    discriminator.compile({ optimizer: tf.train.sgd(1e-2), loss: losses });
    combined.layers.forEach((layer) => layer === discriminator && (layer.trainable = false));
    combined.compile({ optimizer: tf.train.sgd(1e-2), loss: losses });
    discriminator.trainable = true;
    setWeights(tfjs, [discriminator, maker]);
    const labels = tf.tensor2d(
      Array.from({ length: BATCH }, (_, i) => i % CLASSES),
      [BATCH, 1],
    );
    const [codes, real] = [data(tfjs, [CODE]), data(tfjs, [8, 8, 2])];
    return {
      models: [discriminator, maker],
      step: async () => {
        const fake = maker.predict([codes, labels]);
        const ofReal = await discriminator.trainOnBatch(real, [tf.ones([BATCH, 1]), labels]);
        const ofFake = await discriminator.trainOnBatch(fake, [tf.zeros([BATCH, 1]), labels]);
        const ofMaker = await combined.trainOnBatch([codes, labels], [tf.ones([BATCH, 1]), labels]);
        return [...ofReal, ...ofFake, ...ofMaker];
      },
    };
  },

  /** tfjs-layers has no causal padding, so the causal convolution is a two-dimensional one with padding before the first step. */
  'conv1d, also causal': (tfjs) => {
    const { layers, inTurn } = parts(tfjs);
    const conv = (filters, options) => layers.conv1d({ filters, kernelSize: 3, activation: 'relu', ...options });
    const causal = [
      layers.reshape({ targetShape: [16, 1, 3] }),
      layers.zeroPadding2d({
        padding: [
          [2, 0],
          [0, 0],
        ],
      }),
      layers.conv2d({ filters: 5, kernelSize: [3, 1], activation: 'relu' }),
      layers.reshape({ targetShape: [16, 5] }),
    ];
    return classifier(tfjs, [16, 3], (input) =>
      inTurn(
        input,
        ...[...causal, conv(5, { strides: 2, padding: 'same' }), conv(4)],
        ...[layers.maxPooling1d({ poolSize: 2 }), layers.averagePooling1d({ poolSize: 2 }), layers.flatten()],
      ),
    );
  },

  ConvLSTM2D: (tfjs) => {
    const { layers, inTurn } = parts(tfjs);
    const recurrentInitializer = 'glorotUniform'; // the default needs a method that tfjs-core does not import
    const convLstm = layers.convLstm2d({ filters: 3, kernelSize: 3, padding: 'same', recurrentInitializer });
    return classifier(tfjs, [3, 6, 6, 2], (input) => inTurn(input, convLstm, layers.flatten()));
  },

  'conv3d and 3-D max pooling': (tfjs) => {
    const { layers, inTurn } = parts(tfjs);
    const conv = (filters) => layers.conv3d({ filters, kernelSize: 2, padding: 'same', activation: 'relu' });
    return classifier(tfjs, [4, 6, 6, 2], (input) =>
      inTurn(input, conv(4), layers.maxPooling3d({ poolSize: 2 }), conv(5), layers.flatten()),
    );
  },

  /** On the cpu backend, the layer of tfjs with a scale of 1 that is not trained. */
  'batch normalization without scale, without center': (tfjs) => {
    const { tf, tfl } = tfjs;
    const { layers, conv, relu } = parts(tfjs);
    const isOurs = tf.getBackend() === 'wasm';
    const norm = (x, options) => {
      const layer = isOurs
        ? layersFor(tf, tfl).batchNormalization({ momentum: 0.9, ...options })
        : layers.batchNormalization({ momentum: 0.9 });
      const y = layer.apply(x);
      if (!isOurs && options.scale === false) layer.gamma.trainable = false;
      if (!isOurs && options.center === false) layer.beta.trainable = false;
      return y;
    };
    return classifier(tfjs, [8, 8, 3], (input) => {
      const first = relu().apply(norm(conv(6, 3).apply(input), { scale: false }));
      const second = relu().apply(norm(conv(5, 3, { strides: 2 }).apply(first), { center: false }));
      const third = norm(conv(4, 1).apply(second), { scale: false, center: false });
      return layers.flatten().apply(third);
    });
  },
};

function parts({ tf, tfl }) {
  const { layers } = tfl;
  return {
    ...{ tf, tfl, layers },
    inTurn: (tensor, ...stack) => stack.reduce((y, layer) => layer.apply(y), tensor),
    conv: (filters, kernelSize, options = {}) =>
      layers.conv2d({ filters, kernelSize, padding: 'same', useBias: false, ...options }),
    norm: () => layers.batchNormalization({ momentum: 0.9 }),
    relu: () => layers.reLU(),
  };
}

/** Returns a network that ends with a softmax over the classes. */
function classifier(tfjs, shape, features) {
  const { tfl } = tfjs;
  const input = tfl.input({ shape });
  const outputs = tfl.layers.dense({ units: CLASSES, activation: 'softmax' }).apply(features(input));
  return fitted(tfjs, tfl.model({ inputs: input, outputs }), 'categoricalCrossentropy');
}

/** Returns a model that trains on one batch of random data. */
function fitted(tfjs, model, loss) {
  const { tf } = tfjs;
  setWeights(tfjs, [model]);
  const [, ...outputShape] = model.outputs[0].shape;
  const x = data(tfjs, model.inputs[0].shape.slice(1));
  const isClassifier = loss === 'categoricalCrossentropy';
  const classes = Array.from({ length: BATCH }, (_, i) => i % CLASSES);
  const y = isClassifier
    ? tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(classes, 'int32'), CLASSES), 'float32'))
    : data(tfjs, outputShape);
  model.compile({ optimizer: tf.train.momentum(1e-2, 0.9), loss });
  return { models: [model], step: async () => [await model.trainOnBatch(x, y)] };
}

function generatorLayers(tfjs) {
  const { layers, norm } = parts(tfjs);
  const transposed = { kernelSize: 5, strides: 2, padding: 'same' };
  return [
    layers.dense({ units: 2 * 2 * 6 }),
    layers.reshape({ targetShape: [2, 2, 6] }),
    ...[norm(), layers.reLU(), layers.conv2dTranspose({ ...transposed, filters: 4 })],
    ...[norm(), layers.reLU(), layers.conv2dTranspose({ ...transposed, filters: 2, activation: 'tanh' })],
  ];
}

function generator(tfjs) {
  const { tfl, inTurn } = parts(tfjs);
  const code = tfl.input({ shape: [CODE] });
  return tfl.model({ inputs: code, outputs: inTurn(code, ...generatorLayers(tfjs)) });
}

function critic(tfjs, { sigmoid }) {
  const { tfl, layers, inTurn } = parts(tfjs);
  const conv = (filters) => layers.conv2d({ filters, kernelSize: 3, strides: 2, padding: 'same' });
  const leaky = () => layers.leakyReLU({ alpha: 0.2 });
  const image = tfl.input({ shape: [8, 8, 2] });
  const last = layers.dense({ units: 1, activation: sigmoid ? 'sigmoid' : 'linear' });
  return tfl.model({
    inputs: image,
    outputs: inTurn(image, conv(5), leaky(), conv(7), leaky(), layers.flatten(), last),
  });
}

/** Returns a generator and a critic that train in turn. `lossesOf` returns the loss of each as a function. */
function adversarial(tfjs, [maker, judge], lossesOf) {
  const { tf } = tfjs;
  setWeights(tfjs, [maker, judge]);
  const [codes, real] = [data(tfjs, [CODE]), data(tfjs, [8, 8, 2])];
  const apply = (model, x) => model.apply(x, { training: true });
  const losses = lossesOf({ tf, real, fake: () => apply(maker, codes), judge: (images) => apply(judge, images) });
  const optimizers = [tf.train.sgd(1e-2), tf.train.sgd(1e-2)];
  const minimize = (i, model, loss) => {
    const variables = model.trainableWeights.map((weight) => weight.read());
    return optimizers[i].minimize(() => tf.squeeze(loss()), true, variables).dataSync()[0];
  };
  return {
    models: [maker, judge],
    step: async () => [minimize(0, judge, losses.critic), minimize(1, maker, losses.generator)],
  };
}

/** Sets the weights that are trained. The others keep their first values: 0 or 1. */
function setWeights({ tf, random }, models) {
  for (const weight of models.flatMap((model) => model.trainableWeights)) {
    const { data, shape } = startWeights(random, weight);
    tf.tidy(() => weight.write(tf.tensor(data, shape)));
  }
}

function data({ tf, random }, shape) {
  const full = [BATCH, ...shape];
  return tf.tensor(random.fractions(sizeOf(full)), full);
}
