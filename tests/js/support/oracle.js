/**
 * The definition of depthwise and dense convolution and their gradients, in float64 and in plain loops. It shares no code with the library.
 *
 * A convolution is `{ isDense, xShape, filterShape, strides, pad, dilations, dataFormat, dimRoundingMode }`, with the names and meanings of
 * the API. strides and dilations are pairs. The defaults are those of the API; isDense is false by default.
 */

/** Returns the pads and output sizes of both axes, and the shape of y; null if the filter is larger than the padded input. */
export function geometryOf(convolution) {
  const { isDense = false, xShape, filterShape, strides = [1, 1], dilations = [1, 1], dimRoundingMode } = convolution;
  const channelsFirst = isChannelsFirst(convolution);
  const [batch, inHeight, inWidth, channels] = channelsFirst ? [0, 2, 3, 1].map((i) => xShape[i]) : xShape;
  const [filterHeight, filterWidth, , multiplier] = filterShape;
  const height = axisOf(inHeight, filterHeight, strides[0], dilations[0], padOf(convolution, 0), dimRoundingMode);
  const width = axisOf(inWidth, filterWidth, strides[1], dilations[1], padOf(convolution, 1), dimRoundingMode);
  if (height.out < 1 || width.out < 1) return null;
  const outChannels = isDense ? multiplier : channels * multiplier;
  const yShape = channelsFirst
    ? [batch, outChannels, height.out, width.out]
    : [batch, height.out, width.out, outChannels];
  return {
    isDense,
    batch,
    channels,
    multiplier,
    outChannels,
    height,
    width,
    xShape,
    filterShape,
    yShape,
    channelsFirst,
  };
}

/** Returns y for arrays of numbers. */
export function forward(convolution, x, filter) {
  const geometry = geometryOf(convolution);
  const y = sums(geometry.yShape);
  forEachProduct(geometry, (xi, fi, yi) => add(y, yi, x[xi] * filter[fi]));
  return y;
}

/** Returns activation(y + bias). bias and preluActivationWeights have one number for each output channel. */
export function fusedForward(convolution, x, filter, { bias, activation = 'linear', ...slopes }) {
  const y = forward(convolution, x, filter);
  const { channelsFirst, outChannels, height, width } = geometryOf(convolution);
  const channelOf = (i) => (channelsFirst ? Math.floor(i / (height.out * width.out)) : i) % outChannels;
  for (let i = 0; i < y.values.length; ++i) {
    const slope = { leakyrelu: slopes.leakyreluAlpha ?? 0.2, prelu: slopes.preluActivationWeights?.[channelOf(i)] };
    if (bias) add(y, i, bias[channelOf(i)]);
    y.values[i] = ACTIVATIONS[activation](y.values[i], slope[activation]);
    y.magnitudes[i] *= Math.max(1, Math.abs(slope[activation] ?? 1));
  }
  return y;
}

const ACTIVATIONS = {
  linear: (value) => value,
  relu: (value) => Math.max(0, value),
  relu6: (value) => Math.min(Math.max(0, value), 6),
  elu: (value) => (value < 0 ? Math.expm1(value) : value),
  leakyrelu: (value, slope) => (value < 0 ? slope * value : value),
  prelu: (value, slope) => (value < 0 ? slope * value : value),
  sigmoid: (value) => 1 / (1 + Math.exp(-value)),
};

/** Returns dx, the gradient of Σ y·dy with respect to x. */
export function inputGradient(convolution, dy, filter) {
  const geometry = geometryOf(convolution);
  const dx = sums(geometry.xShape);
  forEachProduct(geometry, (xi, fi, yi) => add(dx, xi, dy[yi] * filter[fi]));
  return dx;
}

/** Returns dfilter, the gradient of Σ y·dy with respect to the filter. */
export function filterGradient(convolution, x, dy) {
  const geometry = geometryOf(convolution);
  const dfilter = sums(geometry.filterShape);
  forEachProduct(geometry, (xi, fi, yi) => add(dfilter, fi, x[xi] * dy[yi]));
  return dfilter;
}

export function sizeOf(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

/** Returns the number of products of a pass, including those with padding. */
export function productCount({ isDense, channels, yShape, filterShape }) {
  return sizeOf(yShape) * filterShape[0] * filterShape[1] * (isDense ? channels : 1);
}

function isChannelsFirst({ dataFormat }) {
  return dataFormat === 'NCHW' || dataFormat === 'channelsFirst';
}

/** Returns [before, after] for the height (0) or the width (1), or 'same', which depends on the sizes. */
function padOf({ pad, ...convolution }, axis) {
  if (pad === 'same') return pad;
  if (pad === 'valid') return [0, 0];
  if (typeof pad === 'number') return [pad, pad];
  return pad[axis + (isChannelsFirst(convolution) ? 2 : 1)];
}

/** Output o reads through tap k the input at o·stride + k·dilation − before. */
function axisOf(size, taps, stride, dilation, pad, dimRoundingMode) {
  const reach = (taps - 1) * dilation + 1;
  if (pad === 'same') {
    const out = Math.ceil(size / stride);
    const total = Math.max((out - 1) * stride + reach - size, 0);
    return { in: size, out, taps, stride, dilation, before: Math.floor(total / 2) };
  }
  const [before, after] = pad;
  const space = before + size + after - reach;
  const out = space < 0 ? 0 : ROUNDING[dimRoundingMode ?? 'floor'](space / stride + 1);
  return { in: size, out, taps, stride, dilation, before };
}

const ROUNDING = { floor: Math.floor, round: Math.round, ceil: Math.ceil };

/**
 * Returns sums of products, with the sum of the products' absolute values and their number, from which the allowed error of a float32
 * sum follows (compare.js).
 */
export function sums(shape) {
  const size = sizeOf(shape);
  return {
    shape,
    values: new Float64Array(size),
    magnitudes: new Float64Array(size),
    terms: new Int32Array(size),
  };
}

export function add(sum, i, product) {
  sum.values[i] += product;
  sum.magnitudes[i] += Math.abs(product);
  sum.terms[i] += 1;
}

/** Visits every product of the definition: y[yi] is the sum of x[xi]·filter[fi]. Padding adds nothing. */
function forEachProduct({ isDense, batch, channels, multiplier, height, width, channelsFirst, ...shapes }, visit) {
  const xAt = indexOf(shapes.xShape, channelsFirst);
  const yAt = indexOf(shapes.yShape, channelsFirst);
  for (let n = 0; n < batch; ++n) {
    for (let i = 0; i < height.out; ++i) {
      for (let j = 0; j < width.out; ++j) {
        for (let p = 0; p < height.taps; ++p) {
          const row = i * height.stride + p * height.dilation - height.before;
          if (row < 0 || row >= height.in) continue;
          for (let q = 0; q < width.taps; ++q) {
            const column = j * width.stride + q * width.dilation - width.before;
            if (column < 0 || column >= width.in) continue;
            for (let c = 0; c < channels; ++c) {
              for (let m = 0; m < multiplier; ++m) {
                const fi = ((p * width.taps + q) * channels + c) * multiplier + m;
                const outChannel = isDense ? m : c * multiplier + m;
                visit(xAt(n, row, column, c), fi, yAt(n, i, j, outChannel));
              }
            }
          }
        }
      }
    }
  }
}

function indexOf(shape, channelsFirst) {
  const [, a, b, c] = shape;
  return channelsFirst
    ? (image, row, column, channel) => ((image * a + channel) * b + row) * c + column
    : (image, row, column, channel) => ((image * a + row) * b + column) * c + channel;
}
