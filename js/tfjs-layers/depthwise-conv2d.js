import {
  checkDilation,
  configOfFile,
  dilatedShape,
  inputOf,
  isDilated,
  ofThisPackage,
  outputOf,
  refuseKernelArguments,
} from './common.js';

/**
 * Returns tfjs's DepthwiseConv2D with two repairs: it applies dilationRate, and its configuration contains its constraint.
 *
 * @param {any} tf
 * @param {any} Base tfjs's class
 */
export function depthwiseConv2DOf(tf, Base) {
  return class DepthwiseConv2D extends Base {
    static className = 'DepthwiseConv2D';
    static [ofThisPackage] = true;

    static fromConfig(cls, config) {
      return new cls(configOfFile('DepthwiseConv2D', config));
    }

    constructor(args) {
      refuseKernelArguments('DepthwiseConv2D', args);
      super(args);
      checkDilation(this);
      this.depthwiseConstraint = constraintOrNone(this.depthwiseConstraint);
    }

    call(inputs, kwargs) {
      if (!isDilated(this)) return super.call(inputs, kwargs);
      return tf.tidy(() => {
        const x = inputOf(tf, this, inputs);
        const kernel = this.depthwiseKernel.read();
        const pad = this.padding === 'same' ? 'same' : 'valid'; // 'causal' is 'valid' in tfjs
        return outputOf(tf, this, tf.depthwiseConv2d(x, kernel, this.strides, pad, 'NHWC', this.dilationRate));
      });
    }

    computeOutputShape(inputShape) {
      const shape = super.computeOutputShape(inputShape);
      return isDilated(this) ? dilatedShape(this, inputShape, shape) : shape;
    }

    getConfig() {
      return { ...super.getConfig(), depthwiseConstraint: entryOf(this.depthwiseConstraint) };
    }
  };
}

/** Files of tfjs contain the regularizer in the place of the constraint. A regularizer cannot be applied as a constraint. */
function constraintOrNone(constraint) {
  return constraint?.getClassName() === 'L1L2' ? null : constraint;
}

function entryOf(constraint) {
  return constraint && { className: constraint.getClassName(), config: constraint.getConfig() };
}
