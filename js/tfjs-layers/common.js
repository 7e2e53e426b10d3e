import { describe, kindError } from '../arguments.js';

/** Functions of several layers: channelsFirst, dilations, and fields that Keras writes into files and tfjs does not read. */

/**
 * A static property of the classes of this package. Compiled training (js/tfjs/compiled) reads it: a layer of these classes computes what its
 * name says, also with a dilation.
 */
export const ofThisPackage = Symbol.for('depthwise-wasm.layer');

/** Returns whether the channels of a layer come before the spatial axes. */
export function isChannelsFirst({ dataFormat }) {
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
  const spatialAxes = y.shape.slice(2).map((_, i) => i + 1);
  return layer.activation.apply(isChannelsFirst(layer) ? tf.transpose(y, [0, y.rank - 1, ...spatialAxes]) : y);
}

/** Returns whether a dilation rate of the layer is not 1. @param {any} layer */
export function isDilated({ dilationRate }) {
  return dilationRate.some((rate) => rate !== 1);
}

/**
 * Checks the dilation rate.
 * @param {any} layer
 */
export function checkDilation(layer) {
  const { dilationRate } = layer;
  if (dilationRate.every((rate) => Number.isInteger(rate) && rate >= 1)) return;
  const got = describe(dilationRate);
  throw new RangeError(`Error in ${layer.getClassName()}: dilationRate must be whole numbers from 1, got ${got}`);
}

/**
 * Returns the output shape of a dilated layer: the shape without dilation, with other sizes. Unknown sizes stay unknown.
 * @param {any} layer
 */
export function dilatedShape(layer, inputShape, undilated) {
  if (layer.padding === 'same') return undilated;
  const given = Array.isArray(inputShape[0]) ? inputShape[0] : inputShape;
  const shape = [...undilated];
  const first = isChannelsFirst(layer) ? 2 : 1;
  ['height', 'width'].forEach((axis, i) => {
    const size = given[first + i];
    if (size === null || size === undefined) return;
    const [taps, rate] = [layer.kernelSize[i], layer.dilationRate[i]];
    const reach = (taps - 1) * rate + 1;
    shape[first + i] = Math.ceil((size - reach + 1) / layer.strides[i]);
    if (shape[first + i] >= 1) return;
    throw new RangeError(
      `Error in ${layer.getClassName()}: kernelSize must not be larger than the input: its ${axis} is ` +
        `${reach} (${taps} dilated by ${rate}), the input's ${size}`,
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

/** Checks that the arguments of a layer are an object: tfjs would read a property of undefined. */
export function requireArguments(className, args) {
  if (args === null || typeof args !== 'object') throw kindError(className, 'args', 'an object', args);
}

/** Arguments of dense convolutions. tf.keras writes them into its files for these layers too, where they have no meaning. */
const KERNEL_ARGUMENTS = ['kernelInitializer', 'kernelRegularizer', 'kernelConstraint'];

/** Returns the configuration of a file as tfjs's layers take it: without the kernel arguments, and as `configOfKeras3`. */
export function configOfFile(className, config) {
  const entries = Object.entries(config).filter(([key]) => !KERNEL_ARGUMENTS.includes(key));
  return configOfKeras3(className, Object.fromEntries(entries));
}

/** Returns the configuration of a file with the names and numbers in place of the objects of Keras 3: a dtype by name, numbers as seeds. */
export function configOfKeras3(className, config) {
  const plain = Object.fromEntries(Object.entries(config).map(([key, value]) => [key, withPlainSeed(value)]));
  if (plain.dtype !== null && typeof plain.dtype === 'object') plain.dtype = nameOfPolicy(className, plain.dtype);
  return plain;
}

/** Returns an initializer whose seed is a number or null, and any other value as it is. tfjs seeds with the text of an object. */
function withPlainSeed(value) {
  const seed = value?.config?.seed;
  if (seed?.className !== 'SeedGenerator') return value;
  return { ...value, config: { ...value.config, seed: seed.config?.seed ?? null } };
}

/** Returns 'float32' for a dtype policy of Keras 3, or throws with the name of the policy. tfjs would fail later, in predict. */
function nameOfPolicy(className, policy) {
  const name = policy.config?.name;
  if (name === 'float32') return name;
  throw new TypeError(`Error in ${className}: dtype must be 'float32', got the policy ${describe(name)}`);
}

/** Refuses kernel arguments in code, where they are a mistake. tfjs's SeparableConv2D refuses them, its DepthwiseConv2D ignores them. */
export function refuseKernelArguments(className, args) {
  requireArguments(className, args);
  const given = KERNEL_ARGUMENTS.find((argument) => (args[argument] ?? null) !== null);
  if (given === undefined) return;
  const right = given.replace('kernel', 'depthwise');
  throw new TypeError(`Error in ${className}: ${given} is not an argument of this layer; ${right} is`);
}
