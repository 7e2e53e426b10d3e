import * as tfl from '@tensorflow/tfjs-layers';

// Whole networks in tfjs-layers, as their authors define them: each convolution without bias, followed by batch normalization, and by relu6
// unless it is linear. The weights are random, and the same in each process.

/** Filters and strides of the pairs of a depthwise and a pointwise convolution in MobileNetV1 (A. Howard et al., 2017). */
const V1_BLOCKS = [
  { filters: 64, strides: 1 },
  { filters: 128, strides: 2 },
  { filters: 128, strides: 1 },
  { filters: 256, strides: 2 },
  { filters: 256, strides: 1 },
  { filters: 512, strides: 2 },
  ...Array(5).fill({ filters: 512, strides: 1 }),
  { filters: 1024, strides: 2 },
  { filters: 1024, strides: 1 },
];

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

/** Returns MobileNetV2 with alpha 1 for pictures of size × size pixels. */
export function mobilenetV2({ size, classes }) {
  const { conv, depthwise, relu6, model } = parts(size, classes);
  const block = (x, channels, { expansion, filters }, strides) => {
    const wide = expansion === 1 ? x : relu6(conv(x, channels * expansion, 1));
    const y = conv(relu6(depthwise(wide, strides)), filters, 1);
    return strides === 1 && channels === filters ? tfl.layers.add().apply([x, y]) : y;
  };
  return model((input) => {
    let channels = 32;
    let y = relu6(conv(input, channels, 3, 2));
    for (const stage of V2_STAGES) {
      for (let i = 0; i < stage.count; ++i) {
        y = block(y, channels, stage, i === 0 ? stage.strides : 1);
        channels = stage.filters;
      }
    }
    return relu6(conv(y, 1280, 1));
  });
}

function parts(size, classes) {
  const { layers, initializers } = tfl;
  let nextSeed = 1;
  const heNormal = () => initializers.heNormal({ seed: nextSeed++ });
  // heNormal counts all channels as inputs of an output. A depthwise convolution has one.
  const depthwiseNormal = () => initializers.randomNormal({ mean: 0, stddev: Math.sqrt(2 / 9), seed: nextSeed++ });
  const common = { padding: 'same', useBias: false };
  const normalized = (y) => layers.batchNormalization({ momentum: 0.9 }).apply(y);
  return {
    conv: (x, filters, kernelSize, strides = 1) =>
      normalized(layers.conv2d({ ...common, filters, kernelSize, strides, kernelInitializer: heNormal() }).apply(x)),
    depthwise: (x, strides) =>
      normalized(
        layers.depthwiseConv2d({ ...common, kernelSize: 3, strides, depthwiseInitializer: depthwiseNormal() }).apply(x),
      ),
    relu6: (x) => layers.reLU({ maxValue: 6 }).apply(x),
    /** Returns the model that classifies the mean over all pixels of what `features` returns. */
    model(features) {
      const input = tfl.input({ shape: [size, size, 3] });
      const mean = layers.globalAveragePooling2d({}).apply(features(input));
      const top = layers.dense({ units: classes, activation: 'softmax', kernelInitializer: heNormal() });
      return tfl.model({ inputs: input, outputs: top.apply(mean) });
    },
  };
}
