import seedrandom from 'seedrandom';
import * as oracle from '../../tests/js/support/oracle.js';
import { convolutionOf, geometryOf, sizeOf } from './geometry.js';

/** The function, the same with bias and relu6, the gradients with respect to the input and to the filter. */
export const allPasses = ['forward', 'fused', 'input', 'filter'];

/**
 * What every contestant computes with: float32 values in [−1, 1), and biases in [0, 6), which leave some sums on either side of
 * relu6. They are the same in every run.
 */
export function randomValues(layer) {
  const { inputShape, filterShape, outputShape } = geometryOf(layer);
  const random = seedrandom.alea('depthwise');
  const tensor = (shape, value) => ({ shape, data: Float32Array.from({ length: sizeOf(shape) }, value) });
  const around0 = () => 2 * random() - 1;
  return {
    x: tensor(inputShape, around0),
    filter: tensor(filterShape, around0),
    dy: tensor(outputShape, around0),
    bias: tensor([layer.channels * layer.multiplier], () => 6 * random()),
  };
}

/** The right result of a pass in float64, straight from the definition. */
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

/** The largest difference, relative to the largest right value. Infinite where shapes differ or a value is not finite. */
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
