import { inputOf, outputOf } from './channels.js';
import { checkDilation } from './dilation.js';
import { withoutKernelArguments } from './kernel-arguments.js';

/**
 * tfjs's SeparableConv2D, which knows dilationRate, with what it gets wrong beside it: the bias in 'channelsFirst', pointwiseInitializer,
 * depthMultiplier in its configuration, and configurations of tf.keras, which it refuses.
 *
 * @param {any} tf
 * @param {any} Base tfjs's class
 */
export function separableConv2DOf(tf, Base) {
  return class SeparableConv2D extends Base {
    static className = 'SeparableConv2D';

    static fromConfig(cls, config) {
      return new cls(withoutKernelArguments(config));
    }

    constructor(args) {
      super(args);
      checkDilation(this);
      this.pointwiseInitializer = initializerOf(Base, args.pointwiseInitializer);
    }

    call(inputs, kwargs) {
      // tfjs adds the bias as if the channels came first already, and calls the activation where they do not yet.
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

/** tfjs makes both initializers of depthwiseInitializer; what turns a name or a configuration into one, it does not export. */
function initializerOf(Base, initializer) {
  const args = { kernelSize: 1, filters: 1, name: 'depthwise_wasm' };
  return new Base({ ...args, depthwiseInitializer: initializer }).depthwiseInitializer;
}
