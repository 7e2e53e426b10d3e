import * as tfl from '@tensorflow/tfjs-layers';
import { V1_BLOCKS } from './mobilenet-v1.js';

// Whole networks in tfjs-layers. The MobileNets are as their authors define them. EfficientNet, ConvNeXt and ResNet are small
// networks with the blocks of the networks of these names. Unless noted otherwise, a convolution has no bias, and batch normalization follows
// it. The weights are random, and the same in each process.

/** Expansion, filters, number of blocks, and strides of the first of them, in MobileNetV2 (M. Sandler et al., 2018). */
const V2_STAGES = [
  { expansion: 1, filters: 16, count: 1, strides: 1 },
  { expansion: 6, filters: 24, count: 2, strides: 2 },
  { expansion: 6, filters: 32, count: 3, strides: 2 },
  { expansion: 6, filters: 64, count: 4, strides: 2 },
  { expansion: 6, filters: 96, count: 3, strides: 1 },
  { expansion: 6, filters: 160, count: 3, strides: 2 },
  { expansion: 6, filters: 320, count: 1, strides: 1 },
];

/** Expansion, filter size, filters, number of blocks, and strides of the first of them, in EfficientNet-B0 (M. Tan, Q. Le, 2019). */
const EFFICIENTNET_STAGES = [
  { expansion: 1, size: 3, filters: 16, count: 1, strides: 1 },
  { expansion: 6, size: 3, filters: 24, count: 2, strides: 2 },
  { expansion: 6, size: 5, filters: 40, count: 2, strides: 2 },
  { expansion: 6, size: 3, filters: 80, count: 3, strides: 2 },
  { expansion: 6, size: 5, filters: 112, count: 3, strides: 1 },
  { expansion: 6, size: 5, filters: 192, count: 4, strides: 2 },
  { expansion: 6, size: 3, filters: 320, count: 1, strides: 1 },
];

/** Filters of the stages of ConvNeXt-T (Z. Liu et al., 2022), without the last stage. Here, each stage consists of two blocks. */
const CONVNEXT_STAGES = [96, 192, 384];

/** Filters of the stages of ResNet-18 (K. He et al., 2015). Each stage consists of two blocks. */
const RESNET_STAGES = [64, 128, 256, 512];

/** Returns MobileNetV1 for pictures of size × size pixels, with alpha times as many filters. */
export function mobilenetV1({ size, alpha, classes }) {
  const { conv, depthwise, relu6, model } = parts(size, classes);
  const width = (filters) => Math.round(filters * alpha);
  return model((input) => {
    let y = relu6(conv(input, width(32), 3, 2));
    for (const { filters, strides } of V1_BLOCKS) y = relu6(conv(relu6(depthwise(y, strides)), width(filters), 1));
    return y;
  });
}

/** Returns MobileNetV2. The last convolution contains at least 1280 filters. */
export function mobilenetV2({ size, alpha = 1, classes }) {
  const { conv, depthwise, relu6, add, model } = parts(size, classes);
  const block = (x, expansion, filters, strides) => {
    const channels = x.shape[3];
    const wide = expansion === 1 ? x : relu6(conv(x, channels * expansion, 1));
    const y = conv(relu6(depthwise(wide, strides)), filters, 1);
    return strides === 1 && channels === filters ? add(x, y) : y;
  };
  return model((input) => {
    let y = relu6(conv(input, multipleOf8(32 * alpha), 3, 2));
    for (const { expansion, filters, count, strides } of V2_STAGES) {
      for (let i = 0; i < count; ++i) y = block(y, expansion, multipleOf8(filters * alpha), i === 0 ? strides : 1);
    }
    return relu6(conv(y, multipleOf8(1280 * Math.max(1, alpha)), 1));
  });
}

/** Returns a network with the blocks of EfficientNet: depthwise convolution, squeeze and excitation, swish. */
export function efficientnet({ size, alpha, classes }) {
  const { conv, plainConv, depthwise, activation, add, layers, model } = parts(size, classes);
  const swish = activation('swish');
  /** Multiplies each channel by a factor between 0 and 1, which is computed from the means of all channels. */
  const excite = (x, squeezed) => {
    const channels = x.shape[3];
    const means = layers.reshape({ targetShape: [1, 1, channels] }).apply(layers.globalAveragePooling2d({}).apply(x));
    const narrow = swish(plainConv(means, squeezed, 1));
    return layers.multiply().apply([x, activation('sigmoid')(plainConv(narrow, channels, 1))]);
  };
  const block = (x, { expansion, size }, filters, strides) => {
    const channels = x.shape[3];
    const wide = expansion === 1 ? x : swish(conv(x, channels * expansion, 1));
    const excited = excite(swish(depthwise(wide, strides, size)), Math.max(1, Math.round(channels / 4)));
    const y = conv(excited, filters, 1);
    return strides === 1 && channels === filters ? add(x, y) : y;
  };
  return model((input) => {
    let y = swish(conv(input, multipleOf8(32 * alpha), 3, 2));
    for (const stage of EFFICIENTNET_STAGES) {
      const filters = multipleOf8(stage.filters * alpha);
      for (let i = 0; i < stage.count; ++i) y = block(y, stage, filters, i === 0 ? stage.strides : 1);
    }
    return swish(conv(y, multipleOf8(1280 * alpha), 1));
  });
}

