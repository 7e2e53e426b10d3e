import { forward, geometryOf } from '../../../tests/js/support/oracle.js';
import { effects } from './effects.js';

/** Red, green and blue. */
export const CHANNELS = 3;

/**
 * @typedef {{ effect: string, kernel: number, stride: number, dilation: number, padding: 'same' | 'valid' }} Settings
 */

/** The convolution that the settings ask for, over a square of so many pixels, as the tests' definition takes it. */
export function convolutionOf(
  /** @type {Settings} */ { kernel, stride, dilation, padding },
  /** @type {number} */ size,
  channels = CHANNELS,
) {
  return {
    xShape: [1, size, size, channels],
    filterShape: [kernel, kernel, channels, 1],
    strides: [stride, stride],
    dilations: [dilation, dilation],
    pad: padding,
  };
}

/**
 * What the layer is to find out, and what it gets to see: the true kernel, and what it makes of the picture by the definition's plain loops,
 * which share no code with the package.
 *
 * @param {Settings} settings
 * @param {{ values: Float32Array, size: number }} picture
 */
export function makeTask(settings, { values, size }) {
  const convolution = convolutionOf(settings, size);
  const geometry = geometryOf(convolution);
  if (!geometry) throw new RangeError(`the kernel is larger than a picture of ${size} by ${size}`);
  const filters = effects[settings.effect](settings.kernel);
  const kernel = Float32Array.from({ length: filters[0].length * CHANNELS }, (_, i) => {
    return filters[i % CHANNELS][Math.floor(i / CHANNELS)];
  });
  const target = Float32Array.from(forward(convolution, values, kernel).values);
  return { convolution, kernel, target, targetShape: geometry.yShape };
}
