import { DeferredTensors } from './deferred.js';
import { differentiable, hasKernels, isOutermost, layerPrototype, onlyTensorOf } from './support.js';

/**
 * Hooks for batch normalization in training: one kernel for the statistics and the moving averages, one for the result together with a
 * relu or relu6 that follows, and one for the gradients. tfjs runs about twenty kernels, most of them over tensors of the size of x.
 */

const KERNELS = ['BatchNormStatistics', 'BatchNormTraining', 'BatchNormTrainingGrad'];
const DIFFERENTIATED = ['x', 'scale', 'offset'];

/** @type {import('./hooks.js').Hook[]} */
export const batchNormalizationHooks = [
  {
    name: 'BatchNormalization.call',
    target: (tf) => layerPrototype(tf, 'BatchNormalization'),
    method: 'call',
    replacement(original, tf) {
      /** Returns the output of a layer in training, or undefined if the kernels do not support it. layersFor calls this function too. */
      call.train = (layer, x) => (supports(tf, layer, x) ? tf.tidy(() => normalizeBatch(tf, layer, x)) : undefined);
      return call;

      /** @this {any} */
      function call(inputs, kwargs) {
        // The layer of tfjs does not train without scale or without center.
        const isTraining = kwargs?.training && this.scale && this.center;
        return (isTraining && call.train(this, onlyTensorOf(inputs))) || original.call(this, inputs, kwargs);
      }
    },
  },
  {
    name: 'ReLU.call',
    target: (tf) => layerPrototype(tf, 'ReLU'),
    method: 'call',
    replacement: (original, tf) => activated(original, tf),
  },
  {
    name: 'Activation.call',
    target: (tf) => layerPrototype(tf, 'Activation'),
    method: 'call',
    replacement: (original, tf) => activated(original, tf),
  },
];

function supports(tf, layer, x) {
  return (
    hasKernels(tf, ...KERNELS) &&
    isOutermost(tf) &&
    x?.dtype === 'float32' &&
    x.rank >= 2 &&
    x.size > 0 &&
    (layer.axis === -1 || layer.axis === x.rank - 1)
  );
}

/** Returns the normalized x, and moves the averages of the layer, with the formulas of tfjs-layers. */
function normalizeBatch(tf, layer, x) {
  const { momentum, epsilon: varianceEpsilon, movingMean, movingVariance } = layer;
  const run = (name, inputs, attrs) => tf.engine().runKernel(name, inputs, attrs);
  const averages = { movingMean: movingMean.read(), movingVariance: movingVariance.read() };
  const [mean, variance, movedMean, movedVariance] = run('BatchNormStatistics', { x, ...averages }, { momentum });
  const inputs = {
    x,
    mean,
    variance,
    scale: layer.scale ? layer.gamma.read() : undefined,
    offset: layer.center ? layer.beta.read() : undefined,
  };
  const attrs = { varianceEpsilon, low: -Infinity, high: Infinity };
  const forward = tf.engine().isTapeOn() && isActivatedOnly(layer) ? deferred : undefined;
  const y = batchNorm(tf, inputs, attrs, forward);
  movingMean.write(movedMean);
  movingVariance.write(movedVariance);
  return y;

  function deferred() {
    return deferredTensors(tf).defer(x.shape, {
      kernelName: 'BatchNormTraining',
      inputs,
      attrs,
      differentiated: DIFFERENTIATED,
    });
  }
}

/** Returns whether the only reader of a layer in its graph is an activation that the kernel of the batch normalization can compute. */
function isActivatedOnly({ outboundNodes }) {
  return outboundNodes.length === 1 && limitsOf(outboundNodes[0].outboundLayer) !== undefined;
}

/** Returns the limits of a layer that computes relu or relu6, otherwise undefined. */
function limitsOf(layer) {
  if (layer.getClassName() === 'ReLU') {
    const high = layer.maxValue ?? Infinity;
    return high >= 0 ? { low: 0, high } : undefined;
  }
  if (layer.getClassName() !== 'Activation') return undefined;
  return { relu: { low: 0, high: Infinity }, relu6: { low: 0, high: 6 } }[layer.activation.getClassName()];
}

/** Returns the `call` of an activation layer. It computes the batch normalization before the layer too, if this one is deferred. */
function activated(original, tf) {
  /** @this {any} */
  return function call(inputs, kwargs) {
    const normalization = deferredTensors(tf).callOf(onlyTensorOf(inputs));
    const limits = normalization && isOutermost(tf) && hasKernels(tf, ...KERNELS) ? limitsOf(this) : undefined;
    if (!limits) return original.call(this, inputs, kwargs);
    return batchNorm(tf, normalization.inputs, { ...normalization.attrs, ...limits });
  };
}

/** Returns y = batchNorm(x) within limits, where the gradient takes mean and variance as functions of x. */
function batchNorm(tf, inputs, attrs, forward) {
  const run = (name, inputs) => tf.engine().runKernel(name, inputs, attrs);
  return differentiable(tf, inputs, DIFFERENTIATED, {
    forward: forward ?? ((inputs) => run('BatchNormTraining', inputs)),
    backward(inputs, dy) {
      const [x, scale, offset] = run('BatchNormTrainingGrad', { ...inputs, dy });
      return { x, scale, offset };
    },
    composed({ x, scale, offset }) {
      const { mean, variance } = tf.moments(
        x,
        x.shape.slice(1).map((_, i) => i),
      );
      const y = tf.batchNorm(x, mean, variance, offset, scale, attrs.varianceEpsilon);
      const raised = attrs.low === 0 ? tf.relu(y) : y;
      return attrs.high < Infinity ? tf.clipByValue(raised, attrs.low, attrs.high) : raised;
    },
  });
}

const deferredOf = new WeakMap();

/** Returns the deferred tensors of this copy of tfjs. */
function deferredTensors(tf) {
  const engine = tf.engine();
  if (!deferredOf.has(engine)) deferredOf.set(engine, new DeferredTensors(tf));
  return deferredOf.get(engine);
}
