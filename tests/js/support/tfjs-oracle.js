/**
 * The definitions of the kernels for TensorFlow.js that are not depthwise, in float64 and in plain loops. As in oracle.js, a result also
 * contains the sum of the terms' absolute values and their number, from which the allowed error of a float32 sum follows.
 *
 */
import { add, geometryOf, sizeOf, sums } from './oracle.js';

/** Returns the shape of y of a pooling, { xShape, filterSize, strides, dilations, pad, dimRoundingMode }. */
export function poolShape(pool) {
  return geometryOf(poolConvolution(pool)).yShape;
}

/** Returns the largest value of each window; -∞ for a window without inputs, NaN for a window that contains nothing else. */
export function maxPool(pool, x) {
  const y = sums(poolShape(pool));
  forEachWindow(pool, (inputs, yi) => {
    const largest = positionOfMax(x, inputs);
    add(y, yi, inputs.length === 0 ? -Infinity : largest === undefined ? NaN : x[largest]);
  });
  return y;
}

/** Returns dx: adds dy of each window to the first (row by row) of the largest values of the window. */
export function maxPoolGradient(pool, x, dy) {
  const dx = sums(pool.xShape);
  forEachWindow(pool, (inputs, yi) => {
    const largest = positionOfMax(x, inputs);
    if (largest !== undefined) add(dx, largest, dy[yi]);
  });
  return dx;
}

/** Returns ddy, the gradient of Σ dx·ddx with respect to dy: the value of ddx where maxPoolGradient adds dy. */
export function maxPoolGradientGradient(pool, x, ddx) {
  const ddy = sums(poolShape(pool));
  forEachWindow(pool, (inputs, yi) => {
    const largest = positionOfMax(x, inputs);
    if (largest !== undefined) add(ddy, yi, ddx[largest]);
  });
  return ddy;
}

/** Returns the mean of each window; 0 for a window without inputs. */
export function averagePool(pool, x) {
  const y = sums(poolShape(pool));
  forEachWindow(pool, (inputs, yi) => {
    for (const xi of inputs) add(y, yi, x[xi] / inputs.length);
  });
  return y;
}

/** Returns dx, the gradient of Σ y·dy for the means y. */
export function averagePoolGradient(pool, dy) {
  const dx = sums(pool.xShape);
  forEachWindow(pool, (inputs, yi) => {
    for (const xi of inputs) add(dx, xi, dy[yi] / inputs.length);
  });
  return dx;
}

/** Returns the position of the first of the largest values that are not NaN, or undefined. */
function positionOfMax(x, inputs) {
  let largest;
  for (const xi of inputs) {
    if (!Number.isNaN(x[xi]) && (largest === undefined || x[xi] > x[largest])) largest = xi;
  }
  return largest;
}

/** Calls visit(positions of the inputs inside the image, position of the output) for each window of each channel. */
function forEachWindow(pool, visit) {
  const { batch, channels, height, width } = geometryOf(poolConvolution(pool));
  let yi = 0;
  for (let n = 0; n < batch; ++n) {
    for (let i = 0; i < height.out; ++i) {
      for (let j = 0; j < width.out; ++j) {
        for (let c = 0; c < channels; ++c, ++yi) {
          const inputs = [];
          forEachTap(height, width, i, j, (row, column) => {
            inputs.push(((n * height.in + row) * width.in + column) * channels + c);
          });
          visit(inputs, yi);
        }
      }
    }
  }
}

/** Returns the products of the matrices in the last two dimensions of a and b. The dimensions before them broadcast. */
export function matrixProduct(a, b, { transposeA = false, transposeB = false } = {}) {
  const rank = Math.max(a.shape.length, b.shape.length);
  const [shapeOfA, shapeOfB] = [a, b].map(({ shape }) => [...Array(rank - shape.length).fill(1), ...shape]);
  const [batchOfA, batchOfB] = [shapeOfA.slice(0, -2), shapeOfB.slice(0, -2)];
  const batch = batchOfA.map((size, i) => (size === 1 ? batchOfB[i] : size));
  const [rows, terms] = transposeA ? shapeOfA.slice(-2).reverse() : shapeOfA.slice(-2);
  const columns = shapeOfB.at(transposeB ? -2 : -1);
  const y = sums([...batch, rows, columns]);
  const matrices = [batchOfA, batchOfB].map((kept) => {
    const positions = [];
    forEachReduced(batch, kept, (i, from) => (positions[i] = from));
    return positions;
  });
  for (let i = 0; i < sizeOf(y.shape); ++i) {
    const [n, row, column] = [Math.floor(i / columns / rows), Math.floor(i / columns) % rows, i % columns];
    const [firstOfA, firstOfB] = [matrices[0][n] * rows * terms, matrices[1][n] * terms * columns];
    for (let term = 0; term < terms; ++term) {
      const left = a.data[firstOfA + (transposeA ? term * rows + row : row * terms + term)];
      add(y, i, left * b.data[firstOfB + (transposeB ? column * terms + term : term * columns + column)]);
    }
  }
  return y;
}

