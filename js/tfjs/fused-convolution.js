import { kindError, listOfNames } from '../arguments.js';
import { sizeOf } from '../ops.js';
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
 * Returns the function of a fused convolution.
 *
 * @param {{ forward: import('../ops.js').Kernel, fusedForward: import('../ops.js').Kernel }} kernels
 * @param {(filterShape: number[]) => number} outChannelsOf
 * @returns {(call: import('./kernels.js').KernelCall, context: import('./kernels.js').Context) => any}
 */
export function fusedConvolution(kernels, outChannelsOf) {
  return (call, context) => {
    const { inputs, attrs } = call;
    const { x, filter } = inputs;
    const run = (kernel, inputs) => context.withOps((ops) => ops.run(kernel, context.name, { inputs, attrs }));
    return fuse(call, context, {
      channels: outChannelsOf(filter.shape),
      shapeOfY: () => context.yShape(kernels.forward, { inputs: { x, filter }, attrs }),
      fused: (perChannel) => run(kernels.fusedForward, { x, filter, ...perChannel }),
      plain: () => run(kernels.forward, { x, filter }),
    });
  };
}

/**
 * Returns the result of a kernel with a bias and an activation. Our kernels take a bias and slopes of 'prelu' with one value for each output
 * channel (`fused`). tfjs's ops take every shape that broadcasts to y. For other shapes, the function runs our kernel without bias and
 * activation (`plain`), then kernels of the backend.
 *
 * @param {import('./kernels.js').KernelCall} call
 * @param {import('./kernels.js').Context} context
 * @param {{ channels: number, shapeOfY: () => number[], fused: (perChannel: object) => any, plain: () => any }} kernel
 */
export function fuse({ inputs, attrs }, context, { channels, shapeOfY, fused, plain }) {
  const { name } = context;
  const isNchw = attrs.dataFormat === 'NCHW';
  const perChannel = {
    bias: asPerChannel(inputs.bias, channels, isNchw),
    preluActivationWeights: asPerChannel(inputs.preluActivationWeights, channels, isNchw),
  };
  if (Object.entries(perChannel).every(([argument, info]) => Boolean(info) === Boolean(inputs[argument]))) {
    return fused(perChannel);
  }
  // One-dimensional tensors belong to the channels, which are not the last axis of NCHW.
  const operandOf = (info) => (isNchw && info?.shape.length === 1 ? withShape(info, [info.shape[0], 1, 1]) : info);
  const [bias, alpha] = [operandOf(inputs.bias), operandOf(inputs.preluActivationWeights)];
  const activate = activationOf(name, attrs, alpha);
  for (const [argument, info] of Object.entries({ bias, preluActivationWeights: alpha })) {
    if (info) requireBroadcast(name, argument, info, 'the output', shapeOfY());
  }
  return compose(context, (run, keep) => {
    const asFloats = (x) => run('Cast', { x }, { dtype: 'float32' });
    let y = keep(plain());
    if (bias) y = run('Add', { a: y, b: asFloats(bias) });
    return activate(y, { run, alpha: alpha && asFloats(alpha), attrs });
  });
}

function activationOf(functionName, { activation = 'linear' }, alpha) {
  if (!Object.hasOwn(ACTIVATIONS, activation)) {
    throw kindError(functionName, 'activation', listOfNames(Object.keys(ACTIVATIONS)), activation);
  }
  if ((activation === 'prelu') !== Boolean(alpha)) {
    throw kindError(
      functionName,
      'preluActivationWeights',
      "a tensor if activation is 'prelu', and no tensor otherwise",
      alpha,
    );
  }
  return ACTIVATIONS[activation];
}

/**
 * Returns a tensor with shape [channels] if it has one float for each channel: [C], [1, C], [1, 1, C] … in NHWC, [C], [C, 1, 1] … in NCHW.
 * Otherwise undefined.
 */
function asPerChannel(info, channels, isNchw) {
  if (!info || info.dtype !== 'float32') return undefined;
  const axis = isNchw && info.shape.length > 1 ? -3 : -1;
  const isPerChannel = info.shape.at(axis) === channels && sizeOf(info.shape) === channels;
  return isPerChannel ? withShape(info, [channels]) : undefined;
}

/** Returns the same data with another shape. A disposed tensor remains disposed, so that the kernel refuses it. */
function withShape(info, shape) {
  return { ...info, shape, isDisposed: info.isDisposed };
}
