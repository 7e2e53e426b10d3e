const BATCH = 4;
const SIZE = 12;
const CHANNELS = 3;
const FEATURES = 12;
const CLASSES = 3;
const WORDS = 5;

/**
 * A small net in tfjs-layers whose training and prediction use every kernel: a pointwise and a depthwise convolution of pictures, each
 * with batch normalization and relu6, and beside them an embedding of words. Weights and data are the same in every one.
 */
export class Net {
  #tf;
  #model;
  #depthwise;
  #data;
  #nextSeed = 1;

  constructor(tf, tfl) {
    this.#tf = tf;
    const { layers } = tfl;
    const initializer = () => tfl.initializers.heNormal({ seed: this.#nextSeed++ });
    const convolution = { kernelSize: 3, padding: 'same', useBias: false };
    const rest = [layers.maxPooling2d({ poolSize: 2 }), layers.globalAveragePooling2d({})];
    const normalized = () => [layers.batchNormalization(), layers.reLU({ maxValue: 6 })];
    const pointwise = layers.conv2d({
      ...convolution,
      filters: FEATURES,
      kernelSize: 1,
      kernelInitializer: initializer(),
    });
    this.#depthwise = layers.depthwiseConv2d({ ...convolution, depthwiseInitializer: initializer() });
    const embedding = layers.embedding({
      inputDim: WORDS,
      outputDim: FEATURES,
      embeddingsInitializer: initializer(),
    });
    const dense = layers.dense({ units: CLASSES, activation: 'softmax', kernelInitializer: initializer() });

    const pictures = tfl.input({ shape: [SIZE, SIZE, CHANNELS] });
    const words = tfl.input({ shape: [1] });
    const ofPictures = inTurn(pictures, pointwise, ...normalized(), this.#depthwise, ...normalized(), ...rest);
    const sum = layers.add().apply([ofPictures, inTurn(words, embedding, layers.flatten())]);
    this.#model = tfl.model({ inputs: [pictures, words], outputs: dense.apply(sum) });
    this.#model.compile({ optimizer: tf.train.sgd(0.05), loss: 'categoricalCrossentropy' });
    this.#data = dataOf(tf);
  }

  /** One step; gives the loss before it. */
  train() {
    const { pictures, words, classes } = this.#data;
    return this.#model.trainOnBatch([pictures, words], classes);
  }

  /** The depthwise convolution as nets have it that only predict, in one with a bias and relu6. */
  predict() {
    const tf = this.#tf;
    return tf.tidy(() => {
      const [filter] = this.#depthwise.getWeights();
      const bias = tf.linspace(-1, 1, FEATURES);
      const options = { x: this.#data.features, filter, strides: 1, pad: 'same', bias, activation: 'relu6' };
      return Array.from(tf.fused.depthwiseConv2d(options).dataSync());
    });
  }
}

function inTurn(tensor, ...layers) {
  return layers.reduce((y, layer) => layer.apply(y), tensor);
}

function dataOf(tf) {
  const countUpTo = (most) => Array.from({ length: BATCH }, (_, i) => i % most);
  return tf.tidy(() => ({
    pictures: tf.randomUniform([BATCH, SIZE, SIZE, CHANNELS], -1, 1, 'float32', 7),
    features: tf.randomUniform([BATCH, SIZE, SIZE, FEATURES], -1, 1, 'float32', 8),
    words: tf.tensor2d(countUpTo(WORDS), [BATCH, 1]),
    classes: tf.cast(tf.oneHot(tf.tensor1d(countUpTo(CLASSES), 'int32'), CLASSES), 'float32'),
  }));
}
