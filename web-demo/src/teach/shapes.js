import { between } from './random.js';

/** @typedef {import('./random.js').Random} Random */

/** A line that the pen has drawn, on a pad whose sides are 1 long: points [x, y]. @typedef {[number, number][]} Stroke */

/** What the page can draw itself, by name. */
export const SHAPES = ['circle', 'square', 'triangle'];

const CORNERS = { square: 4, triangle: 3 };

/** In radians: what stands upright stands so roughly. */
const MOST_TURN = 0.35;

/** Of polygons, where that of circles is 1: so they look as large. */
const RADIUS = 1.1;

/** Points along a side, which a hand does not draw straight. */
const POINTS = 8;

/**
 * A shape as a quick hand draws it: somewhere on the pad, of some size, turned a little, not quite closed.
 *
 * @param {string} shape one of SHAPES
 * @param {Random} random
 * @returns {Stroke[]}
 */
export function drawShape(shape, random) {
  const outline = shape === 'circle' ? ellipse(random) : polygon(CORNERS[shape], random);
  const turn = between(random, -MOST_TURN, MOST_TURN);
  const [width, height] = [between(random, 0.2, 0.32), between(random, 0.2, 0.32)];
  const [centreX, centreY] = [between(random, 0.44, 0.56), between(random, 0.44, 0.56)];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return [
    outline.map(([x, y]) => {
      const [wide, high] = [x * width + between(random, -0.008, 0.008), y * height + between(random, -0.008, 0.008)];
      return [centreX + cos * wide - sin * high, centreY + sin * wide + cos * high];
    }),
  ];
}

/** @param {Random} random @returns {Stroke} around 0, of radius 1 */
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
  const upright = count === 4 ? Math.PI / 4 : -Math.PI / 2;
  const down = count === 4 ? 0 : RADIUS / 4; // a triangle reaches higher from its middle than it reaches down
  /** @type {Stroke} */
  const corners = Array.from({ length: count }, (_, i) => {
    const angle = upright + (2 * Math.PI * i) / count;
    return [
      RADIUS * Math.cos(angle) + between(random, -0.1, 0.1),
      down + RADIUS * Math.sin(angle) + between(random, -0.1, 0.1),
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

/**
 * The same drawing once more: moved, turned and stretched a little about its middle.
 *
 * @param {Stroke[]} strokes
 * @param {Random} random
 * @returns {Stroke[]}
 */
export function varied(strokes, random) {
  const points = strokes.flat();
  const middle = [0, 1].map((axis) => {
    const along = points.map((point) => point[axis]);
    return (Math.min(...along) + Math.max(...along)) / 2;
  });
  const turn = between(random, -0.2, 0.2);
  const [scaleX, scaleY] = [between(random, 0.88, 1.1), between(random, 0.88, 1.1)];
  const [moveX, moveY] = [between(random, -0.06, 0.06), between(random, -0.06, 0.06)];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return strokes.map((stroke) =>
    stroke.map(([x, y]) => {
      const [wide, high] = [(x - middle[0]) * scaleX, (y - middle[1]) * scaleY];
      return [middle[0] + moveX + cos * wide - sin * high, middle[1] + moveY + sin * wide + cos * high];
    }),
  );
}
