import { CHANNELS } from './task.js';

/**
 * Directions to go in, one for each colour, whose filters have nothing to do with each other. The squared error is a bowl, and each direction
 * keeps what the ones before it have gained, so that so many steps as there are weights would be enough, if sums were exact. (Nocedal and
 * Wright, Numerical Optimization, 2nd edition, chapter 5; β is Polak and Ribière's, which begins afresh where it would be negative.)
 */
export class ConjugateGradients {
  /** @type {Float32Array | undefined} */
  #gradient;
  /** @type {Float32Array | undefined} */
  #direction;

  /** @param {Float32Array} gradient of every weight, colours interleaved */
  next(gradient) {
    const [previous, before] = [this.#gradient, this.#direction];
    const keep = sumsByColour((i) => (previous ? gradient[i] * (gradient[i] - previous[i]) : 0), gradient.length);
    const scale = sumsByColour((i) => (previous ? previous[i] ** 2 : 0), gradient.length);
    const beta = keep.map((value, c) => (scale[c] > 0 ? Math.max(0, value / scale[c]) : 0));
    this.#gradient = gradient.slice();
    this.#direction = gradient.map((slope, i) => beta[i % CHANNELS] * (before?.[i] ?? 0) - slope);
    return this.#direction;
  }
}

/** @param {(i: number) => number} valueAt @param {number} length */
export function sumsByColour(valueAt, length) {
  const sums = new Array(CHANNELS).fill(0);
  for (let i = 0; i < length; ++i) sums[i % CHANNELS] += valueAt(i);
  return sums;
}
