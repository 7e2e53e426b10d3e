import { batchNorm } from './gradients/batch-norm.js';
import { clipping } from './gradients/clip-by-value.js';
import { denseConvolution, depthwiseConvolution } from './gradients/convolution.js';
import { means } from './gradients/mean.js';

/**
 * @typedef {object} Gradient
 * @property {string} kernelName whose gradient it is
 * @property {string[]} inputsToSave
 * @property {string[]} needs kernels that must be ours
 * @property {boolean} [hasNoGradient] one of them has no gradient itself
 * @property {(saved: any, attrs: any) => boolean} [takes]
 * @property {(tools: { run: (name: string, inputs: object, attrs: object) => any }, dy: any, saved: any, attrs: any) => object} gradient
 */

/** @type {Gradient[]} */
const gradients = [...depthwiseConvolution, ...denseConvolution, batchNorm, ...clipping, ...means];

/** On our functions: the gradient that was there before. Found also by another copy of this package. */
const before = Symbol.for('depthwise-wasm.gradientBefore');

/**
 * Registers our gradients. tfjs has one gradient for all backends, so each asks whether the backend of the moment has the kernels that it
 * needs as ours (`hasOurs`), and calls the gradient that was there before if not.
 */
export function registerGradients(tf, hasOurs) {
  for (const ours of gradients) registerGradient(tf, hasOurs, ours);
}

/** @param {Gradient} ours */
function registerGradient(tf, hasOurs, ours) {
  const { kernelName, inputsToSave, needs, hasNoGradient, takes, gradient } = ours;
  const registered = tf.getGradient(kernelName);
  const theirs = registered && before in registered.gradFunc ? registered.gradFunc[before] : registered;
  const run = (name, inputs, attrs) => tf.engine().runKernel(name, inputs, attrs);

  function gradFunc(dy, saved, attrs) {
    const isOurs =
      needs.every((name) => hasOurs(name)) &&
      // Under another tape (for a second derivative) only what has a gradient of its own may run.
      !(hasNoGradient && tf.engine().isTapeOn()) &&
      (takes?.(saved, attrs) ?? true);
    if (isOurs || !theirs) return gradient({ run }, Array.isArray(dy) ? dy[0] : dy, saved, attrs);
    return theirs.gradFunc(dy, saved, attrs);
  }
  gradFunc[before] = theirs;
  tf.registerGradient({ kernelName, inputsToSave, gradFunc });
}
