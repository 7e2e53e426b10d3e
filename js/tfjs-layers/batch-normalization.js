import { describe } from '../arguments.js';
import { configOfFile, ofThisPackage } from './common.js';

/**
 * Returns tfjs's BatchNormalization with four repairs: it trains without scale and without center, normalizes tensors of any rank, and does
 * not train if `trainable` is false: as in Keras, it then uses its moving statistics and does not change them.
 *
 * @param {any} tf
 * @param {any} Base tfjs's class
 */
export function batchNormalizationOf(tf, Base) {
  return class BatchNormalization extends Base {
    static className = 'BatchNormalization';
    static [ofThisPackage] = true;

    static fromConfig(cls, config) {
      return new cls(configOfFile('BatchNormalization', config));
    }

    constructor(args) {
      super(args);
      const { axis } = this;
      if (Array.isArray(axis) && axis.length === 1) [this.axis] = axis; // files of tf.keras
      if (Number.isInteger(this.axis)) return;
      throw new TypeError(`Error in BatchNormalization: axis must be a whole number, got ${describe(axis)}`);
    }

    call(inputs, kwargs) {
      const [x] = [inputs].flat();
      const isTraining = Boolean(kwargs?.training) && this.trainable;
      // The training hooks of depthwise-wasm/tfjs replace `call` of tfjs, and compute layers with one kernel.
      const { train, infer } = Base.prototype.call;
      const y = (isTraining ? train : infer)?.(this, x);
      if (y) return y;
      return tf.tidy(() => {
        const axis = this.axis < 0 ? this.axis + x.rank : this.axis;
        // For the last axis, shape [channels] is enough, and all backends have a kernel for it.
        const isLast = axis === x.rank - 1;
        const shape = isLast ? [x.shape[axis]] : x.shape.map((size, i) => (i === axis ? size : 1));
        const shaped = (values) => (isLast ? values : tf.reshape(values, shape));
        const { mean, variance } = isTraining ? this.#trainingMoments(x, axis) : this.#movingMoments();
        return tf.batchNorm(
          x,
          shaped(mean),
          shaped(variance),
          this.center ? shaped(this.beta.read()) : undefined,
          this.scale ? shaped(this.gamma.read()) : undefined,
          this.epsilon,
        );
      });
    }

    #movingMoments() {
      return { mean: this.movingMean.read(), variance: this.movingVariance.read() };
    }

    /** Returns the mean and the variance of a batch, and moves the averages towards them. */
    #trainingMoments(x, axis) {
      const others = x.shape.map((_, i) => i).filter((i) => i !== axis);
      const { mean, variance } = tf.moments(x, others);
      const move = (average, value) => {
        const before = average.read();
        average.write(tf.sub(before, tf.mul(tf.sub(before, value), 1 - this.momentum)));
      };
      move(this.movingMean, mean);
      move(this.movingVariance, variance);
      return { mean, variance };
    }
  };
}
