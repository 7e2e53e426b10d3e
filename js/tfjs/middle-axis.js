/** How our kernels see a tensor that is reduced: cpp/tfjs/middle_axis.h. */

/** Of fewer adjacent values to a sum, each sum's beginning and end would cost more than the sum. */
const SHORTEST_ROW = 64;

/**
 * The axes as three, outer × middle × inner, where those that are reduced are adjacent; otherwise, and for axes that are not there, nothing.
 * @returns {any} { outer, middle, inner, shape }: three sizes, and the shape of the result
 */
export function middleAxisOf(inputShape, { axis, keepDims = false }) {
  const axes = normalized(axis, inputShape.length);
  if (!axes.every((each) => Number.isInteger(each) && each >= 0 && each < inputShape.length)) return undefined;
  const [first, end] = [axes[0], axes[axes.length - 1] + 1];
  if (end - first !== axes.length) return undefined;
  const middle = sizeOf(inputShape.slice(first, end));
  const inner = sizeOf(inputShape.slice(end));
  if (inner === 1 && middle < SHORTEST_ROW) return undefined;
  const reduced = keepDims ? axes.map(() => 1) : [];
  return {
    outer: sizeOf(inputShape.slice(0, first)),
    middle,
    inner,
    shape: [...inputShape.slice(0, first), ...reduced, ...inputShape.slice(end)],
  };
}

export function sizeOf(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

/** tfjs's axis, a number or a list, of which negative ones count from the last and none means all; each once, in order. */
function normalized(axis, rank) {
  const given = axis === undefined || axis === null ? Array.from({ length: rank }, (_, i) => i) : [axis].flat();
  return [...new Set(given.map((each) => (each < 0 ? each + rank : each)))].sort((a, b) => a - b);
}
