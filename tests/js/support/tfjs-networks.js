/** Small networks in tfjs-layers whose weights and data are the same on every backend. Browsers train them too. */
import { sizeOf } from './oracle.js';
import { Random } from './random.js';

const BATCH = 4;
const SIZE = 8;
const CHANNELS = 4;
const CLASSES = 3;
const WORDS = 5;

/** The optimizers that networks are trained with, as functions of tf. */
export const optimizers = {
  SGD: (tf) => tf.train.sgd(1e-2),
  momentum: (tf) => tf.train.momentum(1e-2, 0.9),
  RMSProp: (tf) => tf.train.rmsprop(1e-3),
  Adam: (tf) => tf.train.adam(1e-3),
};

/**
 * Kernels that no network calls: no layer has a sign, and the gradients of resized batches are wrong on tfjs's cpu backend. Einsum and the
 * kernels over volumes have tests of their own, and so have elementwise kernels of tf. MaxPoolGradGrad is for second derivatives.
 * tfjs-layers calls ClipByValue for relu6. With the training hooks, gelu calls neither Erf nor ErfGrad. The test of the optimizers' hooks calls the kernels named …Update,
 * and the test of layer normalization the kernels named LayerNorm….
 */
export const UNTRAINED = [
  ...['MaxPoolGradGrad', 'Relu6', 'Sign', 'ResizeNearestNeighborGrad', 'ResizeBilinearGrad'],
  ...['Einsum', 'Conv3D', 'Conv3DBackpropInputV2', 'Conv3DBackpropFilterV2'],
  ...['AvgPool3D', 'AvgPool3DGrad', 'MaxPool3D', 'MaxPool3DGrad'],
  ...['SquaredDifference', 'Maximum', 'Minimum', 'Exp', 'Erf', 'Rsqrt', 'Pow', 'ErfGrad'],
  ...['Conv2DBatchNorm', 'DepthwiseConv2DBatchNorm'],
];

const inTurn = (tensor, ...stack) => stack.reduce((y, layer) => layer.apply(y), tensor);

/** Functions of tfl that build the networks. All end with the mean over height and width. */
export const networks = {
  'two blocks of MobileNetV1': (tfl) => {
    const { input, depthwise, norm, relu6, pointwise, model } = parts(tfl);
    const first = inTurn(input, depthwise(3), norm(), relu6(), pointwise(8), norm(), relu6());
    return model(inTurn(first, depthwise(3, 2), norm(), relu6(), pointwise(11), norm(), relu6()));
  },
  'a block of MobileNetV2': (tfl) => {
    const { input, depthwise, norm, relu6, pointwise, model } = parts(tfl);
    const wide = inTurn(input, pointwise(12), norm(), relu6(), depthwise(3), norm(), relu6());
    const sum = tfl.layers.add().apply([input, inTurn(wide, pointwise(CHANNELS), norm())]);
    return model(inTurn(sum, depthwise(3, 2), norm(), relu6()));
  },
  'filters of 5×5 and 7×7, a multiplier, and separable convolutions': (tfl) => {
    const { input, depthwise, norm, relu6, model } = parts(tfl);
    const first = inTurn(input, depthwise(5, 2), norm(), depthwise(7, 1, { useBias: true, activation: 'elu' }));
    const wide = inTurn(first, depthwise([3, 1], 1, { depthMultiplier: 2, padding: 'valid' }), relu6());
    return model(
      inTurn(wide, tfl.layers.separableConv2d({ filters: 7, kernelSize: 3, depthMultiplier: 2, padding: 'same' })),
    );
  },
  /** Its training calls every kernel but UNTRAINED, and FusedDepthwiseConv2D, which tfjs calls without a gradient only. */
  'every kernel': (tfl) => {
    const { input, depthwise, norm, relu6, pointwise, model } = parts(tfl);
    const { layers } = tfl;
    const words = tfl.input({ shape: [1] });
    const embedding = layers.embedding({ inputDim: WORDS, outputDim: 12 });
    // With an activation other than linear, tfjs trains with Conv2D instead of FusedConv2D.
    const elu = layers.conv2d({ filters: 12, kernelSize: 1, activation: 'elu' });
    const pool = layers.maxPooling2d({ poolSize: 3, strides: 2 });
    const first = inTurn(input, elu, pointwise(12), norm(), relu6(), pool);
    // Without 'same', for which tfjs's cpu backend has a wrong gradient.
    const second = inTurn(first, depthwise(3), norm(), relu6(), layers.averagePooling2d({ poolSize: 2, strides: 1 }));
    const gelu = [
      layers.leakyReLU({ alpha: 0.3 }),
      layers.layerNormalization({}),
      layers.activation({ activation: 'gelu' }),
    ];
    const [swish, tanh] = ['swish', 'tanh'].map((activation) => layers.activation({ activation }));
    const third = inTurn(second, ...gelu, swish, tanh);
    const gate = layers.activation({ activation: 'sigmoid' });
    const pooled = layers.globalAveragePooling2d({}).apply(layers.multiply().apply([third, gate.apply(second)]));
    return model(layers.add().apply([pooled, inTurn(words, embedding, layers.flatten())]), { words });
  },
};

