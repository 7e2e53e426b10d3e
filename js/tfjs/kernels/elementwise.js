import { kindError, requireShape } from '../../arguments.js';
import { sizeOf } from '../../ops.js';
import { requireTensor } from '../heap.js';
import { compose } from './compose.js';

/** The kernels in the order of the enums of cpp/nn/binary.h and cpp/nn/unary.h. */
const BINARY = ['Add', 'Sub', 'Multiply', 'RealDiv', 'SquaredDifference', 'Maximum', 'Minimum'];
const UNARY = ['Exp', 'Tanh', 'Erf', 'Sqrt', 'Rsqrt', 'Swish', 'Gelu'];
const GRADIENTS = ['SigmoidGrad', 'TanhGrad', 'EluGrad', 'ErfGrad', 'GeluGrad'];
/** Of these, the gradients that read y. The others read x. */
const READ_Y = ['SigmoidGrad', 'TanhGrad', 'EluGrad'];
/** The exponents that cpp/nn/unary.h computes by a few products, square roots and divisions. */
const EXPONENTS = [-3, -2, -1.5, -1, -0.5, 0.5, 1, 2, 3, 4];

/**
 * Elementwise kernels of float32 that are faster than those of tfjs: docs/performance.md contains the measurements. Gradients read dy and x, or
 * dy and y = f(x), or all three. EluGrad is a kernel of tfjs. SigmoidGrad, TanhGrad, ErfGrad and ReluGrad are kernels of this package only, which its
 * gradients call.
 *
 * @type {Record<string, import('../kernels.js').TfjsKernel>}
 */
export const elementwiseKernels = {
  ...named(BINARY, (op) => ({ compute: binary(op), accepts: broadcastOfFloats })),
  ...named(UNARY, (op) => unary(() => (native, x, y, size) => native.unary(x, y, op, size))),
  LeakyRelu: unary(
    ({ alpha }) =>
      (native, x, y, size) =>
        native.leakyRelu(x, y, alpha, size),
  ),
  Pow: { compute: power, accepts: fastExponentOf },
  Tile: { compute: tile, accepts: isFloat32 },
  ...named(GRADIENTS, (op, name) =>
    gradient(
      [READ_Y.includes(name) ? 'y' : 'x'],
      () => (native, x, dy, dx, size) => native.unaryGradient(x, dy, dx, op, size),
    ),
  ),
  SwishGrad: gradient(
    ['x', 'y'],
    () =>
      (native, ...numbers) =>
        native.swishGradient(...numbers),
  ),
  ReluGrad: gradient(
    ['x'],
    ({ alpha, max }) =>
      (native, x, dy, dx, size) =>
        native.reluGradient(x, dy, dx, alpha, max, size),
  ),
};

function named(names, kernelOf) {
  return Object.fromEntries(names.map((name, op) => [name, kernelOf(op, name)]));
}

function isFloat32({ inputs: { x } }) {
  return x.dtype === 'float32';
}

/**
 * @typedef {object} Broadcast
 * @property {number[]} shape the shape of the result
 * @property {number[]} sizes the shape of the result as [outer, middle, inner], with adjacent axes that the same operands have as one axis
 * @property {number} aAxes the axes that a has: the sum of 1 (outer), 2 (middle) and 4 (inner)
 * @property {number} bAxes
 */

/** Returns how two tensors broadcast; undefined if they do not, or not with three axes. @returns {Broadcast | undefined} */
function broadcastOf(aShape, bShape) {
  const rank = Math.max(aShape.length, bShape.length);
  const shape = Array(rank);
  const sizes = [1, 1, 1];
  let [aAxes, bAxes, axis, before] = [0, 0, 3, 0];
  // From the last axis to the first. `before` is 1 if a has the axis, plus 2 if b has it.
  for (let i = 1; i <= rank; ++i) {
    const a = i <= aShape.length ? aShape[aShape.length - i] : 1;
    const b = i <= bShape.length ? bShape[bShape.length - i] : 1;
    if (a !== b && a !== 1 && b !== 1) return undefined;
    const size = a === 1 ? b : a;
    shape[rank - i] = size;
    if (size === 1) continue;
    const owners = (a === 1 ? 0 : 1) + (b === 1 ? 0 : 2);
    if (owners !== before) {
      if (axis === 0) return undefined;
      --axis;
      before = owners;
      if (owners & 1) aAxes += 1 << axis;
      if (owners & 2) bAxes += 1 << axis;
    }
    sizes[axis] *= size;
  }
  const unused = (1 << axis) - 1; // axes of size 1 belong to both
  return { shape, sizes, aAxes: aAxes + unused, bAxes: bAxes + unused };
}

