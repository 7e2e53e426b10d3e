import { CHANNELS } from './task.js';

/**
 * Pixels as numbers that a network likes, each colour with mean 0 and deviation 1, and numbers as pixels again.
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
 * @param {Float32Array} values
 * @param {{ mean: number, deviation: number }[]} colours those of the picture that was filtered
 * @param {boolean} isAroundGrey whether 0 is to be grey, as for filters that keep no brightness
 */
export function pixelsOf(values, colours, isAroundGrey) {
  const pixels = new Uint8ClampedArray((values.length / CHANNELS) * 4).fill(255);
  for (let i = 0; i < values.length; ++i) {
    const { mean, deviation } = colours[i % CHANNELS];
    pixels[4 * Math.floor(i / CHANNELS) + (i % CHANNELS)] = values[i] * deviation + (isAroundGrey ? 127.5 : mean);
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
