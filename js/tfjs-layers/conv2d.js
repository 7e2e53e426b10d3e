import { checkDilation, inputOf, isDilated, ofThisPackage, outputOf } from './common.js';

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

    constructor(args) {
      super(args);
      checkDilation(this);
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
