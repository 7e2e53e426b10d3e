import { forward, geometryOf } from '../../../tests/js/support/oracle.js';

// The task of the layer: the effect filters, the filtered picture (the target), and the conversion between pixels and network values.

/** Red, green and blue. */
export const CHANNELS = 3;

/** @typedef {{ effect: string, kernel: number, stride: number, dilation: number, padding: 'same' | 'valid' }} Settings */

/**
 * The filters of each effect for red, green and blue: square, row by row. The middle of a filter of even size is above and left of its
 * centre, as in TensorFlow's 'same' padding.
 *
 * @type {Record<string, (size: number) => number[][]>}
 */
export const effects = {
  blur: (size) => sameForAllColours(gaussian(size)),
  sharpen: (size) => sameForAllColours(combineWithBlur(size, (identity, blur) => identity + 1.5 * (identity - blur))),
  edges: (size) => sameForAllColours(combineWithBlur(size, (identity, blur) => 3 * (identity - blur))),
  emboss: (size) => sameForAllColours(emboss(size)),
  box: (size) => sameForAllColours(square(size, () => 1 / size ** 2)),
  motion: (size) => sameForAllColours(square(size, (row, column) => (row + column === size - 1 ? 1 / size : 0))),
  fringes: (size) => [0, middleOf(size), size - 1].map((column) => point(size, middleOf(size), column)),
};

/**
 * Returns the convolution of the settings for a square picture, in the form of the test oracle.
 *
 * @param {Settings} settings
 * @param {number} size side length of the picture, in pixels
 */
export function convolutionOf({ kernel, stride, dilation, padding }, size, channels = CHANNELS) {
  return {
    xShape: [1, size, size, channels],
    filterShape: [kernel, kernel, channels, 1],
    strides: [stride, stride],
    dilations: [dilation, dilation],
    pad: padding,
  };
}

/**
 * Returns the true kernel and the target. The target is computed by the plain loops of the test oracle, which shares no code with the
 * package.
 *
 * @param {Settings} settings
 * @param {{ values: Float32Array, size: number }} picture
 */
export function makeTask(settings, { values, size }) {
  const convolution = convolutionOf(settings, size);
  const geometry = geometryOf(convolution);
  if (!geometry) throw new RangeError(`The kernel is larger than a picture of ${size} by ${size} pixels.`);
  const filters = effects[settings.effect](settings.kernel);
  const kernel = Float32Array.from({ length: filters[0].length * CHANNELS }, (_, i) => {
    return filters[i % CHANNELS][Math.floor(i / CHANNELS)];
  });
  const target = Float32Array.from(forward(convolution, values, kernel).values);
  return { convolution, kernel, target, targetShape: geometry.yShape };
}

/**
 * Returns the pixels as network values, standardized to mean 0 and standard deviation 1 for each colour.
 *
 * @param {Uint8ClampedArray} pixels RGBA
 */
export function standardized(pixels) {
  const count = pixels.length / 4;
  const values = new Float32Array(count * CHANNELS);
  const colours = [0, 1, 2].map((channel) => statisticsOf(pixels, channel));
  for (let i = 0; i < values.length; ++i) {
    const { mean, deviation } = colours[i % CHANNELS];
    values[i] = (pixels[4 * Math.floor(i / CHANNELS) + (i % CHANNELS)] - mean) / deviation;
  }
  return { values, colours };
}

/**
 * Returns network values as pixels: the inverse of `standardized`.
 *
 * @param {Float32Array} values
 * @param {{ mean: number, deviation: number }[]} colours the statistics of the unfiltered picture
 * @param {boolean} isZeroGrey whether 0 becomes grey instead of the mean: for filters whose weights add up to 0
 */
export function pixelsOf(values, colours, isZeroGrey) {
  const pixels = new Uint8ClampedArray((values.length / CHANNELS) * 4).fill(255);
  for (let i = 0; i < values.length; ++i) {
    const { mean, deviation } = colours[i % CHANNELS];
    pixels[4 * Math.floor(i / CHANNELS) + (i % CHANNELS)] = values[i] * deviation + (isZeroGrey ? 127.5 : mean);
  }
  return pixels;
}

/** @param {Uint8ClampedArray} pixels @param {number} channel */
function statisticsOf(pixels, channel) {
  let sum = 0;
  let squares = 0;
  for (let i = channel; i < pixels.length; i += 4) {
    sum += pixels[i];
    squares += pixels[i] ** 2;
  }
  const count = pixels.length / 4;
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean ** 2)) || 1 };
}

/** @param {number[]} filter */
function sameForAllColours(filter) {
  return [filter, filter, filter];
}

/** @param {number} size @param {(row: number, column: number) => number} weightAt */
function square(size, weightAt) {
  return Array.from({ length: size ** 2 }, (_, i) => weightAt(Math.floor(i / size), i % size));
}

/** One weight of 1, which moves the picture. @param {number} size @param {number} row @param {number} column */
function point(size, row, column) {
  return square(size, (i, j) => (i === row && j === column ? 1 : 0));
}

/** @param {number} size */
function middleOf(size) {
  return Math.floor((size - 1) / 2);
}

/** A Gaussian that falls to 1/e at the middle of each side. @param {number} size */
function gaussian(size) {
  const centre = (size - 1) / 2;
  const bell = square(size, (i, j) => Math.exp(-((i - centre) ** 2 + (j - centre) ** 2) / centre ** 2));
  const sum = bell.reduce((total, weight) => total + weight);
  return bell.map((weight) => weight / sum);
}

/** @param {number} size */
function identityFilter(size) {
  return point(size, middleOf(size), middleOf(size));
}

/** @param {number} size @param {(identity: number, blur: number) => number} combine two weights */
function combineWithBlur(size, combine) {
  const blur = gaussian(size);
  return identityFilter(size).map((weight, i) => combine(weight, blur[i]));
}

/** The picture plus its slope towards the lower right. @param {number} size */
function emboss(size) {
  const slope = square(size, (i, j) => i + j - (size - 1));
  const scale = 3 / slope.reduce((sum, weight) => sum + Math.abs(weight), 0);
  return identityFilter(size).map((weight, i) => weight + scale * slope[i]);
}
