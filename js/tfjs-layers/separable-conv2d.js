import {
  checkDilation,
  configOfFile,
  initializerOf,
  inputOf,
  ofThisPackage,
  outputOf,
  requireArguments,
} from './common.js';

/**
 * Returns tfjs's SeparableConv2D, which applies dilationRate, with four repairs: the bias with channelsFirst, pointwiseInitializer,
 * depthMultiplier in its configuration, and configurations of tf.keras, which tfjs refuses.
 *
 * @param {any} tf
 * @param {any} Base tfjs's class
 */
export function separableConv2DOf(tf, Base) {
  return class SeparableConv2D extends Base {
    static className = 'SeparableConv2D';
    static [ofThisPackage] = true;

    static fromConfig(cls, config) {
      return new cls(configOfFile('SeparableConv2D', config));
    }

    constructor(args) {
      requireArguments('SeparableConv2D', args);
      super(args);
      checkDilation(this);
      this.pointwiseInitializer = initializerOf(Base, args.pointwiseInitializer);
    }

    call(inputs, kwargs) {
      // tfjs adds the bias and applies the activation while the channels are still last.
      if (this.dataFormat !== 'channelsFirst') return super.call(inputs, kwargs);
      return tf.tidy(() => {
        const x = inputOf(tf, this, inputs);
        const kernels = [this.depthwiseKernel.read(), this.pointwiseKernel.read()];
        return outputOf(
          tf,
          this,
          tf.separableConv2d(x, ...kernels, this.strides, this.padding, this.dilationRate, 'NHWC'),
        );
      });
    }

    getConfig() {
      return { ...super.getConfig(), depthMultiplier: this.depthMultiplier };
    }
  };
}
