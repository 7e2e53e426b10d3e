import { describe } from '../arguments.js';

/** Functions of both layers: channelsFirst, dilations, and fields that Keras writes into files and tfjs does not read. */

/**
 * A static property of the classes of this package. Compiled training (js/tfjs/compiled) reads it: a layer of these classes computes what its
 * name says, also with a dilation.
 */
export const ofThisPackage = Symbol.for('depthwise-wasm.layer');

/** Returns whether a layer has the channels before height and width. */
function isChannelsFirst({ dataFormat }) {
  return dataFormat === 'channelsFirst';
}

/** Returns the only input of a layer with the channels last, as tfjs's convolutions need it. */
export function inputOf(tf, layer, inputs) {
  const list = [inputs].flat();
  const [x] = list;
  if (list.length !== 1 || x.rank !== 4) {
    const shapes = list.map(({ shape }) => describe(shape)).join(' and ');
    throw new TypeError(
      `Error in ${layer.getClassName()}: the input must be one tensor of 4 dimensions, got ${shapes}`,
    );
  }
  return isChannelsFirst(layer) ? tf.transpose(x, [0, 2, 3, 1]) : x;
}

/** Returns the output of a layer: adds the bias to a convolution with the channels last, converts to the layer's format, activates. */
export function outputOf(tf, layer, convolved) {
  const y = layer.useBias ? tf.add(convolved, layer.bias.read()) : convolved;
  // The activation comes last: softmax is over the last axis of the layer's format, as in Keras.
  return layer.activation.apply(isChannelsFirst(layer) ? tf.transpose(y, [0, 3, 1, 2]) : y);
}

/** Returns whether a dilation rate of the layer is not 1. @param {any} layer */
export function isDilated({ dilationRate }) {
  return dilationRate.some((rate) => rate !== 1);
}

/**
 * Checks the dilation rate. Keras up to 3.14 refuses strides above 1 with a dilation rate above 1; tfjs's kernels do so on some backends.
 * @param {any} layer
 */
export function checkDilation(layer) {
  const { strides, dilationRate } = layer;
  const name = layer.getClassName();
  if (!dilationRate.every((rate) => Number.isInteger(rate) && rate >= 1)) {
    const got = describe(dilationRate);
    throw new RangeError(`Error in ${name}: dilationRate must be whole numbers from 1, got ${got}`);
  }
  if (!isDilated(layer) || strides.every((stride) => stride === 1)) return;
  const got = `${describe(strides)} beside ${describe(dilationRate)}`;
  throw new RangeError(`Error in ${name}: strides must be 1 beside a dilationRate above 1, got ${got}`);
}

/**
 * Returns the output shape of a dilated layer, computed from the shape without dilation. Unknown sizes stay unknown.
 * @param {any} layer
 */
export function dilatedShape(layer, undilated) {
  if (layer.padding === 'same') return undilated;
  const shape = [...undilated];
  const first = isChannelsFirst(layer) ? 2 : 1;
  ['height', 'width'].forEach((axis, i) => {
    const size = undilated[first + i];
    if (size === null || size === undefined) return;
    const [taps, rate] = [layer.kernelSize[i], layer.dilationRate[i]];
    shape[first + i] = size - (taps - 1) * (rate - 1); // strides are 1
    if (shape[first + i] >= 1) return;
    throw new RangeError(
      `Error in ${layer.getClassName()}: kernelSize must not be larger than the input: its ${axis} is ` +
        `${(taps - 1) * rate + 1} (${taps} dilated by ${rate}), the input's ${size + taps - 1}`,
    );
  });
  return shape;
}

/**
 * Returns an initializer for a name or a configuration. It creates a layer, because tfjs does not export a function for this.
 * @param {any} SeparableConv2D tfjs's class
 */
export function initializerOf(SeparableConv2D, initializer) {
  const args = { kernelSize: 1, filters: 1, name: 'depthwise_wasm' };
  return new SeparableConv2D({ ...args, depthwiseInitializer: initializer }).depthwiseInitializer;
}

/** Arguments of dense convolutions. tf.keras writes them into its files for these layers too, where they have no meaning. */
const KERNEL_ARGUMENTS = ['kernelInitializer', 'kernelRegularizer', 'kernelConstraint'];

/** Returns the configuration of a file as tfjs's layers take it: without the kernel arguments, and with a dtype by name. */
export function configOfFile(className, config) {
  const entries = Object.entries(config).filter(([key]) => !KERNEL_ARGUMENTS.includes(key));
  const named = Object.fromEntries(entries);
  if (named.dtype !== null && typeof named.dtype === 'object') named.dtype = nameOfPolicy(className, named.dtype);
  return named;
}

/** Returns 'float32' for a dtype policy of Keras 3, or throws with the name of the policy. tfjs would fail later, in predict. */
function nameOfPolicy(className, policy) {
  const name = policy.config?.name;
  if (name === 'float32') return name;
  throw new TypeError(`Error in ${className}: dtype must be 'float32', got the policy ${describe(name)}`);
}

/** Refuses kernel arguments in code, where they are a mistake. tfjs's SeparableConv2D refuses them, its DepthwiseConv2D ignores them. */
export function refuseKernelArguments(className, args) {
  const given = KERNEL_ARGUMENTS.find((argument) => (args[argument] ?? null) !== null);
  if (given === undefined) return;
  const right = given.replace('kernel', 'depthwise');
  throw new TypeError(`Error in ${className}: ${given} is not an argument of this layer; ${right} is`);
}