/** Adds row i of x to the sum of segment segmentIds[i], if that exists. */
export function unsortedSegmentSum(x, itemShape, segmentIds, numSegments) {
  const size = sizeOf(itemShape);
  const result = sums([numSegments, ...itemShape]);
  segmentIds.forEach((segment, i) => {
    if (segment < 0 || segment >= numSegments) return;
    for (let j = 0; j < size; ++j) add(result, segment * size + j, x[i * size + j]);
  });
  return result;
}

/** Returns y = (x − mean) / √(variance + epsilon) · scale + offset. The parameters have one `shape`, which broadcasts to x. */
export function batchNorm(x, xShape, { mean, variance, scale, offset, epsilon, shape = xShape.slice(-1) }) {
  const y = sums(xShape);
  forEachReduced(xShape, fullShape(shape, xShape), (i, c) => {
    const factor = (scale?.[c] ?? 1) / Math.sqrt(variance[c] + epsilon);
    add(y, i, (x[i] - mean[c]) * factor);
    add(y, i, offset?.[c] ?? 0);
  });
  return y;
}

/** Returns the gradients of Σ y·dy, in the order of the kernel's results: x, mean, variance, scale, offset. */
export function batchNormGradients(x, xShape, dy, { mean, variance, scale, epsilon, shape = xShape.slice(-1) }) {
  const dx = sums(xShape);
  const [dMean, dVariance, dScale, dOffset] = Array.from({ length: 4 }, () => sums(shape));
  forEachReduced(xShape, fullShape(shape, xShape), (i, c) => {
    const [s, r] = [scale?.[c] ?? 1, 1 / Math.sqrt(variance[c] + epsilon)];
    add(dx, i, dy[i] * s * r);
    add(dMean, c, -dy[i] * s * r);
    add(dVariance, c, -0.5 * dy[i] * (x[i] - mean[c]) * s * r ** 3);
    add(dScale, c, dy[i] * (x[i] - mean[c]) * r);
    add(dOffset, c, dy[i]);
  });
  return [dx, dMean, dVariance, dScale, dOffset];
}

/** Returns mean and variance of each channel (the last axis), and the moving averages moved towards them. */
export function batchNormStatistics(x, channels, { movingMean, movingVariance, momentum }) {
  const [mean, variance, movedMean, movedVariance] = Array.from({ length: 4 }, () => sums([channels]));
  const count = x.length / channels;
  const addTerms = (moments, moved, averages, termAt) => {
    averages.forEach((average, c) => add(moved, c, average * momentum));
    for (let i = 0; i < x.length; ++i) {
      const term = termAt(i) / count;
      add(moments, i % channels, term);
      add(moved, i % channels, term * (1 - momentum));
    }
  };
  addTerms(mean, movedMean, movingMean, (i) => x[i]);
  addTerms(variance, movedVariance, movingVariance, (i) => (x[i] - mean.values[i % channels]) ** 2);
  return [mean, variance, movedMean, movedVariance];
}

/** Returns the gradients of x, scale and offset of a batch normalization whose limits are low and high, with given mean and variance. */
export function batchNormTrainingGradients(x, xShape, dy, { mean, variance, scale, offset, epsilon, low, high }) {
  const channels = xShape.at(-1);
  const count = x.length / channels;
  const [dx, dScale, dOffset] = [sums(xShape), sums([channels]), sums([channels])];
  const r = Array.from(variance, (each) => 1 / Math.sqrt(each + epsilon));
  const z = Array.from(x, (value, i) => (value - mean[i % channels]) * r[i % channels]);
  const passing = z.map((value, i) => {
    const y = value * (scale?.[i % channels] ?? 1) + (offset?.[i % channels] ?? 0);
    return low < y && y <= high ? dy[i] : 0;
  });
  const [totals, products] = [Array(channels).fill(0), Array(channels).fill(0)];
  passing.forEach((value, i) => {
    totals[i % channels] += value;
    products[i % channels] += value * z[i];
    add(dOffset, i % channels, value);
    add(dScale, i % channels, value * z[i]);
  });
  passing.forEach((value, i) => {
    const c = i % channels;
    const factor = (scale?.[c] ?? 1) * r[c];
    add(dx, i, factor * value);
    add(dx, i, (-factor * totals[c]) / count);
    add(dx, i, (-factor * z[i] * products[c]) / count);
  });
  return [dx, dScale, dOffset];
}

