/** Side length of a picture of the small network. */
export const SIZE = 32;
/** Side length of a picture of the pretrained network, and of pictures from the camera and from files. */
export const PHOTO_SIZE = 96;
export const CHANNELS = 3;
/** Options of a training that learns the samples of the page well: the number of samples in a batch, and the learning rate. */
export const TRAINING = { batch: 16, rate: 3e-3 };
/** The number of classes that a network can distinguish on this page. */
export const MIN_CLASSES = 2;
export const MAX_CLASSES = 10;

/** Depthwise-separable blocks: a depthwise convolution with these strides, then a 1×1 convolution with this number of filters. */
const BLOCKS = [
  { filters: 32, strides: 1 },
  { filters: 64, strides: 2 },
  { filters: 64, strides: 1 },
  { filters: 128, strides: 2 },
];

/**
 * Momentum of the moving means and variances, which batch normalization uses for predictions. The default of TensorFlow.js, 0.99, needs
 * hundreds of steps, and this training is shorter.
 */
export const MOMENTUM = 0.8;

/**
 * Returns a small network like MobileNet. It maps pictures [batch, 32, 32, 3] with values from -1 to 1 to probabilities [batch, classes].
 * All layers train. The first weights depend on the seed only, not on the backend.
 *
 * @param {typeof import('@tensorflow/tfjs-layers')} tfl
 * @param {{ seed: number, classes: number }} options
 */
export function createNetwork(tfl, { seed, classes }) {
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
    layers.dense({ units: classes, activation: 'softmax', kernelInitializer: initializer() }),
  ];
  for (const layer of stack) model.add(layer);
  return model;
}
