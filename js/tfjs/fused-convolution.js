import { kindError, listOfNames } from '../arguments.js';
import { depthwiseKernels, sizeOf } from '../ops.js';
import { compose, requireBroadcast } from './kernels/compose.js';

/** The activations as kernels of the backend. prelu consists of several kernels, because tfjs's wasm kernel takes slopes of one shape only. */
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
 * Returns the function of a fused convolution. Our kernels take a bias and slopes of 'prelu' with one value for each output channel. tfjs's
 * ops take every shape that broadcasts. For other shapes, the function runs our convolution, then kernels of the backend.
 *
 * @param {{ forward: import('../ops.js').Kernel, fusedForward: import('../ops.js').Kernel }} kernels
 * @returns {(call: import('./kernels.js').KernelCall, context: import('./kernels.js').Context) => any}
 */
export function fusedConvolution(kernels) {
  return (call, context) => compute(kernels, call, context);
}

function compute(kernels, { inputs, attrs }, context) {
  const { name, withOps } = context;
  const { x, filter, bias, preluActivationWeights: alpha } = inputs;
  const ours = (kernel, inputs) => withOps((ops) => ops.run(kernel, name, { inputs, attrs }));
  const channels = kernels === depthwiseKernels ? filter.shape[2] * filter.shape[3] : filter.shape[3];
  const perChannel = { bias: asPerChannel(bias, channels), preluActivationWeights: asPerChannel(alpha, channels) };
  if (Boolean(perChannel.bias) === Boolean(bias) && Boolean(perChannel.preluActivationWeights) === Boolean(alpha)) {
    return ours(kernels.fusedForward, { x, filter, ...perChannel });
  }
  const activate = activationOf(name, attrs, alpha);

  return compose(context, (run, keep) => {
    const asFloats = (argument, info, shape) => {
      requireBroadcast(name, argument, info, 'the output', shape);
      return run('Cast', { x: info }, { dtype: 'float32' });
    };
    let y = keep(ours(kernels.forward, { x, filter }));
    const slopes = alpha && asFloats('preluActivationWeights', alpha, y.shape);
    if (bias) y = run('Add', { a: y, b: asFloats('bias', bias, y.shape) });
    return activate(y, { run, alpha: slopes, attrs });
  });
}

function activationOf(functionName, { activation = 'linear' }, alpha) {
  if (!Object.hasOwn(ACTIVATIONS, activation)) {
    throw kindError(functionName, 'activation', listOfNames(Object.keys(ACTIVATIONS)), activation);
  }
  if ((activation === 'prelu') !== Boolean(alpha)) {
    throw kindError(functionName, 'preluActivationWeights', "a tensor beside activation 'prelu' and only there", alpha);
  }
  return ACTIVATIONS[activation];
}

/** Returns a tensor with shape [channels] if it has one float for each channel: [C], [1, C], [1, 1, C] … Otherwise undefined. */
function asPerChannel(info, channels) {
  if (!info || info.dtype !== 'float32') return undefined;
  const isPerChannel = info.shape.at(-1) === channels && sizeOf(info.shape) === channels;
  return isPerChannel ? { ...info, shape: [channels], isDisposed: info.isDisposed } : undefined;
}
