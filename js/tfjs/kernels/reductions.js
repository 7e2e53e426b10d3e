import { requireShape } from '../../arguments.js';
import { sizeOf } from '../../ops.js';
import { compose } from './compose.js';

/**
 * @typedef {{ outer: number, middle: number, inner: number }} Stage a tensor as three axes, of which `middle` is reduced
 *
 * @typedef {object} Reduction
 * @property {Stage[]} stages at least one
 * @property {number} count the number of values in a sum
 * @property {number[]} shape the shape of the result
 */

/**
 * Returns how to reduce the axes of a tensor, or undefined if `axis` is not valid. Each stage reduces one group of adjacent axes. The stage
 * with the most values comes first, so the others read little. Each stage has few roundings, so the result has, too.
 *
 * @returns {Reduction | undefined}
 */
export function reductionOf(inputShape, { axis, keepDims = false }) {
  const axes = normalizedAxes(axis, inputShape.length);
  if (!axes.every((each) => Number.isInteger(each) && each >= 0 && each < inputShape.length)) return undefined;
  const groups = adjacentGroups(inputShape, axes).sort((a, b) => b.middle - a.middle);
  const remaining = [...inputShape];
  const stages = groups.map(({ first, end, middle }) => {
    const [outer, inner] = [sizeOf(remaining.slice(0, first)), sizeOf(remaining.slice(end))];
    remaining.fill(1, first, end);
    return { outer, middle, inner };
  });
  const kept = inputShape.map((size, i) => (axes.includes(i) ? 1 : size));
  return {
    stages: stages.length > 0 ? stages : [{ outer: sizeOf(inputShape), middle: 1, inner: 1 }],
    count: sizeOf(axes.map((each) => inputShape[each])),
    shape: keepDims ? kept : kept.filter((_, i) => !axes.includes(i)),
  };
}

/** Returns the axes that tfjs's `axis` (a number, a list or nothing for all axes) selects, each once, in order, counted from 0. */
function normalizedAxes(axis, rank) {
  const given = axis === undefined || axis === null ? Array.from({ length: rank }, (_, i) => i) : [axis].flat();
  return [...new Set(given.map((each) => (each < 0 ? each + rank : each)))].sort((a, b) => a - b);
}

/** Returns the groups of adjacent axes. An axis of size 1 does not separate groups, and a group of size 1 needs no sum. */
function adjacentGroups(shape, axes) {
  const groups = [];
  let group;
  shape.forEach((size, i) => {
    if (!axes.includes(i) && size !== 1) {
      group = undefined;
      return;
    }
    if (!group) groups.push((group = { first: i, end: i, middle: 1 }));
    group.end = i + 1;
    group.middle *= size;
  });
  return groups.filter(({ middle }) => middle !== 1);
}

/**
 * Returns a kernel function that multiplies sums by a factor.
 *
 * @param {(count: number) => number} factorOf returns the factor for the number of values in a sum
 */
export function sum(factorOf) {
  return ({ inputs: { x }, attrs }, context) => {
    const { stages, count, shape } = /** @type {Reduction} */ (reductionOf(x.shape, attrs));
    const { name, withOps } = context;
    return compose(context, (_, keep) =>
      stages.reduce((values, { outer, middle, inner }, i) => {
        const isLast = i === stages.length - 1;
        const factor = isLast ? factorOf(count) : 1;
        const run = (native, [x], [sums]) => native.sumMiddleAxis(x, sums, outer, middle, inner, factor);
        const resultShape = isLast ? shape : [outer, inner];
        return keep(withOps((ops) => ops.compute(name, { x: values }, [resultShape], run)[0]));
      }, x),
    );
  };
}

/**
 * Returns the gradient of a mean over `axis` of a tensor of `inputShape`. dy has the reduced axes with size 1, or does not have them.
 *
 * @param {import('../kernels.js').KernelCall} call
 * @param {import('../kernels.js').Context} context
 */
export function meanGradient({ inputs: { dy }, attrs: { inputShape, axis } }, context) {
  const { name, withOps } = context;
  const { stages, count, shape } = /** @type {Reduction} */ (reductionOf(inputShape, { axis }));
  if (sizeOf(dy.shape) !== sizeOf(shape)) requireShape(name, 'dy', dy.shape, shape);
  return compose(context, (_, keep) =>
    stages.reduceRight((values, { outer, middle, inner }, i) => {
      const factor = i === stages.length - 1 ? 1 / count : 1;
      const run = (native, addresses, results) =>
        native.broadcastMiddleAxis(...addresses, ...results, outer, middle, inner, factor);
      const shape = i === 0 ? inputShape : [outer, middle, inner];
      return keep(withOps((ops) => ops.compute(name, { dy: values }, [shape], run)[0]));
    }, dy),
  );
}
