/**
 * Where times lie along the bars' axis, from 0 to 1.
 *
 * @typedef {{ position: (value: number) => number, ticks: number[] }} Scale
 */

/**
 * From zero to the largest.
 * @param {number[]} values positive @returns {Scale}
 */
export function linearScale(values) {
  const end = Math.max(...values);
  const step = niceStep(end / 4);
  const ticks = Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => i * step);
  return { position: (value) => value / end, ticks };
}

/**
 * From a power of ten that is well below the smallest, so that every bar has a length, to the largest; ticks at powers of ten.
 * @param {number[]} values positive @returns {Scale}
 */
export function logarithmicScale(values) {
  const first = Math.floor(Math.log10(Math.min(...values) / 2));
  const end = Math.max(Math.log10(Math.max(...values)), first + 1);
  const ticks = Array.from({ length: Math.floor(end) - first + 1 }, (_, i) => 10 ** (first + i));
  return { position: (value) => (value <= 0 ? 0 : Math.max(0, (Math.log10(value) - first) / (end - first))), ticks };
}

/** 1, 2 or 5 times a power of ten, at least this. */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((step) => step * power >= least) ?? 10);
}
