/**
 * Returns the three passes of a random convolution, dense or depthwise, as calls of kernels [name, inputs, attrs].
 *
 * @param {import('./random.js').Random} random
 * @param {{ images: number[], pixels: [number, number], channels: [number, number] }} sizes `images`: the numbers of images; `pixels`: the
 *   least and the largest height and width
 */
export function randomConvolution(random, { images, pixels, channels: [least, most] }) {
  const isDense = random.chance(0.5);
  const isPlanar = random.chance(0.25);
  const [count, height, width] = [random.oneOf(images), random.within(...pixels), random.within(...pixels)];
  const channels = random.within(least, most);
  const last = isDense ? random.within(least, most) : random.oneOf([1, 1, 1, 2]);
  const filterShape = [random.within(1, 4), random.within(1, 4), channels, last];
  const stride = random.within(1, 3);
  const attrs = {
    strides: [stride, stride],
    pad: random.oneOf(['same', 'valid']),
    dilations: stride > 1 ? [1, 1] : [random.within(1, 2), random.within(1, 2)],
    dataFormat: isPlanar ? 'NCHW' : 'NHWC',
  };
  const shapeOf = (height, width, channels) =>
    isPlanar ? [count, channels, height, width] : [count, height, width, channels];
  const outputs = [height, width].map((size, axis) => {
    const extent = (filterShape[axis] - 1) * attrs.dilations[axis] + 1;
    return Math.ceil((attrs.pad === 'same' ? size : size - extent + 1) / stride);
  });
  const x = randomTensor(random, ...shapeOf(height, width, channels));
  const dy = randomTensor(random, ...shapeOf(...outputs, isDense ? last : channels * last));
  const filter = randomTensor(random, ...filterShape);
  const kernel = isDense ? 'Conv2D' : 'DepthwiseConv2dNative';
  return [
    [kernel, { x, filter }, attrs],
    [`${kernel}BackpropInput`, { dy, filter }, { ...attrs, inputShape: x.shape }],
    [`${kernel}BackpropFilter`, { x, dy }, { ...attrs, filterShape }],
  ];
}

export function randomTensor(random, ...shape) {
  return { data: random.fractions(shape.reduce((a, b) => a * b, 1)), shape };
}
