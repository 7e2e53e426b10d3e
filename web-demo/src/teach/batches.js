import { CHANNELS, SIZE } from './network.js';
import { shuffled } from './random.js';

/** @typedef {import('./random.js').Random} Random */

/** Pictures [n, 32, 32, 3] as bytes, and the class of each. @typedef {{ pixels: Uint8Array, labels: Uint8Array }} Samples */

export const BATCH = 16;

/** One in so many samples of a class is kept aside, to ask the network about what it was not trained on. */
const ASIDE = 5;

/** In pixels: how far a picture is moved, so that few samples are enough. */
const MOST_SHIFT = 2;

const PICTURE = SIZE * SIZE * CHANNELS;

/**
 * Which samples to train on, and which to keep aside: one in five of every class that has as many.
 *
 * @param {Uint8Array} labels
 * @param {Random} random
 * @returns {{ training: number[], aside: number[] }} indices
 */
export function splitSamples(labels, random) {
  const training = [];
  const aside = [];
  for (const label of new Set(labels)) {
    const ofClass = shuffled([...labels.keys()].filter((i) => labels[i] === label), random); // prettier-ignore
    const count = Math.floor(ofClass.length / ASIDE);
    aside.push(...ofClass.slice(0, count));
    training.push(...ofClass.slice(count));
  }
  return { training, aside };
}

/**
 * The batches of an epoch: all samples in a random order, each moved a little. All batches have the same size, so that steps take equally
 * long: the last is filled up from the beginning.
 *
 * @param {number[]} training indices
 * @param {Random} random
 * @returns {{ index: number, shift: [number, number] }[][]}
 */
export function batchesOfEpoch(training, random) {
  const order = shuffled(training, random);
  const shift = () => Math.floor(random() * (2 * MOST_SHIFT + 1)) - MOST_SHIFT;
  return Array.from({ length: stepsPerEpoch(training.length) }, (_, batch) =>
    Array.from({ length: BATCH }, (_, i) => ({
      index: order[(batch * BATCH + i) % order.length],
      shift: /** @type {[number, number]} */ ([shift(), shift()]),
    })),
  );
}

/** @param {number} samples */
export function stepsPerEpoch(samples) {
  return Math.ceil(samples / BATCH);
}

/**
 * The pictures as the network takes them, from -1 to 1. What a shift uncovers repeats the border.
 *
 * @param {Uint8Array} pixels of all samples
 * @param {{ index: number, shift?: [number, number] }[]} chosen
 * @returns {Float32Array} [chosen.length, 32, 32, 3]
 */
export function picturesOf(pixels, chosen) {
  const result = new Float32Array(chosen.length * PICTURE);
  const inside = (position) => Math.min(Math.max(position, 0), SIZE - 1);
  let next = 0;
  for (const { index, shift: [down, right] = [0, 0] } of chosen) {
    for (let y = 0; y < SIZE; ++y) {
      for (let x = 0; x < SIZE; ++x) {
        const from = index * PICTURE + (inside(y - down) * SIZE + inside(x - right)) * CHANNELS;
        for (let c = 0; c < CHANNELS; ++c) result[next++] = pixels[from + c] / 127.5 - 1;
      }
    }
  }
  return result;
}
