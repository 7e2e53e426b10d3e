/**
 * The layer in float64, from the definitions: what its outputs and its loss are compared with. It shares no code with the library.
 *
 * A configuration here has pairs for kernelSize, strides and dilationRate, names of tfjs for the others and { l1, l2 } for regularizers;
 * what is left out has the layer's default. `configOf` gives it as the layer takes it.
 */
import { forward, geometryOf } from './oracle.js';

const elu = (z) => (z < 0 ? Math.expm1(z) : z);
const sigmoid = (z) => 1 / (1 + Math.exp(-z));
const softplus = (z) => Math.log1p(Math.exp(z));

/** Of one sum; softmax and logSoftmax are of all along the last axis. */
const ELEMENTWISE = {
  elu,
  gelu: (z) => (z * (1 + erf(z / Math.SQRT2))) / 2,
  gelu_new: (z) => z * sigmoid(2 * Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)),
  hardSigmoid: (z) => Math.min(Math.max(z / 5 + 0.5, 0), 1),
  linear: (z) => z,
  mish: (z) => z * Math.tanh(softplus(z)),
  relu: (z) => Math.max(z, 0),
  relu6: (z) => Math.min(Math.max(z, 0), 6),
  selu: (z) => 1.0507009873554805 * (z < 0 ? 1.6732632423543772 * Math.expm1(z) : z),
  sigmoid,
  softplus,
  softsign: (z) => z / (1 + Math.abs(z)),
  swish: (z) => z * sigmoid(z),
  tanh: Math.tanh,
};

/** All names of tfjs. */
export const ACTIVATION_NAMES = [...Object.keys(ELEMENTWISE), 'softmax', 'logSoftmax'].sort();

/** The convolution in a layer, in the oracle's form; xShape with `channels` channels where the layer has them. */
export function convolutionOf(config, xShape) {
  const { kernelSize, strides, dilationRate, padding = 'valid', dataFormat, depthMultiplier = 1 } = config;
  const channels = xShape[dataFormat === 'channelsFirst' ? 1 : 3];
  return {
    xShape,
    filterShape: [...kernelSize, channels, depthMultiplier],
    strides,
    dilations: dilationRate,
    pad: padding,
    dataFormat,
  };
}

/** The configuration as the layer takes it. */
export function configOf(config) {
  const regularizers = ['depthwiseRegularizer', 'biasRegularizer', 'activityRegularizer']
    .filter((name) => config[name])
    .map((name) => [name, { className: 'L1L2', config: config[name] }]);
  return { ...config, ...Object.fromEntries(regularizers) };
}

/** y, as an array of numbers, of { x, kernel, bias } that are arrays of numbers. */
export function outputOf(config, xShape, { x, kernel, bias }) {
  const convolution = convolutionOf(config, xShape);
  const { channelsFirst, outChannels, height, width, yShape } = geometryOf(convolution);
  const { values } = forward(convolution, x, kernel);
  const channelOf = (i) => (channelsFirst ? Math.floor(i / (height.out * width.out)) : i) % outChannels;
  const sums = values.map((value, i) => value + (bias ? bias[channelOf(i)] : 0));
  const activation = config.activation ?? 'linear';
  if (ELEMENTWISE[activation]) return sums.map(ELEMENTWISE[activation]);
  for (let first = 0; first < sums.length; first += yShape[3]) {
    const row = sums.subarray(first, first + yShape[3]);
    const total = row.reduce((sum, z) => sum + Math.exp(z), 0);
    row.forEach((z, i) => (row[i] = activation === 'softmax' ? Math.exp(z) / total : z - Math.log(total)));
  }
  return sums;
}

/** A loss whose gradient with respect to y is dy, and what the regularizers add to it. */
export function lossOf(config, xShape, { dy, ...inputs }) {
  const y = outputOf(config, xShape, inputs);
  const loss = y.reduce((sum, value, i) => sum + value * dy[i], 0);
  return loss + penalties(config, xShape[0], y, inputs).reduce((sum, penalty) => sum + penalty, 0);
}

/** What losses() is: of kernel, bias and output, those that there are. */
export function penalties(config, batch, y, { kernel, bias }) {
  const { depthwiseRegularizer, biasRegularizer, activityRegularizer } = config;
  return [
    depthwiseRegularizer && penalty(depthwiseRegularizer, kernel),
    biasRegularizer && bias && penalty(biasRegularizer, bias),
    activityRegularizer && (batch ? penalty(activityRegularizer, y) / batch : 0),
  ].filter((value) => value !== undefined);
}

function penalty({ l1, l2 }, values) {
  return values.reduce((sum, value) => sum + l1 * Math.abs(value) + l2 * value * value, 0);
}

/** 2/√π · exp(−z²) · Σ 2ⁿ z²ⁿ⁺¹ / (1·3·…·(2n + 1)), in which nothing cancels. */
function erf(z) {
  if (Math.abs(z) > 6) return Math.sign(z);
  let term = z;
  let sum = 0;
  for (let n = 0; sum + term !== sum; ++n) {
    sum += term;
    term *= (2 * z * z) / (2 * n + 3);
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
}