/** Returns [mean, 1 / √(variance + epsilon)] for each row of a layer normalization. */
function rowMoments(x, size, epsilon) {
  return Array.from({ length: x.length / size }, (_, row) => {
    const values = Array.from(x.slice(row * size, (row + 1) * size));
    const mean = values.reduce((sum, value) => sum + value / size, 0);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / size, 0);
    return [mean, 1 / Math.sqrt(variance + epsilon)];
  });
}

export function layerNorm(x, xShape, rowShape, { scale, offset, epsilon }) {
  const size = sizeOf(rowShape);
  const y = sums(xShape);
  rowMoments(x, size, epsilon).forEach(([mean, r], row) => {
    for (let i = 0; i < size; ++i) {
      const factor = r * (scale?.[i] ?? 1);
      for (const term of [x[row * size + i] * factor, -mean * factor, offset?.[i] ?? 0]) add(y, row * size + i, term);
    }
  });
  return y;
}

/** Returns the gradients of x, scale and offset. */
export function layerNormGradients(x, xShape, rowShape, dy, { scale, epsilon }) {
  const size = sizeOf(rowShape);
  const [dx, dScale, dOffset] = [sums(xShape), sums(rowShape), sums(rowShape)];
  rowMoments(x, size, epsilon).forEach(([mean, r], row) => {
    const zAt = (i) => (x[row * size + i] - mean) * r;
    const g = Array.from({ length: size }, (_, i) => dy[row * size + i] * (scale?.[i] ?? 1));
    const meanG = g.reduce((sum, value) => sum + value / size, 0);
    const meanGz = g.reduce((sum, value, i) => sum + (value * zAt(i)) / size, 0);
    g.forEach((value, i) => {
      for (const term of [value, -meanG, -zAt(i) * meanGz]) add(dx, row * size + i, r * term);
      add(dScale, i, dy[row * size + i] * x[row * size + i] * r);
      add(dScale, i, -dy[row * size + i] * mean * r);
      add(dOffset, i, dy[row * size + i]);
    });
  });
  return [dx, dScale, dOffset];
}

function fullShape(shape, xShape) {
  return [...Array(xShape.length - shape.length).fill(1), ...shape];
}

/**
 * Returns the weight of input k in output i of a resized axis.
 *
 * @param {string} interpolation 'Nearest' or 'Bilinear'
 */
function resizeWeight(interpolation, inSize, outSize, { alignCorners, halfPixelCenters }, i, k) {
  const isAligned = alignCorners && outSize > 1;
  const [numerator, denominator] = isAligned ? [inSize - 1, outSize - 1] : [inSize, outSize];
  if (interpolation === 'Nearest') {
    const position = ((halfPixelCenters ? i + 0.5 : i) * numerator) / denominator;
    return Math.min(inSize - 1, alignCorners ? Math.round(position) : Math.floor(position)) === k ? 1 : 0;
  }
  const half = halfPixelCenters ? 0.5 : 0;
  const position = Math.min(Math.max(((i + half) * numerator) / denominator - half, 0), inSize - 1);
  return Math.max(0, 1 - Math.abs(position - k));
}

/** Returns y of a resized image, NHWC. */
export function resize(interpolation, x, xShape, attrs) {
  const y = sums([xShape[0], ...attrs.size, xShape[3]]);
  forEachResizeProduct(interpolation, xShape, attrs, (xi, yi, weight) => add(y, yi, weight * x[xi]));
  return y;
}

/** Returns dx, the gradient of Σ y·dy of a resized image. */
export function resizeGradient(interpolation, xShape, dy, attrs) {
  const dx = sums(xShape);
  forEachResizeProduct(interpolation, xShape, attrs, (xi, yi, weight) => add(dx, xi, weight * dy.data[yi]));
  return dx;
}

function forEachResizeProduct(interpolation, [batch, inHeight, inWidth, channels], attrs, visit) {
  const [outHeight, outWidth] = attrs.size;
  for (let at = 0; at < batch * outHeight * outWidth; ++at) {
    const [n, i, j] = [Math.floor(at / outHeight / outWidth), Math.floor(at / outWidth) % outHeight, at % outWidth];
    for (let row = 0; row < inHeight; ++row) {
      for (let column = 0; column < inWidth; ++column) {
        const weight =
          resizeWeight(interpolation, inHeight, outHeight, attrs, i, row) *
          resizeWeight(interpolation, inWidth, outWidth, attrs, j, column);
        if (weight === 0) continue;
        const xi = ((n * inHeight + row) * inWidth + column) * channels;
        for (let c = 0; c < channels; ++c) visit(xi + c, at * channels + c, weight);
      }
    }
  }
}

