import { kindError, listOfNames } from '../arguments.js';
import { depthwiseKernels, sizeOf } from '../ops.js';
import { compose, requireBroadcast } from './kernels/compose.js';

const NAME = 'FusedDepthwiseConv2D';

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
 * Returns the result of FusedDepthwiseConv2D. Our kernel takes a bias and slopes of 'prelu' with one value for each output channel. tfjs's
 * op takes every shape that broadcasts. For other shapes, this function runs our convolution, then kernels of the backend.
 *
 * @param {import('./kernels.js').KernelCall} call
 * @param {import('./kernels.js').Context} context
 */
export function fusedDepthwiseConv2d({ inputs, attrs }, context) {
  const { x, filter, bias, preluActivationWeights: alpha } = inputs;
  const ours = (kernel, inputs) => context.withOps((ops) => ops.run(kernel, NAME, { inputs, attrs }));
  const channels = filter.shape[2] * filter.shape[3];
  const perChannel = { bias: asPerChannel(bias, channels), preluActivationWeights: asPerChannel(alpha, channels) };
  if (Boolean(perChannel.bias) === Boolean(bias) && Boolean(perChannel.preluActivationWeights) === Boolean(alpha)) {
    return ours(depthwiseKernels.fusedForward, { x, filter, ...perChannel });
  }
  const activate = activationOf(attrs, alpha);

  return compose(context, (run, keep) => {
    const asFloats = (name, info, shape) => {
      requireBroadcast(NAME, name, info, 'the output', shape);
      return run('Cast', { x: info }, { dtype: 'float32' });
    };
    let y = keep(ours(depthwiseKernels.forward, { x, filter }));
    const slopes = alpha && asFloats('preluActivationWeights', alpha, y.shape);
    if (bias) y = run('Add', { a: y, b: asFloats('bias', bias, y.shape) });
    return activate(y, { run, alpha: slopes, attrs });
  });
}

function activationOf({ activation = 'linear' }, alpha) {
  if (!Object.hasOwn(ACTIVATIONS, activation)) {
    throw kindError(NAME, 'activation', listOfNames(Object.keys(ACTIVATIONS)), activation);
  }
  if ((activation === 'prelu') !== Boolean(alpha)) {
    throw kindError(NAME, 'preluActivationWeights', "a tensor beside activation 'prelu' and only there", alpha);
  }
  return ACTIVATIONS[activation];
}

/** Returns a tensor with shape [channels] if it has one float for each channel: [C], [1, C], [1, 1, C] … Otherwise undefined. */
function asPerChannel(info, channels) {
  if (!info || info.dtype !== 'float32') return undefined;
  const isPerChannel = info.shape.at(-1) === channels && sizeOf(info.shape) === channels;
  return isPerChannel ? { ...info, shape: [channels], isDisposed: info.isDisposed } : undefined;
}
