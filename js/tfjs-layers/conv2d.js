import { describe } from '../arguments.js';
import {
  checkDilation,
  configOfKeras3,
  inputOf,
  isDilated,
  ofThisPackage,
  outputOf,
  requireArguments,
} from './common.js';

/**
 * Returns tfjs's Conv2D with gradients through a dilation. The layer of tfjs calls tf.fused.conv2d, whose gradient refuses dilations.
 *
 * @param {any} tf
 * @param {any} Base tfjs's class
 */
export function conv2DOf(tf, Base) {
  return class Conv2D extends Base {
    static className = 'Conv2D';
    static [ofThisPackage] = true;

    static fromConfig(cls, config) {
      return new cls(configOfKeras3('Conv2D', config));
    }

    constructor(args) {
      requireArguments('Conv2D', args);
      super(args);
      checkDilation(this);
      const { strides, dilationRate } = this;
      if (!isDilated(this) || strides.every((stride) => stride === 1)) return;
      // As Keras, whose depthwise and separable layers take both. tf.conv2d refuses both.
      const got = `strides ${describe(strides)} and dilationRate ${describe(dilationRate)}`;
      throw new RangeError(`Error in Conv2D: strides must be 1 if dilationRate is above 1, got ${got}`);
    }

    call(inputs, kwargs) {
      if (!isDilated(this) || this.padding === 'causal') return super.call(inputs, kwargs); // tfjs refuses 'causal'
      return tf.tidy(() => {
        const x = inputOf(tf, this, inputs);
        const y = tf.conv2d(x, this.kernel.read(), this.strides, this.padding, 'NHWC', this.dilationRate);
        return outputOf(tf, this, y);
      });
    }
  };
}
