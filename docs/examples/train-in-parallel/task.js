// What the workers learn: pictures with vertical lines, and pictures with horizontal lines.

/** Returns a network of depthwise separable convolutions. With a seed, each call returns the same weights. */
export function makeModel(tfl, { size, batchNorm, seed }) {
  const { batchNormalization, conv2d, dense, depthwiseConv2d, globalAveragePooling2d, reLU } = tfl.layers;
  const initializer = tfl.initializers.heNormal({ seed });
  const depthwiseInitializer = tfl.initializers.randomNormal({ stddev: Math.sqrt(2 / 9), seed }); // nine terms in a sum
  const common = { padding: 'same', useBias: !batchNorm, kernelInitializer: initializer };
  const after = () => [...(batchNorm ? [batchNormalization()] : []), reLU()];
  const block = (filters, strides) => [
    ...[depthwiseConv2d({ kernelSize: 3, strides, ...common, depthwiseInitializer }), ...after()],
    ...[conv2d({ kernelSize: 1, filters, ...common }), ...after()],
  ];
  const first = conv2d({ kernelSize: 3, strides: 2, filters: 16, inputShape: [size, size, 3], ...common });
  const blocks = [...block(32, 1), ...block(64, 2), ...block(64, 1), ...block(128, 2), ...block(128, 1)];
  const last = dense({ units: 2, kernelInitializer: initializer });
  return tfl.sequential({ layers: [first, ...after(), ...blocks, globalAveragePooling2d({}), last] });
}

/** Returns pictures with the numbers `first` to `first + count − 1`, and their labels. */
export function makeData(tf, { size, first, count }) {
  const [x, y] = [new Float32Array(count * size * size * 3), new Float32Array(count * 2)];
  for (let i = 0; i < count; ++i) {
    const isVertical = (first + i) % 2;
    for (let j = 0; j < size * size * 3; ++j) {
      const [row, column] = [Math.floor(j / 3 / size), Math.floor(j / 3) % size];
      x[i * size * size * 3 + j] = Math.sin((isVertical ? column : row) + first + i) + noise((first + i) * 7919 + j);
    }
    y[i * 2 + isVertical] = 1;
  }
  return [tf.tensor4d(x, [count, size, size, 3]), tf.tensor2d(y, [count, 2])];
}

/** Returns a number from −0.5 to 0.5. */
function noise(seed) {
  const value = Math.sin(seed) * 43758.5453;
  return value - Math.floor(value) - 0.5;
}
