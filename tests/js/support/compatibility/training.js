import * as tfl from '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';
import { layersFor } from 'depthwise-wasm/tfjs-layers';

import { optimizers, train } from '../tfjs-networks.js';
import { tf, useBackend } from '../tfjs.js';

/** The backends of the second table of docs/compatibility.md. */
export const TRAINERS = {
  'tfjs wasm with this package': { backend: 'wasm', registered: true },
  'tfjs wasm': { backend: 'wasm', registered: false },
  'tfjs cpu': { backend: 'cpu', registered: false },
};

const STEPS = 3;

/**
 * The rows of the table. Each function throws if tfjs refuses the row, otherwise it returns whether the result is right. The network
 * 'every kernel' contains max pooling and an embedding.
 */
export const TRAINING_ROWS = {
  'networks of depthwise, separable and dense convolutions and batch norm': (trainer) =>
    trainsLikeCpu(trainer, [
      'two blocks of MobileNetV1',
      'filters of 5×5 and 7×7, a multiplier, and separable convolutions',
    ]),
  'max pooling after batch norm': (trainer) => trainsLikeCpu(trainer, ['every kernel']),
  'an embedding, tf.gather': (trainer) => trainsLikeCpu(trainer, ['every kernel']),
  'gradient of max pooling where no value is positive': () => {
    const x = tf.tensor4d([-4, -3, -2, -1], [1, 2, 2, 1]);
    const dx = tf.grad((input) => tf.maxPool(input, 2, 2, 'valid'))(x, tf.ones([1, 1, 1, 1]));
    return [...dx.dataSync()].join() === '0,0,0,1';
  },
  "gradient of average pooling with 'same'": () =>
    isEach([0.5, 1.5], () => tf.grad((x) => tf.avgPool(x, [1, 2], 1, 'same'))(tf.ones([1, 1, 2, 1]))),
  "gradient of pooling with dimRoundingMode 'ceil'": () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
    return isEach([0, 0, 0, 0, 1, 1, 0, 1, 1], () => tf.grad((x) => tf.maxPool(x, 2, 2, 0, 'ceil'))(x));
  },
  'second derivatives of pooling': () =>
    [tf.maxPool, tf.avgPool].every((pool) => {
      const f = (x) => tf.sum(tf.square(pool(tf.reshape(x, [1, 1, 1, 1]), 1, 1, 'valid')));
      return isEach([2], () => secondDerivative(f, 3));
    }),
  'a layer with dilationRate': async ({ registered }) => {
    const { depthwiseConv2d } = registered ? layersFor(tf, tfl) : tfl.layers;
    const layer = depthwiseConv2d({ kernelSize: 3, dilationRate: 2, inputShape: [7, 7, 1] });
    const model = tfl.sequential({ layers: [layer, tfl.layers.globalAveragePooling2d({})] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await model.trainOnBatch(tf.ones([1, 7, 7, 1]), tf.ones([1, 1]));
    return String(layer.outputShape) === ',3,3,1';
  },
  'second derivatives of a depthwise convolution': () => {
    // f(x) = Σ (2x)³: its second derivative is 48·x.
    const f = (x) => tf.sum(tf.pow(tf.depthwiseConv2d(x, tf.fill([1, 1, 1, 1], 2), 1, 'valid'), 3));
    const x = tf.tensor4d([1, -2], [1, 1, 2, 1]);
    return [...tf.grad(tf.grad(f))(x).dataSync()].join() === '48,-96';
  },
  'batch norm without scale or center, as op': () =>
    isEach([0.5, 0.5], () =>
      tf.grad((x) => tf.batchNorm(x, tf.zeros([1]), tf.ones([1]), null, null, 3))(tf.ones([2, 1])),
    ),
  'batch norm without scale or center, as layer': async ({ registered }) => {
    const { batchNormalization } = registered ? layersFor(tf, tfl) : tfl.layers;
    const layer = batchNormalization({ scale: false, center: false, inputShape: [2], epsilon: 1 });
    const model = tfl.sequential({ layers: [layer, tfl.layers.dense({ units: 1 })] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await model.trainOnBatch(tf.ones([2, 2]), tf.ones([2, 1]));
    return isEach([-2 / Math.sqrt(5), 0], () => layer.apply(tf.tensor2d([0, 1, 4, 1], [2, 2]), { training: true }));
  },
  'batch norm with an axis that is not the last': () => {
    const perRow = (...values) => tf.tensor(values, [1, 2, 1, 1]);
    const x = tf.zeros([1, 2, 2, 1]);
    return isEach([-1, -1, 8, 8], () => tf.batchNorm(x, perRow(1, 2), perRow(1, 4), perRow(0, 9), undefined, 0));
  },
  'second derivatives of relu6, leakyRelu, prelu, elu': () => {
    const eachIsRight = [(x) => tf.relu6(x), (x) => tf.leakyRelu(x, 1), (x) => tf.prelu(x, tf.ones([])), tf.elu].map(
      (f) => isEach([2], () => secondDerivative((x) => tf.sum(tf.square(f(x))), 1)),
    );
    return eachIsRight.every(Boolean);
  },
  'second derivatives of exp, sigmoid, tanh, softmax': () =>
    isEach([4], () => secondDerivative((x) => tf.sum(tf.square(tf.exp(x))), 0)) &&
    isEach([0.125], () => secondDerivative((x) => tf.sum(tf.square(tf.sigmoid(x))), 0)) &&
    isEach([2], () => secondDerivative((x) => tf.sum(tf.square(tf.tanh(x))), 0)) &&
    isEach([0.25], () => secondDerivative((x) => tf.sum(tf.square(tf.softmax(tf.concat([x, tf.zeros([1])])))), 0)),
  'gradients through comparisons (tf.where, masks)': () =>
    isEach([-6, 1], () => tf.grad((x) => tf.where(tf.less(x, 0), tf.square(x), x))(tf.tensor1d([-3, 3]))),
  'gradients of resized images': () => {
    const resized = (x) => tf.image.resizeBilinear(x, [1, 4], false, true);
    return isEach([3.25, 6.75, 4, 0], () => {
      const dy = tf.tensor([1, 2, 3, 4, 4, 0, 0, 0], [2, 1, 4, 1]);
      return tf.grad(resized)(tf.ones([2, 1, 2, 1]), dy);
    });
  },
  'means over axes that are not adjacent': () =>
    isEach([0.1], () => tf.mean(tf.fill([32, 1, 128, 128, 2], 0.1), [0, 2, 3, 4])),
  'the sign of small numbers': () => isEach([-1, 1], () => tf.sign(tf.tensor1d([-1e-8, 1e-40]))),
};

/** Returns whether the first values of a tensor are these. */
function isEach(values, body) {
  return tf.tidy(() => {
    const got = body().dataSync();
    return values.every((value, i) => Math.abs(got[i] - value) <= 1e-5 * Math.max(1, Math.abs(value)));
  });
}

function secondDerivative(f, at) {
  return tf.grad((x) => tf.sum(tf.grad(f)(x)))(tf.tensor1d([at]));
}

/** Returns the verdict of each row. @returns {Promise<Record<string, 'yes' | 'no' | 'wrong'>>} */
export async function trainingVerdicts(trainer) {
  const references = trainer.backend === 'cpu' ? {} : await referencesOf();
  if (trainer.registered) await registerKernels(tf, { backend: trainer.backend });
  await useBackend(trainer.backend);
  const verdicts = {};
  for (const [row, isRight] of Object.entries(TRAINING_ROWS)) {
    try {
      verdicts[row] = (await isRight({ ...trainer, references })) ? 'yes' : 'wrong';
    } catch {
      verdicts[row] = 'no';
    }
  }
  return verdicts;
}

const NETWORKS = [
  'two blocks of MobileNetV1',
  'filters of 5×5 and 7×7, a multiplier, and separable convolutions',
  'every kernel',
];

/** Returns the losses of each network on tfjs's cpu backend, which supports all kernels that the networks use. */
async function referencesOf() {
  await useBackend('cpu');
  const losses = {};
  for (const name of NETWORKS) {
    losses[name] = (await train({ tf, tfl }, name, optimizers.SGD, { steps: STEPS })).losses;
  }
  return losses;
}

async function trainsLikeCpu({ references }, names) {
  for (const name of names) {
    const { losses } = await train({ tf, tfl }, name, optimizers.SGD, { steps: STEPS });
    const expected = references[name] ?? losses;
    if (!losses.every((loss, i) => Math.abs(loss - expected[i]) <= 1e-5 * expected[i])) return false;
  }
  return true;
}
