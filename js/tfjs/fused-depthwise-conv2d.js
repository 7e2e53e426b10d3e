import { sizeOf } from './middle-axis.js';

/** tfjs's kernel of each fused activation, and what it calls x and the rest. */
const ACTIVATIONS = {
  linear: undefined,
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  leakyrelu: 'LeakyRelu',
  sigmoid: 'Sigmoid',
  prelu: 'Prelu',
};

/**
 * FusedDepthwiseConv2D. tfjs's op takes any bias and any slopes of 'prelu' that broadcast, our kernel one value for each output channel; so
 * what is not that is done in steps.
 *
 * @param {any} call tfjs's
 * @param {object} tools
 * @param {(call: 'forward' | 'fusedForward', inputs: object) => object} tools.ours runs a kernel of ours
 * @param {(name: string, inputs: object, attrs: object) => object} tools.theirs runs a kernel of the backend
 * @param {(info: object) => void} tools.dispose
 */
export function fusedDepthwiseConv2d({ inputs, attrs }, { ours, theirs, dispose }) {
  const { x, filter, bias, preluActivationWeights: alpha } = inputs;
  const channels = filter.shape[2] * filter.shape[3];
  const perChannel = [bias, alpha].map((info) => info && asPerChannel(info, channels));
  if (perChannel.every((info, i) => Boolean(info) === Boolean([bias, alpha][i]))) {
    return ours('fusedForward', { x, filter, bias: perChannel[0], preluActivationWeights: perChannel[1] });
  }
  const { activation = 'linear', leakyreluAlpha } = attrs;
  const steps = [
    bias && ((a) => theirs('Add', { a, b: bias }, {})),
    ACTIVATIONS[activation] && ((y) => theirs(ACTIVATIONS[activation], { x: y, alpha }, { alpha: leakyreluAlpha })),
  ];
  return steps.filter(Boolean).reduce(
    (y, step) => {
      const next = step(y);
      dispose(y);
      return next;
    },
    ours('forward', { x, filter }),
  );
}

/** The same values with shape [channels], where that is what they are: [C], [1, C], [1, 1, C] … */
function asPerChannel(info, channels) {
  const isOne = info.shape.at(-1) === channels && sizeOf(info.shape) === channels;
  return isOne ? { ...info, shape: [channels] } : undefined;
}