/** Returns a network with the blocks of ConvNeXt: 7×7 depthwise convolution, LayerNormalization, gelu. Convolutions use a bias. */
export function convnext({ size, alpha, classes }) {
  const { plainConv, plainDepthwise, activation, add, layers, model } = parts(size, classes);
  const norm = (x) => layers.layerNormalization({ epsilon: 1e-6 }).apply(x);
  const block = (x) => {
    const channels = x.shape[3];
    const wide = activation('gelu')(plainConv(norm(plainDepthwise(x, 7)), 4 * channels, 1));
    return add(x, plainConv(wide, channels, 1));
  };
  return model((input) => {
    const widths = CONVNEXT_STAGES.map((filters) => multipleOf8(filters * alpha));
    let y = norm(plainConv(input, widths[0], 4, 4));
    for (const [i, width] of widths.entries()) {
      if (i > 0) y = plainConv(norm(y), width, 2, 2);
      y = block(block(y));
    }
    return norm(y);
  });
}

/** Returns a network with the blocks of ResNet-18. */
export function resnet({ size, alpha, classes }) {
  const { conv, add, layers, model } = parts(size, classes);
  const relu = (x) => layers.reLU().apply(x);
  const block = (x, filters, strides) => {
    const y = conv(relu(conv(x, filters, 3, strides)), filters, 3);
    const shortcut = strides === 1 && x.shape[3] === filters ? x : conv(x, filters, 1, strides);
    return relu(add(shortcut, y));
  };
  return model((input) => {
    const widths = RESNET_STAGES.map((filters) => multipleOf8(filters * alpha));
    const stem = relu(conv(input, widths[0], 7, 2));
    let y = layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(stem);
    for (const [i, width] of widths.entries()) y = block(block(y, width, i === 0 ? 1 : 2), width, 1);
    return y;
  });
}

/** Returns the multiple of 8 next to a number of filters, at least 8 and at least nine tenths of the number, as in MobileNetV2. */
function multipleOf8(filters) {
  const rounded = Math.max(8, Math.floor((filters + 4) / 8) * 8);
  return rounded < 0.9 * filters ? rounded + 8 : rounded;
}

function parts(size, classes) {
  const { layers, initializers } = tfl;
  let nextSeed = 1;
  const heNormal = () => initializers.heNormal({ seed: nextSeed++ });
  // heNormal counts all channels as inputs of an output. A depthwise convolution uses one channel.
  const depthwiseNormal = (kernelSize) =>
    initializers.randomNormal({ mean: 0, stddev: Math.sqrt(2 / kernelSize ** 2), seed: nextSeed++ });
  const convLayer = (options) => layers.conv2d({ padding: 'same', kernelInitializer: heNormal(), ...options });
  const depthwiseLayer = ({ kernelSize, ...options }) =>
    layers.depthwiseConv2d({
      ...{ padding: 'same', kernelSize, depthwiseInitializer: depthwiseNormal(kernelSize) },
      ...options,
    });
  const normalized = (y) => layers.batchNormalization({ momentum: 0.9 }).apply(y);
  return {
    layers,
    conv: (x, filters, kernelSize, strides = 1) =>
      normalized(convLayer({ filters, kernelSize, strides, useBias: false }).apply(x)),
    plainConv: (x, filters, kernelSize, strides = 1) => convLayer({ filters, kernelSize, strides }).apply(x),
    depthwise: (x, strides, kernelSize = 3) =>
      normalized(depthwiseLayer({ kernelSize, strides, useBias: false }).apply(x)),
    plainDepthwise: (x, kernelSize) => depthwiseLayer({ kernelSize }).apply(x),
    relu6: (x) => layers.reLU({ maxValue: 6 }).apply(x),
    activation: (name) => (x) => layers.activation({ activation: name }).apply(x),
    add: (x, y) => layers.add().apply([x, y]),
    /** Returns the model that classifies the mean over all pixels of what `features` returns. */
    model(features) {
      const input = tfl.input({ shape: [size, size, 3] });
      const mean = layers.globalAveragePooling2d({}).apply(features(input));
      const top = layers.dense({ units: classes, activation: 'softmax', kernelInitializer: heNormal() });
      return tfl.model({ inputs: input, outputs: /** @type {any} */ (top.apply(mean)) });
    },
  };
}
