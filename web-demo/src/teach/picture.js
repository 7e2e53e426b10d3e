import { SIZE } from './network.js';

/** @typedef {import('./shapes.js').Stroke} Stroke */

/** What a sample is: 32 by 32 pixels, RGBA, as canvases have them. @typedef {Uint8ClampedArray<ArrayBuffer>} Picture */

/** The pad's colours, in both themes: what the network has learned must not depend on them. */
export const PAPER = [22, 26, 36];
export const INK = [246, 247, 250];

/** Of the pen, where the pad's sides are 1. */
export const PEN_WIDTH = 0.065;

/**
 * The drawing as the network sees it. The lines' edges are smoothed: a pixel is covered as far as its middle lies inside.
 *
 * @param {Stroke[]} strokes
 * @returns {Picture}
 */
export function pictureOf(strokes) {
  const covered = new Float32Array(SIZE * SIZE);
  for (const stroke of strokes) {
    for (let i = 0; i < stroke.length; ++i) coverSegment(covered, stroke[Math.max(i - 1, 0)], stroke[i]);
  }
  const picture = new Uint8ClampedArray(SIZE * SIZE * 4);
  covered.forEach((part, i) => {
    for (let c = 0; c < 3; ++c) picture[4 * i + c] = Math.round(PAPER[c] + part * (INK[c] - PAPER[c]));
    picture[4 * i + 3] = 255;
  });
  return picture;
}

/** @param {Float32Array} covered @param {[number, number]} from @param {[number, number]} to */
function coverSegment(covered, from, to) {
  const [[x0, y0], [x1, y1]] = [from, to].map(([x, y]) => [x * SIZE - 0.5, y * SIZE - 0.5]);
  const radius = (PEN_WIDTH * SIZE) / 2;
  const [first, last] = [radius + 1, SIZE - 1];
  for (let y = Math.max(Math.ceil(Math.min(y0, y1) - first), 0); y <= Math.min(Math.max(y0, y1) + first, last); ++y) {
    for (let x = Math.max(Math.ceil(Math.min(x0, x1) - first), 0); x <= Math.min(Math.max(x0, x1) + first, last); ++x) {
      const part = Math.min(radius + 0.5 - distance([x, y], [x0, y0], [x1, y1]), 1);
      const at = y * SIZE + x;
      covered[at] = Math.max(covered[at], part);
    }
  }
}

/** From a point to a segment, which may be a point too. */
function distance([x, y], [x0, y0], [x1, y1]) {
  const [alongX, alongY] = [x1 - x0, y1 - y0];
  const squared = alongX ** 2 + alongY ** 2;
  const along = squared === 0 ? 0 : Math.min(Math.max(((x - x0) * alongX + (y - y0) * alongY) / squared, 0), 1);
  return Math.hypot(x - x0 - along * alongX, y - y0 - along * alongY);
}

/**
 * The pictures' colours without their opacity, one after the other: what the worker is sent.
 *
 * @param {Picture[]} pictures
 * @returns {Uint8Array<ArrayBuffer>} [pictures.length, 32, 32, 3]
 */
export function packed(pictures) {
  const result = new Uint8Array(pictures.length * SIZE * SIZE * 3);
  pictures.forEach((picture, i) => {
    for (let j = 0; j < SIZE * SIZE; ++j) {
      result.set(picture.subarray(4 * j, 4 * j + 3), (i * SIZE * SIZE + j) * 3);
    }
  });
  return result;
}
