import seedrandom from 'seedrandom';
import { geometryOf, sizeOf } from './geometry.js';

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
  const { inputShape, filterShape, outputShape } = geometryOf(layer);
  const shape = { forward: outputShape, input: inputShape, filter: filterShape }[pass];
  const data = new Float64Array(sizeOf(shape));
  // i, w and o: one input channel's value, and a filter value and output channel that belong to it.
  const addTerm = {
    forward: (i, w, o) => (data[o] += x.data[i] * filter.data[w]),
    input: (i, w, o) => (data[i] += dy.data[o] * filter.data[w]),
    filter: (i, w, o) => (data[w] += x.data[i] * dy.data[o]),
  }[pass];
  forEachTerm(layer, addTerm);
  return { shape, data };
}

function forEachTerm(layer, visit) {
  const { channels, multiplier } = layer;
  forEachTap(layer, (inputPixel, tap, outputPixel) => {
    for (let c = 0; c < channels; c++) {
      const i = inputPixel * channels + c;
      for (let m = 0; m < multiplier; m++) {
        const k = c * multiplier + m;
        visit(i, tap * channels * multiplier + k, outputPixel * channels * multiplier + k);
      }
    }
  });
}

function forEachTap(layer, visit) {
  const { top, left, outputShape } = geometryOf(layer);
  const [batch, outHeight, outWidth] = outputShape;
  const { height, width, filterHeight, filterWidth, strides, dilations } = layer;
  for (let n = 0; n < batch; n++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        for (let fy = 0; fy < filterHeight; fy++) {
          const iy = oy * strides[0] + fy * dilations[0] - top;
          if (iy < 0 || iy >= height) continue;
          for (let fx = 0; fx < filterWidth; fx++) {
            const ix = ox * strides[1] + fx * dilations[1] - left;
            if (ix < 0 || ix >= width) continue;
            visit((n * height + iy) * width + ix, fy * filterWidth + fx, (n * outHeight + oy) * outWidth + ox);
          }
        }
      }
    }
  }
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
