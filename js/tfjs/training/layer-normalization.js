import { differentiable, hasKernels, isOutermost, layerPrototype, onlyTensorOf } from './support.js';

/**
 * The hook for layer normalization: one kernel for the result and one for the gradients. tfjs runs about ten kernels, and copies mean,
 * variance, scale and offset to the size of x.
 *
 * @type {import('./hooks.js').Hook[]}
 */
export const layerNormalizationHooks = [
  {
    name: 'LayerNormalization.call',
    target: (tf) => layerPrototype(tf, 'LayerNormalization'),
    method: 'call',
    replacement: (original, tf) =>
      /** @this {any} */
      function call(inputs, kwargs) {
        const x = onlyTensorOf(inputs);
        return supports(tf, this, x) ? normalize(tf, this, x) : original.call(this, inputs, kwargs);
      },
  },
];

/** tfjs supports tensors of 2, 3 or 4 dimensions. The kernel normalizes over the last axes. */
function supports(tf, { axis }, x) {
  return (
    hasKernels(tf, 'LayerNorm', 'LayerNormGrad') &&
    isOutermost(tf) &&
    x?.dtype === 'float32' &&
    x.rank >= 2 &&
    x.rank <= 4 &&
    x.size > 0 &&
    axis.every((each, i) => each === x.rank - axis.length + i)
  );
}

function normalize(tf, layer, x) {
  const { axis, epsilon } = layer;
  const run = (name, inputs) => tf.engine().runKernel(name, inputs, { epsilon, rank: axis.length });
  const inputs = {
    x,
    scale: layer.scale ? layer.gamma.read() : undefined,
    offset: layer.center ? layer.beta.read() : undefined,
  };
  return differentiable(tf, inputs, ['x', 'scale', 'offset'], {
    forward: (inputs) => run('LayerNorm', inputs),
    backward({ x, scale }, dy) {
      const [dx, dScale, dOffset] = run('LayerNormGrad', { x, dy, ...(scale && { scale }) });
      return { x: dx, scale: dScale, offset: dOffset };
    },
    composed({ x, scale, offset }) {
      const { mean, variance } = tf.moments(x, axis, true);
      const z = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, epsilon)));
      const scaled = scale ? tf.mul(z, scale) : z;
      return offset ? tf.add(scaled, offset) : scaled;
    },
  });
}
