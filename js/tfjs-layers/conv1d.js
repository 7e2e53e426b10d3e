import { describe } from '../arguments.js';
import {
  checkDilation,
  configOfFile,
  initializerOf,
  isChannelsFirst,
  ofThisPackage,
  outputOf,
  refuseKernelArguments,
  requireArguments,
} from './common.js';

/** The layers DepthwiseConv1D and SeparableConv1D of Keras, which tfjs lacks. A sequence is an image of one row. */

/**
 * Returns the class DepthwiseConv1D.
 *
 * @param {any} tf
 * @param {any} DepthwiseConv2D tfjs's class
 */
export function depthwiseConv1DOf(tf, DepthwiseConv2D) {
  const BaseConv = Object.getPrototypeOf(DepthwiseConv2D);
  return class DepthwiseConv1D extends BaseConv {
    static className = 'DepthwiseConv1D';
    static [ofThisPackage] = true;

    static fromConfig(cls, config) {
      return new cls(configOfFile('DepthwiseConv1D', config));
    }

    constructor(args) {
      refuseKernelArguments('DepthwiseConv1D', args);
      super(1, args);
      checkDilation(this);
      const { depthMultiplier, depthwiseInitializer, depthwiseRegularizer, depthwiseConstraint } = args;
      const given = { depthMultiplier, depthwiseInitializer, depthwiseRegularizer, depthwiseConstraint };
      this.ofImages = new DepthwiseConv2D({ ...given, kernelSize: 1, name: 'depthwise_wasm' }); // reads the arguments
      this.depthMultiplier = this.ofImages.depthMultiplier;
    }

    build(inputShape) {
      const channels = channelsOf(this, inputShape);
      const { depthwiseInitializer, depthwiseRegularizer, depthwiseConstraint } = this.ofImages;
      const shape = [...this.kernelSize, channels, this.depthMultiplier];
      const kernel = ['depthwise_kernel', shape, null, depthwiseInitializer, depthwiseRegularizer];
      this.depthwiseKernel = this.addWeight(...kernel, true, depthwiseConstraint);
      const bias = ['bias', [channels * this.depthMultiplier], null, this.biasInitializer, this.biasRegularizer];
      this.bias = this.useBias ? this.addWeight(...bias, true, this.biasConstraint) : null;
      this.built = true;
    }

    call(inputs) {
      return tf.tidy(() => outputOf(tf, this, tf.squeeze(depthwise(tf, this, inputs), [1])));
    }

    computeOutputShape(inputShape) {
      return outputShapeOf(this, inputShape, channelsOf(this, inputShape) * this.depthMultiplier);
    }

    getConfig() {
      const { depthwiseInitializer, depthwiseRegularizer } = this.ofImages.getConfig();
      const constraint = this.ofImages.depthwiseConstraint;
      const depthwiseConstraint = constraint && {
        className: constraint.getClassName(),
        config: constraint.getConfig(),
      };
      const { depthMultiplier } = this;
      return { ...super.getConfig(), depthMultiplier, depthwiseInitializer, depthwiseRegularizer, depthwiseConstraint };
    }
  };
}

/**
 * Returns the class SeparableConv1D.
 *
 * @param {any} tf
 * @param {any} SeparableConv2D tfjs's class
 */
export function separableConv1DOf(tf, SeparableConv2D) {
  const SeparableConv = Object.getPrototypeOf(SeparableConv2D);
  return class SeparableConv1D extends SeparableConv {
    static className = 'SeparableConv1D';
    static [ofThisPackage] = true;

    static fromConfig(cls, config) {
      return new cls(configOfFile('SeparableConv1D', config));
    }

    constructor(args) {
      requireArguments('SeparableConv1D', args);
      const isCausal = args.padding === 'causal'; // tfjs refuses it here
      super(1, isCausal ? { ...args, padding: 'valid' } : args);
      if (isCausal) this.padding = 'causal';
      checkDilation(this);
      this.pointwiseInitializer = initializerOf(SeparableConv2D, args.pointwiseInitializer);
    }

    build(inputShape) {
      channelsOf(this, inputShape);
      super.build(inputShape);
    }

    call(inputs) {
      return tf.tidy(() => {
        const pointwise = tf.expandDims(this.pointwiseKernel.read(), 0);
        const y = tf.conv2d(depthwise(tf, this, inputs), pointwise, 1, 'valid');
        return outputOf(tf, this, tf.squeeze(y, [1]));
      });
    }

    computeOutputShape(inputShape) {
      channelsOf(this, inputShape);
      return outputShapeOf(this, inputShape, this.filters);
    }

    getConfig() {
      return { ...super.getConfig(), depthMultiplier: this.depthMultiplier };
    }
  };
}

/** Returns the number of positions in the sequence that one output reads, from the first to the last. */
const reachOf = ({ kernelSize: [taps], dilationRate: [rate] }) => (taps - 1) * rate + 1;

/** Returns the channels of the only input shape. It can be in a list, as tfjs passes it. */
function channelsOf(layer, inputShape) {
  const shape = shapeOf(inputShape);
  const channels = shape.length === 3 ? shape[isChannelsFirst(layer) ? 1 : 2] : undefined;
  if (channels >= 1) return channels;
  const form = isChannelsFirst(layer) ? '[batch, channels, length]' : '[batch, length, channels]';
  throw new RangeError(
    `Error in ${layer.getClassName()}: the shape of the input must be ${form} with known channels, got ${describe(shape)}`,
  );
}

const shapeOf = (inputShape) => (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape);

function outputShapeOf(layer, inputShape, channels) {
  const shape = shapeOf(inputShape);
  const size = shape[isChannelsFirst(layer) ? 2 : 1] ?? null;
  const [stride] = layer.strides;
  const reach = layer.padding === 'valid' ? reachOf(layer) : 1;
  const length = size === null ? null : Math.ceil((size - reach + 1) / stride);
  if (length !== null && length < 1) {
    throw new RangeError(
      `Error in ${layer.getClassName()}: kernelSize must not be larger than the input: its length is ${reach}, the input's ${size}`,
    );
  }
  return isChannelsFirst(layer) ? [shape[0], channels, length] : [shape[0], length, channels];
}

/** Returns the depthwise convolution of an input, as images [batch, 1, length, channels]. */
function depthwise(tf, layer, inputs) {
  const [input] = [inputs].flat();
  const x = isChannelsFirst(layer) ? tf.transpose(input, [0, 2, 1]) : input;
  const isCausal = layer.padding === 'causal'; // an output reads no later input
  const padded = isCausal
    ? tf.pad(x, [
        [0, 0],
        [reachOf(layer) - 1, 0],
        [0, 0],
      ])
    : x;
  const kernel = tf.expandDims(layer.depthwiseKernel.read(), 0);
  const [strides, dilations] = [layer.strides, layer.dilationRate].map((steps) => [1, ...steps]);
  const pad = isCausal ? 'valid' : layer.padding;
  return tf.depthwiseConv2d(tf.expandDims(padded, 1), kernel, strides, pad, 'NHWC', dilations);
}
