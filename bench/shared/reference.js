import seedrandom from 'seedrandom';
import * as oracle from '../../tests/js/support/oracle.js';

// The geometry of a layer, the values that every backend computes with, and the right results. The web demo imports this file too.

export { geometryOf as axesOf, sizeOf } from '../../tests/js/support/oracle.js';

/** forward: the convolution; fused: with bias and relu6; input, filter: the gradients with respect to x and to the filter. */
export const allPasses = ['forward', 'fused', 'input', 'filter'];

/** Returns a layer as the oracle takes it. NHWC, unless the layer contains a `dataFormat`. Dense, if the layer contains `outChannels`. */
export function convolutionOf(layer) {
  const { batch, height, width, channels, outChannels, filterHeight, filterWidth, multiplier } = layer;
  const { strides, dilations, pad, dataFormat = 'NHWC' } = layer;
  return {
    xShape: dataFormat === 'NCHW' ? [batch, channels, height, width] : [batch, height, width, channels],
    isDense: outChannels !== undefined,
    filterShape: [filterHeight, filterWidth, channels, outChannels ?? multiplier],
    ...{ strides, dilations, pad, dataFormat },
  };
}

/** Returns the shapes of a layer's tensors. Throws a RangeError when the output is empty. */
export function geometryOf(layer) {
  const convolution = convolutionOf(layer);
  const geometry = oracle.geometryOf(convolution);
  if (!geometry) {
    const { filterHeight, filterWidth, height, width } = layer;
    throw new RangeError(
      `the filter, ${filterHeight}x${filterWidth} before dilation, is larger than the padded input of ${height}x${width}`,
    );
  }
  return { inputShape: convolution.xShape, filterShape: convolution.filterShape, outputShape: geometry.yShape };
}

/**
 * Returns the tensors { x, filter, dy, bias } that every backend computes with: float32 values in [−1, 1), and biases in [0, 6), so that
 * some sums are on either side of relu6. They are the same in every process.
 */
export function randomValues(layer) {
  const { inputShape, filterShape, outputShape } = geometryOf(layer);
  const random = seedrandom.alea('depthwise');
  const tensor = (shape, value) => ({ shape, data: Float32Array.from({ length: oracle.sizeOf(shape) }, value) });
  const around0 = () => 2 * random() - 1;
  return {
    x: tensor(inputShape, around0),
    filter: tensor(filterShape, around0),
    dy: tensor(outputShape, around0),
    bias: tensor([layer.outChannels ?? layer.channels * layer.multiplier], () => 6 * random()),
  };
}

/** Returns the result of a pass, computed in float64 by the definition. */
export function reference(layer, pass, { x, filter, dy, bias }) {
  const convolution = convolutionOf(layer);
  const { shape, values } = {
    forward: () => oracle.forward(convolution, x.data, filter.data),
    fused: () => oracle.fusedForward(convolution, x.data, filter.data, { bias: bias.data, activation: 'relu6' }),
    input: () => oracle.inputGradient(convolution, dy.data, filter.data),
    filter: () => oracle.filterGradient(convolution, x.data, dy.data),
  }[pass]();
  return { shape, data: values };
}

/** Returns the largest difference, relative to the largest right value; Infinity when shapes differ or a value is not finite. */
export function differenceFrom(right, shape, data) {
  if (shape.join() !== right.shape.join() || data.length !== right.data.length) return Infinity;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    const distance = Math.abs(data[i] - right.data[i]);
    if (!Number.isFinite(distance)) return Infinity;
    difference = Math.max(difference, distance);
    largest = Math.max(largest, Math.abs(right.data[i]));
  }
  return largest === 0 ? difference : difference / largest;
}
