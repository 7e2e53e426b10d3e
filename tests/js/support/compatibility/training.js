import * as tfl from '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';
import { layersFor } from 'depthwise-wasm/tfjs-layers';

import { optimizers, train } from '../tfjs-networks.js';
import { tf, useBackend } from '../tfjs.js';

/** The backends of the table of training in docs/compatibility.md. */
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
  'model.fit: depthwise, separable and dense convolutions, batch norm': (trainer) =>
    trainsLikeCpu(trainer, [
      'two blocks of MobileNetV1',
      'filters of 5×5 and 7×7, a multiplier, and separable convolutions',
    ]),
  'model.fit: max and average pooling after batch norm': (trainer) => trainsLikeCpu(trainer, ['every kernel']),
  'model.fit: an embedding (tf.gather)': (trainer) => trainsLikeCpu(trainer, ['every kernel']),
  'tf.maxPool, tf.avgPool: second derivatives': () =>
    [tf.maxPool, tf.avgPool].every((pool) => {
      const f = (x) => tf.sum(tf.square(pool(tf.reshape(x, [1, 1, 1, 1]), 1, 1, 'valid')));
      return isEach([2], () => secondDerivative(f, 3));
    }),
  'tf.depthwiseConv2d: second derivatives': () => {
    // f(x) = Σ (2x)³: its second derivative is 48·x.
    const f = (x) => tf.sum(tf.pow(tf.depthwiseConv2d(x, tf.fill([1, 1, 1, 1], 2), 1, 'valid'), 3));
    const x = tf.tensor4d([1, -2], [1, 1, 2, 1]);
    return [...tf.grad(tf.grad(f))(x).dataSync()].join() === '48,-96';
  },
  'tf.conv2d: second derivatives': () => {
    const f = (x) => tf.sum(tf.pow(tf.conv2d(x, tf.fill([1, 1, 1, 1], 2), 1, 'valid'), 3));
    const x = tf.tensor4d([1, -2], [1, 1, 2, 1]);
    return isEach([48, -96], () => tf.grad(tf.grad(f))(x));
  },
  'depthwiseConv2d layer with dilationRate': async ({ registered }) => {
    const { depthwiseConv2d } = registered ? layersFor(tf, tfl) : tfl.layers;
    const layer = depthwiseConv2d({ kernelSize: 3, dilationRate: 2, inputShape: [7, 7, 1] });
    const model = tfl.sequential({ layers: [layer, tfl.layers.globalAveragePooling2d({})] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await model.trainOnBatch(tf.ones([1, 7, 7, 1]), tf.ones([1, 1]));
    return String(layer.outputShape) === ',3,3,1';
  },
  'conv2d layer with dilationRate': async ({ registered }) => {
    const { conv2d } = registered ? layersFor(tf, tfl) : tfl.layers;
    const layer = conv2d({ filters: 2, kernelSize: 3, dilationRate: 2, inputShape: [7, 7, 1] });
    const model = tfl.sequential({ layers: [layer, tfl.layers.globalAveragePooling2d({})] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await model.trainOnBatch(tf.ones([1, 7, 7, 1]), tf.ones([1, 2]));
    return String(layer.outputShape) === ',3,3,2';
  },
  'tf.batchNorm without scale or offset: gradient': () =>
    isEach([0.5, 0.5], () =>
      tf.grad((x) => tf.batchNorm(x, tf.zeros([1]), tf.ones([1]), null, null, 3))(tf.ones([2, 1])),
    ),
  'batchNormalization layer without scale or center': async ({ registered }) => {
    const { batchNormalization } = registered ? layersFor(tf, tfl) : tfl.layers;
    const layer = batchNormalization({ scale: false, center: false, inputShape: [2], epsilon: 1 });
    const model = tfl.sequential({ layers: [layer, tfl.layers.dense({ units: 1 })] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await model.trainOnBatch(tf.ones([2, 2]), tf.ones([2, 1]));
    return isEach([-2 / Math.sqrt(5), 0], () => layer.apply(tf.tensor2d([0, 1, 4, 1], [2, 2]), { training: true }));
  },
  'tf.batchNorm with parameters of an axis that is not the last': () => {
    const perRow = (...values) => tf.tensor(values, [1, 2, 1, 1]);
    const x = tf.zeros([1, 2, 2, 1]);
    return isEach([-1, -1, 8, 8], () => tf.batchNorm(x, perRow(1, 2), perRow(1, 4), perRow(0, 9), undefined, 0));
  },
  'tf.relu6, tf.leakyRelu, tf.prelu, tf.elu: second derivatives': () => {
    const eachIsRight = [(x) => tf.relu6(x), (x) => tf.leakyRelu(x, 1), (x) => tf.prelu(x, tf.ones([])), tf.elu].map(
      (f) => isEach([2], () => secondDerivative((x) => tf.sum(tf.square(f(x))), 1)),
    );
    return eachIsRight.every(Boolean);
  },
  'tf.exp, tf.sigmoid, tf.tanh, tf.softmax: second derivatives': () =>
    isEach([4], () => secondDerivative((x) => tf.sum(tf.square(tf.exp(x))), 0)) &&
    isEach([0.125], () => secondDerivative((x) => tf.sum(tf.square(tf.sigmoid(x))), 0)) &&
    isEach([2], () => secondDerivative((x) => tf.sum(tf.square(tf.tanh(x))), 0)) &&
    isEach([0.25], () => secondDerivative((x) => tf.sum(tf.square(tf.softmax(tf.concat([x, tf.zeros([1])])))), 0)),
  'tf.where with tf.less: gradient': () =>
    isEach([-6, 1], () => tf.grad((x) => tf.where(tf.less(x, 0), tf.square(x), x))(tf.tensor1d([-3, 3]))),
  'tf.image.resizeBilinear with halfPixelCenters: gradient': () => {
    const resized = (x) => tf.image.resizeBilinear(x, [1, 4], false, true);
    return isEach([3.25, 6.75, 4, 0], () => {
      const dy = tf.tensor([1, 2, 3, 4, 4, 0, 0, 0], [2, 1, 4, 1]);
      return tf.grad(resized)(tf.ones([2, 1, 2, 1]), dy);
    });
  },
  'tf.image.resizeNearestNeighbor with halfPixelCenters: gradient': () =>
    isEach([3, 3, 9, 0, 1, 0], () => {
      const f = (x) => tf.image.resizeNearestNeighbor(x, [1, 5], false, true);
      return tf.grad(f)(tf.ones([2, 1, 3, 1]), tf.tensor([1, 2, 3, 4, 5, 0, 0, 1, 0, 0], [2, 1, 5, 1]));
    }),
  'tf.mean over axes that are not adjacent': () =>
    isEach([0.1], () => tf.mean(tf.fill([32, 1, 128, 128, 2], 0.1), [0, 2, 3, 4])),
  'tf.clipByValue, tf.relu6 of NaN': () =>
    [tf.clipByValue(tf.tensor1d([NaN]), -1, 1), tf.relu6(tf.tensor1d([NaN]))].every((y) => isNaN(y.dataSync()[0])),
  'tf.sign of small numbers': () => isEach([-1, 1], () => tf.sign(tf.tensor1d([-1e-8, 1e-40]))),
  'tf.matMul with a b that was multiplied in another shape': () =>
    isEach(Array(24).fill(2), () => {
      const b = tf.ones([8, 2]);
      tf.matMul(tf.ones([3, 8]), b);
      return tf.matMul(tf.ones([3, 2]), tf.reshape(b, [2, 8]));
    }),
  'tf.matMul of batches that both broadcast': () =>
    isEach([1, 10, 2, 20], () => tf.matMul(tf.tensor([1, 2], [2, 1, 1, 1]), tf.tensor([1, 10], [1, 2, 1, 1]))),
  'tf.matMul over an inner size of 0': () =>
    isEach(Array(64).fill(0), () => {
      const ones = Array.from({ length: 50 }, () => tf.ones([8, 8]));
      tf.dispose(ones.filter((_, i) => i % 2 === 0)); // the result takes the memory of one of them
      return tf.matMul(tf.ones([8, 0]), tf.ones([0, 8]));
    }),
  'tf.matMul with one b for a batch: gradient': () =>
    isEach([2, 2], () => tf.grad((b) => tf.matMul(tf.ones([2, 1, 2]), b))(tf.ones([2, 1]))),
  'tf.conv3d: gradients': () =>
    isEach(Array(8).fill(1), () =>
      tf.grad((x) => tf.conv3d(x, tf.ones([1, 1, 1, 1, 1]), 1, 'valid'))(tf.ones([1, 2, 2, 2, 1])),
    ) &&
    isEach([4], () => {
      const x = tf.reshape(tf.range(1, 4), [1, 1, 1, 3, 1]);
      return tf.grad((w) => tf.conv3d(x, w, 2, 'valid'))(tf.ones([1, 1, 1, 1, 1]));
    }),
  "tf.conv3d, 'same', stride larger than the filter": () => {
    const x = tf.reshape(tf.range(1, 5), [1, 1, 1, 4, 1]);
    return isEach([21], () => tf.conv3d(x, tf.tensor([1, 10], [1, 1, 2, 1, 1]), [1, 1, 4], 'same'));
  },
  "tf.maxPool3d, tf.avgPool3d, 'same', stride larger than the window": () => {
    const x = tf.reshape(tf.range(1, 5), [1, 1, 1, 4, 1]);
    const pooled = (pool) => () => pool(x, [1, 1, 2], [1, 1, 4], 'same');
    return isEach([2], pooled(tf.maxPool3d)) && isEach([1.5], pooled(tf.avgPool3d));
  },
  "tf.avgPool3d, 'same': gradient": () =>
    isEach([0.5, 1.5], () => tf.grad((x) => tf.avgPool3d(x, [1, 1, 2], 1, 'same'))(tf.ones([1, 1, 1, 2, 1]))),
  'tf.maxPool3d of negative values': () =>
    isEach([-1], () => tf.maxPool3d(tf.tensor([-2, -1], [1, 1, 1, 2, 1]), [1, 1, 2], 1, 'valid')),
  'tf.einsum': () => isEach([11], () => tf.einsum('i,i->', tf.tensor1d([1, 2]), tf.tensor1d([3, 4]))),
  'tf.einsum with a sum over a label of one operand': () =>
    isEach([20, 40], () => tf.einsum('ij,k->i', tf.tensor2d([1, 1, 2, 2], [2, 2]), tf.tensor1d([3, 7]))),
  'tf.einsum: gradient': () =>
    isEach([3, 4], () => tf.grad((x) => tf.einsum('i,i->', x, tf.tensor1d([3, 4])))(tf.tensor1d([1, 2]))),
  'tf.gather with batchDims': () => {
    const x = tf.reshape(tf.range(0, 12), [2, 3, 2]);
    return isEach([2, 3, 6, 7], () => tf.gather(x, tf.tensor2d([[1], [0]], [2, 1], 'int32'), 1, 1));
  },
  'tf.unsortedSegmentSum of int32': () =>
    isEach([16777217, 2], () =>
      tf.unsortedSegmentSum(tf.tensor1d([16777216, 1, 2], 'int32'), tf.tensor1d([0, 0, 1], 'int32'), 2),
    ),
  'tf.complex, tf.spectral.fft': () =>
    isEach([3, -1], () => tf.real(tf.spectral.fft(tf.complex(tf.tensor1d([1, 2]), tf.zeros([2]))))),
  'tf.raggedGather': () =>
    isEach([2, 1], () => {
      const splits = tf.tensor1d([0, 1, 2], 'int32');
      const at = tf.tensor1d([1, 0], 'int32');
      return tf.raggedGather([splits], tf.tensor1d([1, 2]), at, 1).outputDenseValues;
    }),
  'tf.string.staticRegexReplace': () =>
    tf.string.staticRegexReplace(tf.tensor1d(['ab']), 'b', 'c').dataSync()[0] === 'ac',
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
