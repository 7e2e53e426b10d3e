import { describe, kindError } from '../kinds.js';
import { sizeOf } from './middle-axis.js';

const NAME = 'FusedDepthwiseConv2D';

/** What the backend has for a fused activation; prelu is put together, because tfjs's wasm kernel of it takes slopes of one shape only. */
const ACTIVATIONS = {
  linear: (y) => y,
  relu: (y, { run }) => run('Relu', { x: y }),
  relu6: (y, { run }) => run('Relu6', { x: y }),
  elu: (y, { run }) => run('Elu', { x: y }),
  sigmoid: (y, { run }) => run('Sigmoid', { x: y }),
  leakyrelu: (y, { run, attrs }) => run('LeakyRelu', { x: y }, { alpha: attrs.leakyreluAlpha ?? 0.2 }),
  prelu(y, { run, alpha }) {
    const below = run('Relu', { x: run('Neg', { x: y }) });
    return run('Sub', { a: run('Relu', { x: y }), b: run('Multiply', { a: alpha, b: below }) });
  },
};

/**
 * FusedDepthwiseConv2D. tfjs's op takes any bias and any slopes of 'prelu' that broadcast, our kernel one value for each output channel; so
 * what is not that is done in steps.
 *
 * @param {any} call tfjs's
 * @param {object} tools
 * @param {(kernel: 'forward' | 'fusedForward', inputs: object) => any} tools.ours runs a kernel of ours
 * @param {(name: string, inputs: object, attrs: object) => any} tools.theirs runs a kernel of the backend
 * @param {(info: object) => void} tools.dispose
 */
export function fusedDepthwiseConv2d({ inputs, attrs }, { ours, theirs, dispose }) {
  const { x, filter, bias, preluActivationWeights: alpha } = inputs;
  const channels = filter.shape[2] * filter.shape[3];
  const simple = { bias: asPerChannel(bias, channels), preluActivationWeights: asPerChannel(alpha, channels) };
  if (Boolean(simple.bias) === Boolean(bias) && Boolean(simple.preluActivationWeights) === Boolean(alpha)) {
    return ours('fusedForward', { x, filter, ...simple });
  }
  const activate = activationOf(attrs, alpha);

  const made = [];
  const keep = (info) => {
    made.push(info);
    return info;
  };
  const run = (name, operands, others = {}) => keep(theirs(name, operands, others));
  const asFloats = (name, info, shape) => {
    requireBroadcast(name, info, shape);
    return run('Cast', { x: info }, { dtype: 'float32' });
  };
  let result;
  try {
    let y = keep(ours('forward', { x, filter }));
    const slopes = alpha && asFloats('preluActivationWeights', alpha, y.shape);
    if (bias) y = run('Add', { a: y, b: asFloats('bias', bias, y.shape) });
    result = activate(y, { run, alpha: slopes, attrs });
  } finally {
    for (const info of made) if (info !== result) dispose(info);
  }
  return result;
}

function activationOf({ activation = 'linear' }, alpha) {
  if (!Object.hasOwn(ACTIVATIONS, activation)) {
    throw kindError(NAME, 'activation', Object.keys(ACTIVATIONS).map(describe).join(', '), activation);
  }
  if ((activation === 'prelu') !== Boolean(alpha)) {
    throw kindError(NAME, 'preluActivationWeights', "a tensor beside activation 'prelu' and only there", alpha);
  }
  return ACTIVATIONS[activation];
}

/** The same values with shape [channels], where that is what they are: [C], [1, C], [1, 1, C] … */
function asPerChannel(info, channels) {
  if (!info || info.dtype !== 'float32') return undefined;
  const isOne = info.shape.at(-1) === channels && sizeOf(info.shape) === channels;
  return isOne ? { ...info, shape: [channels], isDisposed: info.isDisposed } : undefined;
}

function requireBroadcast(name, { shape }, yShape) {
  const fits =
    shape.length <= yShape.length &&
    shape.every((size, i) => size === 1 || size === yShape[yShape.length - shape.length + i]);
  if (fits) return;
  throw new RangeError(`Error in ${NAME}: ${name} must broadcast to the output [${yShape}], got [${shape}]`);
}
