import { axesOf, convolutionOf, geometryOf, sizeOf } from '../shared/geometry.js';

const FLOAT_BYTES = 4;

/**
 * What a pass has to do at least: `flops`, a multiplication and an addition for each product with a pixel that is there, padding not
 * counted, which are as many in every pass; and `bytes`, every tensor read or written once.
 */
export function workOf(layer, pass) {
  return { flops: 2 * productsOf(layer), bytes: bytesOf(layer, pass) };
}

function productsOf(layer) {
  const { batch, outChannels, height, width } = axesOf(convolutionOf(layer));
  return batch * outChannels * tapsInside(height) * tapsInside(width);
}

/** Over all outputs along an axis, the taps that read a pixel. */
function tapsInside({ in: size, out, taps, stride, dilation, before }) {
  let count = 0;
  for (let o = 0; o < out; ++o) {
    for (let tap = 0; tap < taps; ++tap) {
      const position = o * stride + tap * dilation - before;
      if (position >= 0 && position < size) ++count;
    }
  }
  return count;
}

function bytesOf(layer, pass) {
  const { inputShape, filterShape, outputShape } = geometryOf(layer);
  const [input, filter, output] = [inputShape, filterShape, outputShape].map(sizeOf);
  // A gradient has the shape of what it is the gradient of, so each pass moves one tensor of each shape.
  const bias = pass === 'fused' ? layer.channels * layer.multiplier : 0;
  return FLOAT_BYTES * (input + filter + output + bias);
}
