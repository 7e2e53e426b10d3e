import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { tf, useBackend } from '../tfjs.js';

/**
 * Returns a function that computes passes with the ops and gradients of tfjs, as users call them. Each call makes a new backend, whose memory
 * no earlier pass has changed.
 */
export async function tfjs(backendName, { registered = false } = {}) {
  const used = tf.engine().registry[backendName];
  if (used) used.dispose = () => {}; // The real function fails if an earlier pass has overwritten its memory.
  const factory = tf.findBackendFactory(backendName);
  tf.removeBackend(backendName);
  tf.registerBackend(backendName, factory);
  if (registered) await registerKernels(tf, { backend: backendName });
  await useBackend(backendName);
  return async (pass, problem) =>
    tf.tidy(() => {
      const result = PASSES[pass](problem);
      return { data: result.dataSync().slice(), shape: result.shape };
    });
}

const toTfjs = ({ data, shape }) => tf.tensor(data, shape, 'float32');

/** Returns the op of a convolution. */
function op({ isDense, strides = [1, 1], pad, dataFormat = 'NHWC', dilations = [1, 1], dimRoundingMode }) {
  const convolve = isDense ? tf.conv2d : tf.depthwiseConv2d;
  return (x, filter) => convolve(x, filter, strides, pad, dataFormat, dilations, dimRoundingMode);
}

/** Returns the op of a pooling. */
function poolOp(pool, { filterSize, strides, pad, dimRoundingMode }) {
  return (x) => pool(x, filterSize, strides, pad, dimRoundingMode);
}

const PASSES = {
  forward: ({ convolution, x, filter }) => op(convolution)(toTfjs(x), toTfjs(filter)),
  inputGradient: (problem) => gradients(problem)[0],
  filterGradient: (problem) => gradients(problem)[1],
  fused({ convolution, x, filter, bias, slopes }) {
    const { isDense, strides = [1, 1], pad, activation } = convolution;
    const convolve = isDense ? tf.fused.conv2d : tf.fused.depthwiseConv2d;
    return convolve({
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
  max: ({ pool, x }) => poolOp(tf.maxPool, pool)(toTfjs(x)),
  maxGradient: (problem) => poolGradient(tf.maxPool, problem),
  average: ({ pool, x }) => poolOp(tf.avgPool, pool)(toTfjs(x)),
  averageGradient: (problem) => poolGradient(tf.avgPool, problem),
};

function gradients({ convolution, x, filter, dy }) {
  return tf.grads(op(convolution))([toTfjs(x), toTfjs(filter)], toTfjs(dy));
}

function poolGradient(kind, { pool, x, dy }) {
  return tf.grad(poolOp(kind, pool))(toTfjs(x), toTfjs(dy));
}
