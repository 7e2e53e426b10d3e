import { configOfKeras3 } from './common.js';

/**
 * Returns tfjs's InputLayer, which also reads the files of Keras 3: `batch_shape` in place of `batch_input_shape`.
 *
 * @param {any} Base tfjs's class
 */
export function inputLayerOf(Base) {
  return class InputLayer extends Base {
    static className = 'InputLayer';

    static fromConfig(cls, config) {
      const { batchShape, ...others } = configOfKeras3('InputLayer', config);
      return new cls(batchShape ? { ...others, batchInputShape: batchShape } : others);
    }
  };
}
