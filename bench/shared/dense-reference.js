import { axesOf, convolutionOf, sizeOf } from './reference.js';

// The right results of dense convolution. tests/js/support/oracle.js visits each product alone, which takes minutes for all layers of the
// benchmark. These loops compute the same sums, all output channels at once.

/** Returns the result of 'forward', 'input' or 'filter' (reference.js), computed in float64 by the definition. NHWC. */
export function denseReference(layer, pass, { x, filter, dy }) {
  const { outChannels } = layer;
  const { shape } = { forward: dy, input: x, filter }[pass];
  const data = new Float64Array(sizeOf(shape));
  const addProducts = {
    forward(xi, fi, yi) {
      for (let k = 0; k < outChannels; ++k) data[yi + k] += x.data[xi] * filter.data[fi + k];
    },
    input(xi, fi, yi) {
      for (let k = 0; k < outChannels; ++k) data[xi] += dy.data[yi + k] * filter.data[fi + k];
    },
    filter(xi, fi, yi) {
      for (let k = 0; k < outChannels; ++k) data[fi + k] += x.data[xi] * dy.data[yi + k];
    },
  };
  forEachInput(layer, addProducts[pass]);
  return { shape, data };
}

/** Returns the result of 'fused' for the result of 'forward'. */
export function withBiasAndRelu6({ shape, data }, { bias }) {
  const { length } = bias.data;
  return { shape, data: data.map((value, i) => Math.min(Math.max(value + bias.data[i % length], 0), 6)) };
}

/** Calls visit(xi, fi, yi) for each input of each output pixel, with the positions of x, and of the first output channel in filter and y. */
function forEachInput(layer, visit) {
  const { batch, channels, outChannels, height, width } = axesOf(convolutionOf(layer));
  for (let n = 0; n < batch; ++n) {
    for (let i = 0; i < height.out; ++i) {
      for (let j = 0; j < width.out; ++j) {
        const yi = ((n * height.out + i) * width.out + j) * outChannels;
        for (let p = 0; p < height.taps; ++p) {
          const row = i * height.stride + p * height.dilation - height.before;
          if (row < 0 || row >= height.in) continue;
          for (let q = 0; q < width.taps; ++q) {
            const column = j * width.stride + q * width.dilation - width.before;
            if (column < 0 || column >= width.in) continue;
            for (let c = 0; c < channels; ++c) {
              const xi = ((n * height.in + row) * width.in + column) * channels + c;
              visit(xi, ((p * width.taps + q) * channels + c) * outChannels, yi);
            }
          }
        }
      }
    }
  }
}
