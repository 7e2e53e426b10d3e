import { V1_BLOCKS } from '../../../bench/shared/mobilenet-v1.js';
import { CHANNELS, MOMENTUM, PHOTO_SIZE } from './network.js';

// A pretrained MobileNet whose last blocks train on the user's pictures.

/** Filters of the first convolution. */
const FIRST = 32;

/** The first blocks of MobileNetV1. In the pretrained network, the later blocks are specific to faces. */
const BLOCKS = V1_BLOCKS.slice(0, 6);
/** The number of blocks that do not train. */
const FROZEN = 4;

/**
 * Returns a MobileNet with pretrained weights. Only its last blocks and its new last layer train. For this reason the first part computes the
 * features of all pictures once, before the training.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {typeof import('@tensorflow/tfjs-layers')} tfl
 * @param {ArrayBuffer} file the file that `packed-data/mobilenet.js` writes
 * @param {{ seed: number, classes: number }} options
 * @returns `model`: the network, from pictures [batch, 96, 96, 3] with values from -1 to 1 to probabilities; `frozen` and `trained`: its two
 *   parts, which share its weights
 */
export function createMobileNet(tf, tfl, file, { seed, classes }) {
  const { layers } = tfl;
  const relu6 = () => layers.reLU({ maxValue: 6 });
  const first = [layers.conv2d({ filters: FIRST, kernelSize: 3, strides: 2, padding: 'same' }), relu6()];
  const blocks = BLOCKS.map(({ filters, strides }) => [
    layers.depthwiseConv2d({ kernelSize: 3, strides, padding: 'same' }),
    relu6(),
    layers.conv2d({ filters, kernelSize: 1 }),
    relu6(),
  ]);
  const head = [
    layers.globalAveragePooling2d({}),
    layers.batchNormalization({ momentum: MOMENTUM }),
    layers.dense({ units: classes, activation: 'softmax', kernelInitializer: tfl.initializers.glorotNormal({ seed }) }),
  ];
  const frozenLayers = [...first, ...blocks.slice(0, FROZEN).flat()];
  const trainedLayers = [...blocks.slice(FROZEN).flat(), ...head];

  const input = tfl.input({ shape: [PHOTO_SIZE, PHOTO_SIZE, CHANNELS] });
  const features = applied(frozenLayers, input);
  const model = tfl.model({ inputs: input, outputs: applied(trainedLayers, features) });
  const frozen = tfl.model({ inputs: input, outputs: features });
  const featureInput = tfl.input({ shape: features.shape.slice(1) });
  const trained = tfl.model({ inputs: featureInput, outputs: applied(trainedLayers, featureInput) });
  setWeights(tf, [...first, ...blocks.flat()], file);
  return { model, frozen, trained };
}

/** @param {import('@tensorflow/tfjs-layers').layers.Layer[]} layers @param {any} input */
function applied(layers, input) {
  return layers.reduce((value, layer) => layer.apply(value), input);
}

/**
 * Sets the weights of the layers in the file.
 *
 * @param {typeof import('@tensorflow/tfjs-core')} tf
 * @param {import('@tensorflow/tfjs-layers').layers.Layer[]} layers
 * @param {ArrayBuffer} file
 */
function setWeights(tf, layers, file) {
  const [floatCount] = new Uint32Array(file, 0, 1);
  const floats = new Float32Array(file, 4, floatCount);
  const bytes = new Uint8Array(file, 4 + floats.byteLength);
  let [nextFloat, nextByte] = [0, 0];
  const takeFloats = (/** @type {number} */ count) => floats.subarray(nextFloat, (nextFloat += count));
  const takeScaled = (/** @type {number} */ count) => {
    const [scale, min] = takeFloats(2);
    return Float32Array.from(bytes.subarray(nextByte, (nextByte += count)), (byte) => byte * scale + min);
  };
  for (const layer of layers.filter(({ weights }) => weights.length > 0)) {
    const [kernel, bias] = layer.weights.map(({ shape }) => /** @type {number[]} */ (shape));
    const isDepthwise = kernel[3] === 1;
    const values = isDepthwise ? takeFloats(tf.util.sizeFromShape(kernel)) : takeScaled(tf.util.sizeFromShape(kernel));
    const given = [tf.tensor(values, kernel), tf.tensor(takeFloats(bias[0]), bias)];
    layer.setWeights(given);
    tf.dispose(given);
  }
}
