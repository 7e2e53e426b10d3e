import { SIZE } from './network.js';

// Drawings and pictures. A drawing is a list of strokes on the pad, a picture is what the network gets.

/** Returns random numbers from 0 to 1. @typedef {() => number} Random */

/** A line of the pen: points [x, y] on a pad with sides of length 1. @typedef {[number, number][]} Stroke */

/** An example: a square of pixels, RGBA, as in ImageData. Drawings have 32 by 32 pixels, photos 96 by 96. @typedef {Uint8ClampedArray<ArrayBuffer>} Picture */

/** The colours of the pad, equal in both themes: a network trained in one theme must work in the other. */
export const PAPER = [22, 26, 36];
export const INK = [246, 247, 250];

/** Width of the pen, relative to the pad. */
export const PEN_WIDTH = 0.065;

/**
 * The longer side of a drawing in a picture. Pictures contain drawings centred and equally large: the network then recognizes a shape
 * wherever and however small the user draws it.
 */
const FITTED_SIZE = 0.66;

/** A drawing smaller than this, such as a dot, is enlarged as if it had this size. */
const MIN_SIZE = 0.05;

/** The shapes that the page can draw. */
export const SHAPES = ['circle', 'square', 'triangle'];

const CORNERS = { square: 4, triangle: 3 };

/** Largest rotation, in radians. */
const MAX_ANGLE = 0.35;

/** Radius of polygons relative to circles. They then look equally large. */
const POLYGON_RADIUS = 1.1;

/** Points along a side. The noise of each point makes the side look hand-drawn. */
const POINTS = 8;

/**
 * Returns a shape as a person draws it quickly: with a random position, size and rotation, and not quite closed.
 *
 * @param {string} shape one of SHAPES
 * @param {Random} random
 * @returns {Stroke[]}
 */
export function drawShape(shape, random) {
  const outline = shape === 'circle' ? ellipse(random) : polygon(CORNERS[shape], random);
  const angle = between(random, -MAX_ANGLE, MAX_ANGLE);
  const [width, height] = [between(random, 0.2, 0.32), between(random, 0.2, 0.32)];
  const [centreX, centreY] = [between(random, 0.44, 0.56), between(random, 0.44, 0.56)];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [
    outline.map(([x, y]) => {
      const [wide, high] = [x * width + between(random, -0.008, 0.008), y * height + between(random, -0.008, 0.008)];
      return [centreX + cos * wide - sin * high, centreY + sin * wide + cos * high];
    }),
  ];
}

/**
 * Returns a variation of a drawing: rotated and stretched a little about its middle.
 *
 * @param {Stroke[]} strokes
 * @param {Random} random
 * @returns {Stroke[]}
 */
export function variationOf(strokes, random) {
  const { middle } = boxOf(strokes);
  const angle = between(random, -0.2, 0.2);
  const [scaleX, scaleY] = [between(random, 0.88, 1.1), between(random, 0.88, 1.1)];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return strokes.map((stroke) =>
    stroke.map(([x, y]) => {
      const [wide, high] = [(x - middle[0]) * scaleX, (y - middle[1]) * scaleY];
      return [middle[0] + cos * wide - sin * high, middle[1] + sin * wide + cos * high];
    }),
  );
}

/**
 * Returns the drawing moved to the middle of the pad and scaled to a fixed size.
 *
 * @param {Stroke[]} strokes
 * @returns {Stroke[]}
 */
export function fitted(strokes) {
  const { middle, size } = boxOf(strokes);
  const scale = FITTED_SIZE / Math.max(...size, MIN_SIZE);
  return strokes.map((stroke) =>
    stroke.map(([x, y]) => [0.5 + scale * (x - middle[0]), 0.5 + scale * (y - middle[1])]),
  );
}

/**
 * Returns a drawing as the network gets it: fitted, with lines of the pen's width and smooth edges. The coverage of a pixel depends on the
 * distance of its middle from the line.
 *
 * @param {Stroke[]} strokes
 * @returns {Picture}
 */
export function pictureOf(strokes) {
  const coverage = new Float32Array(SIZE * SIZE);
  for (const stroke of fitted(strokes)) {
    for (let i = 0; i < stroke.length; ++i) coverSegment(coverage, stroke[Math.max(i - 1, 0)], stroke[i]);
  }
  const picture = new Uint8ClampedArray(SIZE * SIZE * 4);
  coverage.forEach((part, i) => {
    for (let c = 0; c < 3; ++c) picture[4 * i + c] = Math.round(PAPER[c] + part * (INK[c] - PAPER[c]));
    picture[4 * i + 3] = 255;
  });
  return picture;
}

/** Returns the side length of a picture. @param {Picture} picture */
export function sideOf(picture) {
  return Math.sqrt(picture.length / 4);
}