/** Returns `factor` times the sums of x over `axes`. */
export function sumOver(x, xShape, axes, { keepDims = false, factor = 1 } = {}) {
  const kept = xShape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const result = sums(keepDims ? kept : xShape.filter((_, axis) => !axes.includes(axis)));
  forEachReduced(xShape, kept, (i, to) => add(result, to, factor * x[i]));
  return result;
}

/** Returns the gradient of Σ y·dy for the mean y of x over `axes`. */
export function meanGradient(dy, xShape, axes) {
  const kept = xShape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const dx = sums(xShape);
  const count = sizeOf(xShape) / sizeOf(kept);
  forEachReduced(xShape, kept, (i, from) => add(dx, i, dy[from] / count));
  return dx;
}

/** Returns dy if low ≤ x ≤ high, otherwise 0. */
export function clipGradient(x, dy, shape, low, high) {
  const dx = sums(shape);
  x.forEach((value, i) => add(dx, i, value >= low && value <= high ? dy[i] : 0));
  return dx;
}

/** The definitions of kernels with two operands. @type {Record<string, (a: number, b: number) => number>} */
export const BINARY = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Multiply: (a, b) => a * b,
  RealDiv: (a, b) => a / b,
  SquaredDifference: (a, b) => (a - b) ** 2,
  Maximum: Math.max,
  Minimum: Math.min,
};

/** Returns definition(a, b) for each element of the shape to which a and b broadcast. */
export function broadcast(a, b, definition) {
  const rank = Math.max(a.shape.length, b.shape.length);
  const [aShape, bShape] = [a, b].map(({ shape }) => [...Array(rank - shape.length).fill(1), ...shape]);
  const shape = aShape.map((size, i) => (size === 1 ? bShape[i] : size));
  const y = sums(shape);
  const ofA = [];
  forEachReduced(shape, aShape, (i, from) => (ofA[i] = a.data[from]));
  forEachReduced(shape, bShape, (i, from) => {
    add(y, i, definition(ofA[i], b.data[from]));
    y.magnitudes[i] = Math.max(Math.abs(ofA[i]), Math.abs(b.data[from]), y.magnitudes[i]); // a difference cancels digits
  });
  return y;
}

/** Returns x repeated `reps[axis]` times along each axis. */
export function tile(x, xShape, reps) {
  const y = sums(xShape.map((size, axis) => size * reps[axis]));
  for (let i = 0; i < sizeOf(y.shape); ++i) {
    let [rest, from, step] = [i, 0, 1];
    for (let axis = xShape.length - 1; axis >= 0; --axis) {
      from += ((rest % y.shape[axis]) % xShape[axis]) * step;
      rest = Math.floor(rest / y.shape[axis]);
      step *= xShape[axis];
    }
    add(y, i, x[from]);
  }
  return y;
}

/** Returns the error function by its Taylor series. */
export function erf(x) {
  let [sum, term] = [0, x];
  for (let n = 0; n < 200; ++n) {
    sum += term / (2 * n + 1);
    term *= (-x * x) / (n + 1);
  }
  return (2 * sum) / Math.sqrt(Math.PI);
}

/**
 * The update steps of the optimizers of tfjs, for one element. Each function returns the terms of the new value, then those of the new
 * state. `w` is the value, `g` the gradient; the other names are those of the inputs and attrs of the kernel.
 */