function parts(tfl) {
  const { layers } = tfl;
  const common = { padding: 'same', useBias: false };
  const input = tfl.input({ shape: [SIZE, SIZE, CHANNELS] });
  return {
    input,
    depthwise: (kernelSize, strides = 1, others = {}) =>
      layers.depthwiseConv2d({ ...common, kernelSize, strides, ...others }),
    pointwise: (filters) => layers.conv2d({ ...common, filters, kernelSize: 1 }),
    norm: () => layers.batchNormalization({ momentum: 0.9 }),
    relu6: () => layers.reLU({ maxValue: 6 }),
    model(features, { words } = {}) {
      const pooled = words ? features : layers.globalAveragePooling2d({}).apply(features);
      const outputs = layers.dense({ units: CLASSES, activation: 'softmax' }).apply(pooled);
      return tfl.model({ inputs: words ? [input, words] : input, outputs });
    },
  };
}

/**
 * Trains a network on the current backend. Returns the loss before each step, and the weights with the distances that training moved them.
 *
 * @param {{ tf: any, tfl: any }} tfjs
 * @param {string} name
 * @param {(tf: any) => any} makeOptimizer
 * @param {{ steps: number, afterStep?: (step: number) => any }} options
 */
export async function train({ tf, tfl }, name, makeOptimizer, { steps, afterStep = () => {} }) {
  const model = networks[name](tfl);
  const random = new Random(name);
  const start = model.weights.map((weight) => startWeights(random, weight));
  tf.tidy(() => model.setWeights(start.map(({ data, shape }) => tf.tensor(data, shape))));
  const x = model.inputs.map(({ shape }) => dataFor(tf, random, shape));
  const numbers = Array.from({ length: BATCH }, (_, i) => i % CLASSES);
  const y = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(numbers, 'int32'), CLASSES), 'float32'));
  model.compile({ optimizer: makeOptimizer(tf), loss: 'categoricalCrossentropy' });
  const losses = [];
  for (let step = 0; step < steps; ++step) {
    losses.push(await model.trainOnBatch(x.length > 1 ? x : x[0], y));
    await afterStep(step);
  }
  const weights = model.weights.map((weight, i) => {
    const data = weight.read().dataSync();
    return { name: weight.originalName, data, moved: data.map((value, j) => value - start[i].data[j]) };
  });
  model.dispose();
  tf.dispose([x, y]);
  return { losses, weights };
}

/** Returns weights that keep the magnitude of their input. Batch normalization starts near scale 1 and offset 0. */
export function startWeights(random, { originalName, shape }) {
  const [scale, middle] = {
    gamma: [0.5, 1],
    beta: [0.5, 0],
    bias: [0.1, 0],
    moving_mean: [0, 0],
    moving_variance: [0, 1],
    embeddings: [1, 0],
    depthwise_kernel: [Math.sqrt(3 / (shape[0] * shape[1])), 0],
  }[originalName.split('/').at(-1)] ?? [Math.sqrt(3 / sizeOf(shape.slice(0, -1))), 0];
  return { data: random.fractions(sizeOf(shape)).map((value) => middle + scale * value), shape };
}

/** Returns pictures, or numbers of words for an input of one number. */
function dataFor(tf, random, [, ...shape]) {
  const full = [BATCH, ...shape];
  if (shape.length === 3) return tf.tensor(random.fractions(sizeOf(full)), full);
  return tf.tensor(
    Array.from({ length: BATCH }, (_, i) => i % WORDS),
    full,
    'float32',
  ); // tfjs-layers casts them
}