/**
 * Returns pictures as the worker gets them: colours without opacity, one picture after the other.
 *
 * @param {Picture[]} pictures
 * @param {number} [size] the side length of each picture in the result; a multiple or a divisor of the side length of each given picture
 * @returns {Uint8Array<ArrayBuffer>} [pictures.length, size, size, 3]
 */
export function packed(pictures, size = SIZE) {
  const result = new Uint8Array(pictures.length * size * size * 3);
  let next = 0;
  for (const picture of pictures) {
    const side = sideOf(picture);
    if (side === size) {
      for (let at = 0; at < picture.length; ++at) if (at % 4 < 3) result[next++] = picture[at];
      continue;
    }
    const averaged = Math.max(side / size, 1); // of a larger picture, a square of pixels becomes one pixel
    for (let y = 0; y < size; ++y) {
      for (let x = 0; x < size; ++x) {
        const [top, left] = [Math.floor((y * side) / size), Math.floor((x * side) / size)];
        for (let c = 0; c < 3; ++c) {
          let sum = 0;
          for (let i = 0; i < averaged; ++i) {
            for (let j = 0; j < averaged; ++j) sum += picture[4 * ((top + i) * side + left + j) + c];
          }
          result[next++] = Math.round(sum / averaged ** 2);
        }
      }
    }
  }
  return result;
}

/** Returns the middle and the side lengths of the smallest box around a drawing. @param {Stroke[]} strokes */
function boxOf(strokes) {
  const axes = [0, 1].map((axis) => {
    const along = strokes.flat().map((point) => point[axis]);
    return { from: Math.min(...along), to: Math.max(...along) };
  });
  return { middle: axes.map(({ from, to }) => (from + to) / 2), size: axes.map(({ from, to }) => to - from) };
}

/** @param {Random} random @param {number} from @param {number} to */
function between(random, from, to) {
  return from + (to - from) * random();
}

/** A circle around 0 with radius 1. @param {Random} random @returns {Stroke} */
function ellipse(random) {
  const start = between(random, 0, 2 * Math.PI);
  const length = between(random, 0.97, 1.04) * 2 * Math.PI;
  return Array.from({ length: 4 * POINTS + 1 }, (_, i) => {
    const angle = start + (length * i) / (4 * POINTS);
    return [Math.cos(angle), Math.sin(angle)];
  });
}

/** @param {number} count of corners @param {Random} random @returns {Stroke} */
function polygon(count, random) {
  const firstAngle = count === 4 ? Math.PI / 4 : -Math.PI / 2;
  const down = count === 4 ? 0 : POLYGON_RADIUS / 4; // centres the triangle, which extends further up than down
  /** @type {Stroke} */
  const corners = Array.from({ length: count }, (_, i) => {
    const angle = firstAngle + (2 * Math.PI * i) / count;
    return [
      POLYGON_RADIUS * Math.cos(angle) + between(random, -0.1, 0.1),
      down + POLYGON_RADIUS * Math.sin(angle) + between(random, -0.1, 0.1),
    ];
  });
  const first = Math.floor(random() * count);
  const end = corners[first].map((at) => at + between(random, -0.08, 0.08));
  const inOrder = [...corners.slice(first), ...corners.slice(0, first), end];
  return inOrder.slice(1).flatMap(([toX, toY], i) => {
    const [fromX, fromY] = inOrder[i];
    return Array.from({ length: POINTS + 1 }, (_, j) => {
      const along = j / POINTS;
      return /** @type {[number, number]} */ ([fromX + along * (toX - fromX), fromY + along * (toY - fromY)]);
    });
  });
}

/** @param {Float32Array} coverage @param {[number, number]} from @param {[number, number]} to */
function coverSegment(coverage, from, to) {
  const [[x0, y0], [x1, y1]] = [from, to].map(([x, y]) => [x * SIZE - 0.5, y * SIZE - 0.5]);
  const radius = (PEN_WIDTH * SIZE) / 2;
  const [border, last] = [radius + 1, SIZE - 1];
  for (let y = Math.max(Math.ceil(Math.min(y0, y1) - border), 0); y <= Math.min(Math.max(y0, y1) + border, last); ++y) {
    for (
      let x = Math.max(Math.ceil(Math.min(x0, x1) - border), 0);
      x <= Math.min(Math.max(x0, x1) + border, last);
      ++x
    ) {
      const part = Math.min(radius + 0.5 - distance([x, y], [x0, y0], [x1, y1]), 1);
      const at = y * SIZE + x;
      coverage[at] = Math.max(coverage[at], part);
    }
  }
}

/** Returns the distance of a point from a segment. The segment can be a point. */
function distance([x, y], [x0, y0], [x1, y1]) {
  const [alongX, alongY] = [x1 - x0, y1 - y0];
  const squared = alongX ** 2 + alongY ** 2;
  const along = squared === 0 ? 0 : Math.min(Math.max(((x - x0) * alongX + (y - y0) * alongY) / squared, 0), 1);
  return Math.hypot(x - x0 - along * alongX, y - y0 - along * alongY);
}
