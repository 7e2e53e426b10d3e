import { kindError, requireShape } from '../../arguments.js';
import { sizeOf } from '../../ops.js';
import { requireTensor } from '../heap.js';
import { compose, requireBroadcast } from './compose.js';

/**
 * Returns x as [outer, channels, inner] if every given parameter (mean, variance, scale, offset) has one value for each channel, where the
 * channels are adjacent axes of x: the last one ([C]), another one ([1, C, 1, 1]), all (the shape of x) or none ([1]). Otherwise undefined.
 *
 * @returns {number[] | undefined}
 */
export function normShapeOf(xShape, parameters) {
  const rank = xShape.length;
  const [full, ...others] = parameters
    .filter(Boolean)
    .map(({ shape }) => [...Array(Math.max(0, rank - shape.length)).fill(1), ...shape]);
  if (full.length !== rank || !others.every((other) => other.every((size, i) => size === full[i]))) return undefined;
  const first = full.findIndex((size) => size !== 1);
  if (first === -1) return [sizeOf(xShape), 1, 1];
  const end = full.findLastIndex((size) => size !== 1) + 1;
  if (!full.slice(first, end).every((size, i) => size === xShape[first + i])) return undefined;
  return [xShape.slice(0, first), xShape.slice(first, end), xShape.slice(end)].map(sizeOf);
}

/**
 * Returns the result of FusedBatchNorm. If all parameters have the same channels, our kernel computes it; otherwise (for example a mean for
 * each channel and one variance) kernels of the backend do.
 *
 * @param {import('../kernels.js').KernelCall} call
 * @param {import('../kernels.js').Context} context
 */
export function batchNorm({ inputs, attrs: { varianceEpsilon } }, context) {
  const { name, withOps } = context;
  removeMissing(inputs);
  const { x, mean, variance, offset, scale } = inputs;
  requireTensor(name, 'x', x, 'float32');
  for (const [argument, info] of Object.entries({ mean, variance, offset, scale })) {
    if (!info && (argument === 'offset' || argument === 'scale')) continue;
    requireTensor(name, argument, info, 'float32');
    requireBroadcast(name, argument, info, 'x', x.shape);
  }
  const shape = normShapeOf(x.shape, [mean, variance, offset, scale]);
  if (!shape) return composedBatchNorm(inputs, varianceEpsilon, context);
  const run = (native, addresses, results) =>
    native.batchNorm(...addresses, ...results, varianceEpsilon, -Infinity, Infinity, ...shape);
  return withOps((ops) => ops.compute(name, { x, mean, variance, scale, offset }, [x.shape], run)[0]);
}

/**
 * Removes the inputs that are undefined or null. tf.batchNorm passes them if there is no scale or no offset. After the kernel has run, tfjs
 * records the inputs on its tape, and the tape reads the id of each of them.
 */
function removeMissing(inputs) {
  for (const [name, info] of Object.entries(inputs)) if (!info) Reflect.deleteProperty(inputs, name);
}

function composedBatchNorm({ x, mean, variance, offset, scale }, varianceEpsilon, context) {
  return compose(context, (run) => {
    const epsilon = run('Fill', {}, { shape: [], value: varianceEpsilon, dtype: 'float32' });
    const reciprocal = run('Rsqrt', { x: run('Add', { a: variance, b: epsilon }) });
    const factor = scale ? run('Multiply', { a: reciprocal, b: scale }) : reciprocal;
    const y = run('Multiply', { a: run('Sub', { a: x, b: mean }), b: factor });
    return offset ? run('Add', { a: y, b: offset }) : y;
  });
}

/** Returns the gradients of x, mean, variance, scale and offset, for parameters of one shape. */
export function batchNormGradient(ops, name, { x, dy, mean, variance, scale }, { varianceEpsilon }) {
  for (const [argument, info] of Object.entries({ mean, variance, scale })) {
    if (info) requireShape(name, argument, info.shape, mean.shape);
    else if (argument !== 'scale') throw kindError(name, argument, 'a tensor', info);
  }
  requireShape(name, 'dy', dy.shape, x.shape);
  const shape = normShapeOf(x.shape, [mean]);
  if (!shape) {
    const got = `got [${mean.shape}]`;
    throw new RangeError(`Error in ${name}: mean must have the sizes of adjacent axes of x [${x.shape}], ${got}`);
  }
  const run = (native, addresses, results) =>
    native.batchNormGradient(...addresses, ...results, varianceEpsilon, ...shape);
  const shapes = [x.shape, ...Array(4).fill(mean.shape)];
  return ops.compute(name, { x, dy, mean, variance, scale }, shapes, run);
}

