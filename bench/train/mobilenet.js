/**
 * MobileNetV1 (A. Howard et al., MobileNets, 2017) as tfjs-layers builds it: a convolution, then thirteen pairs of a depthwise and a
 * pointwise convolution, each followed by batch normalization and relu6.
 */
const BLOCKS = [
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

/** @param {any} tf tfjs-layers @param {{ alpha: number, size: number, classes: number, seed: number }} options */
export function mobilenetV1(tf, { alpha, size, classes, seed }) {
  const { layers } = tf;
  let nextSeed = seed;
  const initializer = () => tf.initializers.heNormal({ seed: nextSeed++ });
  const width = (filters) => Math.round(filters * alpha);
  const common = { padding: 'same', useBias: false };
  const normalized = (convolution) => [
    convolution,
    layers.batchNormalization({ momentum: 0.9 }),
    layers.reLU({ maxValue: 6 }),
  ];
  const model = tf.sequential();
  const stack = [
    layers.inputLayer({ inputShape: [size, size, 3] }),
    ...normalized(
      layers.conv2d({ ...common, filters: width(32), kernelSize: 3, strides: 2, kernelInitializer: initializer() }),
    ),
    ...BLOCKS.flatMap(({ filters, strides }) => [
      ...normalized(layers.depthwiseConv2d({ ...common, kernelSize: 3, strides, depthwiseInitializer: initializer() })),
      ...normalized(
        layers.conv2d({ ...common, filters: width(filters), kernelSize: 1, kernelInitializer: initializer() }),
      ),
    ]),
    layers.globalAveragePooling2d({}),
    layers.dense({ units: classes, activation: 'softmax', kernelInitializer: initializer() }),
  ];
  for (const layer of stack) model.add(layer);
  return model;
}
