import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { tf, useBackend } from '../tfjs.js';

/** Returns a function that computes passes with the ops and gradients of tfjs, as users call them. */
export async function tfjs(backendName, { registered = false } = {}) {
  if (registered) await registerKernels(tf, { backend: backendName });
  await useBackend(backendName);
  return async (pass, problem) =>
    tf.tidy(() => {
      const result = PASSES[pass](problem);
      return { data: result.dataSync().slice(), shape: result.shape };
    });
}

const toTfjs = ({ data, shape }) => tf.tensor(data, shape, 'float32');

function op({ strides = [1, 1], pad, dataFormat = 'NHWC', dilations = [1, 1], dimRoundingMode }) {
  return (x, filter) => tf.depthwiseConv2d(x, filter, strides, pad, dataFormat, dilations, dimRoundingMode);
}

const PASSES = {
  forward: ({ convolution, x, filter }) => op(convolution)(toTfjs(x), toTfjs(filter)),
  inputGradient: (problem) => gradients(problem)[0],
  filterGradient: (problem) => gradients(problem)[1],
  fused({ convolution, x, filter, bias, slopes }) {
    const { strides = [1, 1], pad, activation } = convolution;
    return tf.fused.depthwiseConv2d({
      x: toTfjs(x),
      filter: toTfjs(filter),
      strides,
      pad,
      bias: toTfjs(bias),
      activation,
      leakyreluAlpha: 0.2,
      preluActivationWeights: activation === 'prelu' ? toTfjs(slopes) : undefined,
    });
  },
};

function gradients({ convolution, x, filter, dy }) {
  return tf.grads(op(convolution))([toTfjs(x), toTfjs(filter)], toTfjs(dy));
}
