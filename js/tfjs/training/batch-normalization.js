import { DeferredTensors } from './deferred.js';
import { differentiable, hasKernels, isOutermost, layerPrototype, onlyTensorOf } from './support.js';

/**
 * Hooks for batch normalization in training: one kernel for the statistics and the moving averages, one for the result together with a
 * relu or relu6 that follows, and one for the gradients. tfjs runs about twenty kernels, most of them over tensors of the size of x. Without a
 * tape, as in predict, one kernel computes a batch normalization by moving averages together with the relu or relu6 that follows.
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
        const x = onlyTensorOf(inputs);
        if (!kwargs?.training) return deferInference(tf, this, x) ?? original.call(this, inputs, kwargs);
        // The layer of tfjs does not train without scale or without center.
        return (this.scale && this.center && call.train(this, x)) || original.call(this, inputs, kwargs);
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
  const { momentum, movingMean, movingVariance } = layer;
  const averages = { movingMean: movingMean.read(), movingVariance: movingVariance.read() };
  const statistics = tf.engine().runKernel('BatchNormStatistics', { x, ...averages }, { momentum });
  const [mean, variance, movedMean, movedVariance] = statistics;
  const { inputs, attrs } = normalizationOf(layer, x, mean, variance);
  const isDeferred = tf.engine().isTapeOn() && isActivatedOnly(layer);
  const y = batchNorm(tf, inputs, attrs, isDeferred ? () => defer(tf, inputs, attrs, DIFFERENTIATED) : undefined);
  movingMean.write(movedMean);
  movingVariance.write(movedVariance);
  return y;
}

/** Returns x normalized by the moving averages, for the activation that follows, or undefined if tfjs must compute it. */
function deferInference(tf, layer, x) {
  const isSupported = !tf.engine().isTapeOn() && supports(tf, layer, x) && x.rank <= 4 && isActivatedOnly(layer);
  if (!isSupported) return undefined;
  const { inputs, attrs } = normalizationOf(layer, x, layer.movingMean.read(), layer.movingVariance.read());
  return defer(tf, inputs, attrs, []);
}

/** Returns the inputs and attrs of the kernel BatchNormTraining. */
function normalizationOf({ scale, gamma, center, beta, epsilon }, x, mean, variance) {
  const parameters = { scale: scale ? gamma.read() : undefined, offset: center ? beta.read() : undefined };
  return {
    inputs: { x, mean, variance, ...parameters },
    attrs: { varianceEpsilon: epsilon, low: -Infinity, high: Infinity },
  };
}

function defer(tf, inputs, attrs, differentiated) {
  return deferredTensors(tf).defer(inputs.x.shape, { kernelName: 'BatchNormTraining', inputs, attrs, differentiated });
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
