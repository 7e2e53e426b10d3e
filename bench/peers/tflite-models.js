import { geometryOf } from '../shared/geometry.js';
import { CONVOLUTIONS, differentFilters } from './difference.js';
import { modelBytes } from './tflite.js';

/**
 * A pass of a layer, 'forward' or 'fused', as TensorFlow Lite models, with the filter and the bias in the model: `whole` computes y, and
 * `timing` are the two of
 * difference.js, of whose results only one number each is fetched.
 */
export function modelsOf(layer, values, pass) {
  if (typeof layer.pad === 'number') throw new RangeError('TensorFlow Lite has no padding by numbers');
  const { inputShape, outputShape } = geometryOf(layer);
  const input = { x: { shape: inputShape } };
  const convolution = (name, filter) => convolutionParts(layer, { ...values, filter }, pass, name, outputShape);
  const filters = differentFilters(values.filter);
  const whole = convolution('y', values.filter);
  return {
    whole: modelBytes({ ...together([whole], input), inputs: ['x'], outputs: ['y'] }),
    timing: [CONVOLUTIONS, 1].map((count) => {
      const convolutions = filters.slice(0, count).map((filter, i) => convolution(`y${i}`, filter));
      const picks = Array.from({ length: CONVOLUTIONS }, (_, i) => pickParts(`y${i % count}`, i, outputShape));
      const outputs = picks.map(({ name }) => name);
      return modelBytes({ ...together([...convolutions, ...picks], input), inputs: ['x'], outputs });
    }),
  };
}

function convolutionParts(layer, { filter, bias }, pass, name, shape) {
  const { pad, strides, dilations, multiplier } = layer;
  const [height, width, channels] = filter.shape;
  const isFused = pass === 'fused';
  const outChannels = channels * multiplier;
  return {
    tensors: {
      [`${name}.w`]: { shape: [1, height, width, outChannels], data: filter.data },
      // It takes no convolution without one.
      [`${name}.b`]: { shape: [outChannels], data: isFused ? bias.data : new Float32Array(outChannels) },
      [name]: { shape },
    },
    operations: [
      {
        operator: 'depthwiseConv2d',
        inputs: ['x', `${name}.w`, `${name}.b`],
        outputs: [name],
        options: { pad, strides, dilations, multiplier, activation: isFused ? 'relu6' : 'linear' },
      },
    ],
  };
}

/** One number of a result, of another channel each. */
function pickParts(result, index, shape) {
  const name = `pick${index}`;
  const begin = [0, 0, 0, index % shape[3]];
  return {
    name,
    tensors: {
      [`${name}.begin`]: { shape: [4], data: Int32Array.from(begin) },
      [`${name}.size`]: { shape: [4], data: Int32Array.of(1, 1, 1, 1) },
      [name]: { shape: [1, 1, 1, 1] },
    },
    operations: [{ operator: 'slice', inputs: [result, `${name}.begin`, `${name}.size`], outputs: [name] }],
  };
}

function together(parts, tensors) {
  return {
    tensors: Object.assign({}, tensors, ...parts.map((part) => part.tensors)),
    operations: parts.flatMap(({ operations }) => operations),
  };
}
