import seedrandom from 'seedrandom';
import * as oracle from '../../tests/js/support/oracle.js';
import { convolutionOf, geometryOf, sizeOf } from './geometry.js';

export const passes = ['forward', 'input', 'filter'];

/** What every contestant computes with: float32 values in [−1, 1), the same in every run. */
export function randomValues(layer) {
  const { inputShape, filterShape, outputShape } = geometryOf(layer);
  const random = seedrandom.alea('depthwise');
  const tensor = (shape) => ({ shape, data: Float32Array.from({ length: sizeOf(shape) }, () => 2 * random() - 1) });
  return { x: tensor(inputShape), filter: tensor(filterShape), dy: tensor(outputShape) };
}

/** The right result of a pass in float64, straight from the definition. */
export function reference(layer, pass, { x, filter, dy }) {
  const convolution = convolutionOf(layer);
  const { shape, values } = {
    forward: () => oracle.forward(convolution, x.data, filter.data),
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
