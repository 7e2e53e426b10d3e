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
};

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
