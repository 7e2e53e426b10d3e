/** Of a picture's sides: what the network sees, and what the page keeps of a sample. */
export const SIZE = 32;
export const CHANNELS = 3;
export const CLASSES = 3;

/** Depthwise-separable blocks: a depthwise convolution with these strides, then a pointwise one with so many filters. */
const BLOCKS = [
  { filters: 32, strides: 1 },
  { filters: 64, strides: 2 },
  { filters: 64, strides: 1 },
  { filters: 128, strides: 2 },
];

/**
 * Of the moving means and variances, by which the network normalizes when it predicts. tfjs's default, 0.99, follows them over hundreds of
 * steps, and this training is shorter.
 */
const MOMENTUM = 0.8;

/**
 * A small relative of MobileNet: pictures [batch, 32, 32, 3] from -1 to 1 become probabilities [batch, 3]. All of it trains. The weights
 * depend on the seed alone, whatever the backend.
 *
 * @param {typeof import('@tensorflow/tfjs-layers')} tfl
 * @param {{ seed: number }} options
 */
export function makeNetwork(tfl, { seed }) {
  const { layers } = tfl;
  let nextSeed = seed;
  const initializer = () => tfl.initializers.heNormal({ seed: nextSeed++ });
  const convolution = /** @type {const} */ ({ padding: 'same', useBias: false });
  const normalized = (layer) => [
    layer,
    layers.batchNormalization({ momentum: MOMENTUM }),
    layers.reLU({ maxValue: 6 }),
  ];
  const model = tfl.sequential();
  const stack = [
    layers.inputLayer({ inputShape: [SIZE, SIZE, CHANNELS] }),
    ...normalized(
      layers.conv2d({ ...convolution, filters: 16, kernelSize: 3, strides: 2, kernelInitializer: initializer() }),
    ),
    ...BLOCKS.flatMap(({ filters, strides }) => [
      ...normalized(
        layers.depthwiseConv2d({ ...convolution, kernelSize: 3, strides, depthwiseInitializer: initializer() }),
      ),
      ...normalized(layers.conv2d({ ...convolution, filters, kernelSize: 1, kernelInitializer: initializer() })),
    ]),
    layers.globalAveragePooling2d({}),
    layers.dense({ units: CLASSES, activation: 'softmax', kernelInitializer: initializer() }),
  ];
  for (const layer of stack) model.add(layer);
  return model;
}