/** Returns the mean and the variance of each channel (the last axis) of x, and the two moving averages moved towards them. */
export function batchNormStatistics(ops, name, { x, movingMean, movingVariance }, { momentum }) {
  const shape = requirePerChannel(name, x, { movingMean, movingVariance });
  const run = (native, addresses, results) =>
    native.batchNormStatistics(...addresses, ...results, 1 - momentum, ...pixelsAndChannels(x));
  return ops.compute(name, { x, movingMean, movingVariance }, Array(4).fill(shape), run);
}

/** Returns x, normalized with its own mean and variance, with an activation: `low` and `high` are the limits of the result. */
export function batchNormTraining(ops, name, { x, mean, variance, scale, offset }, { varianceEpsilon, low, high }) {
  requirePerChannel(name, x, { mean, variance, scale, offset });
  const run = (native, addresses, results) =>
    native.batchNorm(...addresses, ...results, varianceEpsilon, low, high, ...pixelsAndChannels(x), 1);
  return ops.compute(name, { x, mean, variance, scale, offset }, [x.shape], run)[0];
}

/** Returns the gradients of x, scale and offset of batchNormTraining, where mean and variance are functions of x. */
export function batchNormTrainingGradient(ops, name, inputs, { varianceEpsilon, low, high }) {
  const { x, dy, mean, variance, scale, offset } = inputs;
  const shape = requirePerChannel(name, x, { mean, variance, scale, offset });
  requireShape(name, 'dy', dy.shape, x.shape);
  const run = (native, addresses, results) =>
    native.batchNormTrainingGradient(...addresses, ...results, varianceEpsilon, low, high, ...pixelsAndChannels(x));
  return ops.compute(name, { x, dy, mean, variance, scale, offset }, [x.shape, shape, shape], run);
}

/** Checks that each parameter has one value for each channel of x, the last axis. Returns this shape. */
function requirePerChannel(name, x, parameters) {
  const shape = x.shape.slice(-1);
  for (const [argument, info] of Object.entries(parameters)) {
    if (info) requireShape(name, argument, info.shape, shape);
    else if (argument !== 'scale' && argument !== 'offset') throw kindError(name, argument, 'a tensor', info);
  }
  return shape;
}

function pixelsAndChannels({ shape }) {
  return [sizeOf(shape.slice(0, -1)), shape.at(-1)];
}

/**
 * Returns x, normalized over its last axes with the mean and the variance over these axes. scale and offset have the sizes of these axes.
 * `rank` is their number.
 */
export function layerNorm(ops, name, { x, scale, offset }, { epsilon, rank }) {
  const [rows, row] = rowsOf(name, x, { scale, offset }, rank);
  const run = (native, addresses, results) => native.layerNorm(...addresses, ...results, epsilon, rows, sizeOf(row));
  return ops.compute(name, { x, scale, offset }, [x.shape], run)[0];
}

/** Returns the gradients of x, scale and offset of layerNorm. */
export function layerNormGradient(ops, name, { x, dy, scale }, { epsilon, rank }) {
  const [rows, row] = rowsOf(name, x, { scale }, rank);
  requireShape(name, 'dy', dy.shape, x.shape);
  const run = (native, addresses, results) =>
    native.layerNormGradient(...addresses, ...results, epsilon, rows, sizeOf(row));
  return ops.compute(name, { x, dy, scale }, [x.shape, row, row], run);
}

/** Returns the number of rows of x and the shape of a row, `rank` last axes. */
function rowsOf(name, { shape }, parameters, rank) {
  if (!(Number.isInteger(rank) && rank >= 1 && rank <= shape.length)) {
    throw kindError(name, 'rank', `a whole number from 1 to ${shape.length}`, rank);
  }
  const row = shape.slice(-rank);
  for (const [argument, info] of Object.entries(parameters)) if (info) requireShape(name, argument, info.shape, row);
  return [sizeOf(shape.slice(0, -rank)), row];
}