function broadcastOfFloats({ inputs: { a, b } }) {
  return a.dtype === 'float32' && b.dtype === 'float32' ? broadcastOf(a.shape, b.shape) : undefined;
}

function binary(op) {
  return ({ inputs: { a, b } }, { name, withOps, accepted: { shape, sizes, aAxes, bAxes } }) => {
    const run = (native, [a, b], [y]) => native.binary(a, b, y, op, ...sizes, aAxes, bAxes);
    return withOps((ops) => ops.compute(name, { a, b }, [shape], run)[0]);
  };
}

/** @param {(attrs: any) => (native: any, x: number, y: number, size: number) => number} runOf */
function unary(runOf) {
  return {
    accepts: isFloat32,
    compute({ inputs: { x }, attrs }, { name, withOps }) {
      const [size, run] = [sizeOf(x.shape), runOf(attrs)];
      return withOps((ops) => ops.compute(name, { x }, [x.shape], (native, [x], [y]) => run(native, x, y, size))[0]);
    },
  };
}

/**
 * @param {string[]} names the tensors that the gradient reads before dy
 * @param {(attrs: any) => (native: any, ...numbers: number[]) => number} runOf returns a function of the addresses of these tensors, dy and dx,
 *   and the size
 */
function gradient(names, runOf) {
  return {
    compute({ inputs, attrs }, { name, withOps }) {
      const operands = {};
      let shape;
      for (const argument of [...names, 'dy']) {
        const info = (operands[argument] = inputs[argument]);
        requireTensor(name, argument, info, 'float32');
        requireShape(name, argument, info.shape, (shape ??= info.shape));
      }
      const [size, run] = [sizeOf(shape), runOf(attrs)];
      return withOps(
        (ops) => ops.compute(name, operands, [shape], (native, from, [dx]) => run(native, ...from, dx, size))[0],
      );
    },
  };
}

/** Returns the exponent if it is one number that our kernel computes, otherwise undefined. */
function fastExponentOf({ inputs: { a, b }, backend }) {
  if (a.dtype !== 'float32' || b.dtype !== 'float32' || sizeOf(b.shape) !== 1 || b.shape.length > a.shape.length) {
    return undefined;
  }
  if (b.isDisposed) return EXPONENTS[0]; // `power` throws
  return EXPONENTS.find((each) => each === backend.readSync(b.dataId)[0]);
}

function power({ inputs: { a, b } }, { name, withOps, accepted: exponent }) {
  requireTensor(name, 'b', b, 'float32');
  const size = sizeOf(a.shape);
  const run = (native, [x], [y]) => native.power(x, y, exponent, size);
  return withOps((ops) => ops.compute(name, { a }, [a.shape], run)[0]);
}

/**
 * Returns x repeated along its axes. tfjs's kernel copies single numbers: 0.03 GB/s for [8, 24, 24, 1] repeated 128 times.
 *
 * @param {import('../kernels.js').KernelCall} call
 * @param {import('../kernels.js').Context} context
 */
function tile({ inputs: { x }, attrs: { reps } }, context) {
  const { name, withOps } = context;
  const isWhole = (count) => Number.isInteger(count) && count >= 0;
  if (!Array.isArray(reps) || reps.length !== x.shape.length || !reps.every(isWhole)) {
    throw kindError(name, 'reps', 'a whole number of at least 0 for each axis', reps);
  }
  const shape = x.shape.map((size, i) => size * reps[i]);
  const stages = tileStages(x.shape, reps);
  return compose(context, (_, keep) =>
    stages.reduce((values, { outer, middle, inner }, i) => {
      const run = (native, addresses, results) =>
        native.broadcastMiddleAxis(...addresses, ...results, outer, middle, inner, 1);
      const resultShape = i === stages.length - 1 ? shape : [outer, middle, inner];
      return keep(withOps((ops) => ops.compute(name, { x: values }, [resultShape], run)[0]));
    }, x),
  );
}

/** Returns the copies that repeat a tensor, at least one: from the last axis to the first, [outer, inner] becomes [outer, middle, inner]. */
function tileStages(shape, reps) {
  const stages = [];
  if (reps.includes(0)) return [{ outer: 0, middle: 1, inner: 1 }]; // the result is empty
  let inner = 1;
  for (let axis = shape.length - 1; axis >= 0; --axis) {
    const outer = sizeOf(shape.slice(0, axis));
    const last = stages.at(-1);
    inner *= shape[axis];
    // If the outer sizes are equal, this axis and those in between have size 1.
    if (last?.outer === outer) last.middle *= reps[axis];
    else if (reps[axis] !== 1) stages.push({ outer, middle: reps[axis], inner });
    inner *= reps[axis];
  }
  return stages.length > 0 ? stages : [{ outer: sizeOf(shape), middle: 1, inner: 1 }];
}