const updates = {
  SGDUpdate: ({ w, g, c }) => [[w, c * g]],
  MomentumUpdate({ w, g, accumulations, c, m }) {
    const next = [m * accumulations, g];
    return [[w, ...next.map((term) => c * term)], next];
  },
  NesterovMomentumUpdate({ w, g, accumulations, c, m }) {
    const next = [m * accumulations, g];
    return [[w, c * g, ...next.map((term) => c * m * term)], next];
  },
  AdamUpdate({ w, g, accumulatedFirstMoment, accumulatedSecondMoment, accBeta1, accBeta2, ...attrs }) {
    const { learningRate, beta1, beta2, epsilon } = attrs;
    const first = [beta1 * accumulatedFirstMoment, (1 - beta1) * g];
    const second = [beta2 * accumulatedSecondMoment, (1 - beta2) * g * g];
    const factor = -learningRate / (1 - accBeta1) / (Math.sqrt(total(second) / (1 - accBeta2)) + epsilon);
    return [[w, ...first.map((term) => factor * term)], first, second];
  },
  AdamaxUpdate({ w, g, accumulatedFirstMoment, accumulatedWeightedInfNorm, accBeta1, iteration, ...attrs }) {
    const { learningRate, beta1, beta2, epsilon, decay } = attrs;
    const first = [beta1 * accumulatedFirstMoment, (1 - beta1) * g];
    const norm = Math.max(beta2 * accumulatedWeightedInfNorm, Math.abs(g));
    const factor = -learningRate / (1 + decay * iteration) / (1 - accBeta1) / (norm + epsilon);
    return [[w, ...first.map((term) => factor * term)], first, [norm]];
  },
  RMSPropUpdate({ w, g, accumulatedMeanSquares, accumulatedMoments, learningRate, decay, momentum, epsilon }) {
    const square = [decay * accumulatedMeanSquares, (1 - decay) * g * g];
    const moments = [momentum * accumulatedMoments, (learningRate * g) / Math.sqrt(total(square) + epsilon)];
    return [[w, ...moments.map((term) => -term)], square, moments];
  },
  CenteredRMSPropUpdate({ w, g, accumulatedMeanSquares, accumulatedMoments, accumulatedMeanGrads, ...attrs }) {
    const { learningRate, decay, momentum, epsilon } = attrs;
    const square = [decay * accumulatedMeanSquares, (1 - decay) * g * g];
    const mean = [decay * accumulatedMeanGrads, (1 - decay) * g];
    const variance = total(square) - (total(mean) ** 2 + epsilon);
    const moments = [momentum * accumulatedMoments, (learningRate * g) / Math.sqrt(variance)];
    return [[w, ...moments.map((term) => -term)], square, moments, mean];
  },
  AdagradUpdate({ w, g, accumulatedGrads, learningRate, epsilon }) {
    const sum = [accumulatedGrads, g * g];
    return [[w, (-learningRate * g) / Math.sqrt(total(sum) + epsilon)], sum];
  },
  AdadeltaUpdate({ w, g, accumulatedGrads, accumulatedUpdates, learningRate, rho, epsilon }) {
    const change = Math.sqrt((accumulatedUpdates + epsilon) / (accumulatedGrads + epsilon)) * g; // with the old accumulatedGrads
    return [
      [w, -learningRate * change],
      [rho * accumulatedGrads, (1 - rho) * g * g],
      [rho * accumulatedUpdates, (1 - rho) * change * change],
    ];
  },
};

/** Returns the results of the update step of an optimizer. `inputs` as { data, shape }; an input with one value is a scalar. */
export function optimizerUpdate(kernel, { value, gradient, ...others }, attrs) {
  const at = (i) =>
    Object.fromEntries(
      Object.entries(others).map(([name, { data, shape }]) => [name, data[shape.length === 0 ? 0 : i]]),
    );
  const steps = Array.from(value.data, (w, i) => updates[kernel]({ w, g: gradient.data[i], ...at(i), ...attrs }));
  return steps[0].map((_, result) => {
    const sum = sums(value.shape);
    steps.forEach((step, i) => step[result].forEach((term) => add(sum, i, term)));
    return sum;
  });
}

function total(terms) {
  return terms.reduce((sum, term) => sum + term, 0);
}

/** Returns values that must not change, in the same form. */
export function exactly(values, shape) {
  const result = sums(shape);
  values.forEach((value, i) => add(result, i, value));
  return result;
}

/** Visits the pixels that an output reads, with the taps. */
function forEachTap(height, width, i, j, visit) {
  for (let p = 0; p < height.taps; ++p) {
    const row = i * height.stride + p * height.dilation - height.before;
    if (row < 0 || row >= height.in) continue;
    for (let q = 0; q < width.taps; ++q) {
      const column = j * width.stride + q * width.dilation - width.before;
      if (column >= 0 && column < width.in) visit(row, column, p, q);
    }
  }
}

function poolConvolution({ filterSize, ...pool }) {
  return { ...pool, filterShape: [...filterSize, pool.xShape[3], 1] };
}

/** Visits every element of `shape`, with its element in the shape whose reduced axes have size 1. */
function forEachReduced(shape, kept, visit) {
  for (let i = 0; i < sizeOf(shape); ++i) {
    let [rest, place, step] = [i, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; --axis) {
      if (kept[axis] > 1) place += (rest % shape[axis]) * step;
      rest = Math.floor(rest / shape[axis]);
      step *= kept[axis];
    }
    visit(i, place);
  }
}
