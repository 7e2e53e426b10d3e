import { differentiable, hasKernels, isOutermost, layerPrototype } from './support.js';

/**
 * Hooks for the activations of tfjs-layers that consist of several ops, in an Activation layer or in another layer: one kernel for the result
 * and one for the gradient. tfjs runs three kernels for swish and five for gelu, and twice as many for the gradient.
 *
 * @type {import('./hooks.js').Hook[]}
 */
export const activationHooks = [
  hookOf('swish', 'Swish', true, (tf, x) => tf.mul(tf.sigmoid(x), x)),
  hookOf('gelu', 'Gelu', false, (tf, x) => tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.div(x, Math.SQRT2)))))),
];

/**
 * @param {string} activation the class name in tfjs-layers
 * @param {string} kernel
 * @param {boolean} readsResult whether the kernel of the gradient reads the result
 * @param {(tf: any, x: any) => any} composed
 * @returns {import('./hooks.js').Hook}
 */
function hookOf(activation, kernel, readsResult, composed) {
  return {
    name: `${activation}.apply`,
    target: (tf) => layerPrototype(tf, activation),
    method: 'apply',
    replacement: (original, tf) =>
      /** @this {any} */
      function apply(x, alpha = 1) {
        const isSupported =
          alpha === 1 && x?.dtype === 'float32' && hasKernels(tf, kernel, `${kernel}Grad`) && isOutermost(tf);
        if (!isSupported) return original.call(this, x, alpha);
        const run = (name, inputs) => tf.engine().runKernel(name, inputs);
        return differentiable(tf, { x }, ['x'], {
          forward: (inputs) => run(kernel, inputs),
          backward: ({ x }, dy, y) => ({ x: run(`${kernel}Grad`, readsResult ? { x, y, dy } : { x, dy }) }),
          readsResult,
          composed: ({ x }) => composed(tf, x),
        });
      },
  };
}
