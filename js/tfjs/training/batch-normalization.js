import { deferredTensors } from './deferred.js';
import { differentiable, hasKernels, isOurKernel, isOutermost, layerPrototype, onlyTensorOf } from './support.js';

/**
 * Hooks for batch normalization in training: one kernel for the statistics and the moving averages, one for the result together with a
 * relu or relu6 that follows, and one for the gradients. tfjs runs about twenty kernels, most of them over tensors of the size of x. Without a
 * tape, as in predict, one kernel computes a batch normalization by moving averages together with the relu or relu6 that follows, and with the
 * convolution before it, if this one is deferred (convolution.js).
 */

const KERNELS = ['BatchNormStatistics', 'BatchNormTraining', 'BatchNormTrainingGrad'];
const DIFFERENTIATED = ['x', 'scale', 'offset'];

/** The kernels of a convolution with a batch normalization, by the kernel of the convolution. */
const FOLDED = { FusedConv2D: 'Conv2DBatchNorm', FusedDepthwiseConv2D: 'DepthwiseConv2DBatchNorm' };

/** @type {import('./hooks.js').Hook[]} */
export const batchNormalizationHooks = [
  {
    name: 'BatchNormalization.call',
    target: (tf) => layerPrototype(tf, 'BatchNormalization'),
    method: 'call',
    replacement(original, tf) {
      // These functions return the output of a layer, or undefined if the kernels do not support it. layersFor calls them too.
      call.train = (layer, x) => (supports(tf, layer, x) ? tf.tidy(() => normalizeBatch(tf, layer, x)) : undefined);
      call.infer = (layer, x) => (supportsInference(tf, layer, x) ? normalizeByAverages(tf, layer, x) : undefined);
      return call;

      /** @this {any} */
      function call(inputs, kwargs) {
        const x = onlyTensorOf(inputs);
        if (!kwargs?.training) return call.infer(this, x) ?? original.call(this, inputs, kwargs);
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

function supports(tf, layer, x, kernels = KERNELS) {
  return (
    hasKernels(tf, ...kernels) &&
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
  const call = normalizationOf(layer, x, mean, variance);
  const isDeferred = tf.engine().isTapeOn() && limitsOfReader(layer);
  const y = batchNorm(tf, call, isDeferred ? () => deferredTensors(tf).defer(x.shape, call) : undefined);
  movingMean.write(movedMean);
  movingVariance.write(movedVariance);
  return y;
}

function supportsInference(tf, layer, x) {
  return !tf.engine().isTapeOn() && supports(tf, layer, x, ['BatchNormTraining']) && x.rank <= 4;
}

/**
 * Returns whether the only reader of a convolution layer is a batch normalization that computes the convolution of x too, if it is deferred.
 * `kernelName` is the kernel of the convolution.
 */
export function isNormalizedOnly(tf, { outboundNodes }, x, kernelName) {
  const reader = outboundNodes.length === 1 && outboundNodes[0].outboundLayer;
  return (
    reader &&
    reader.getClassName() === 'BatchNormalization' &&
    isOurKernel(tf, kernelName) &&
    hasKernels(tf, FOLDED[kernelName]) &&
    supportsInference(tf, reader, x)
  );
}

/** Returns x normalized by the moving averages, deferred if an activation follows. Computes a deferred convolution together with it. */
function normalizeByAverages(tf, layer, x) {
  const call = normalizationOf(layer, x, layer.movingMean.read(), layer.movingVariance.read());
  call.differentiated = [];
  const limits = limitsOfReader(layer);
  let isDeferred = limits !== undefined;
  const convolution = deferredTensors(tf).callOf(x);
  const kernelName = FOLDED[convolution?.kernelName];
  if (kernelName) {
    call.kernelName = kernelName;
    Object.assign(call.inputs, convolution.inputs);
    Object.assign(call.attrs, convolution.attrs);
    isDeferred = limits?.activation !== undefined;
  }
  return isDeferred ? deferredTensors(tf).defer(x.shape, call) : run(tf, call);
}

/** Returns the call of the kernel BatchNormTraining. */
function normalizationOf({ scale, gamma, center, beta, epsilon }, x, mean, variance) {
  const parameters = { scale: scale ? gamma.read() : undefined, offset: center ? beta.read() : undefined };
  return {
    kernelName: 'BatchNormTraining',
    inputs: { x, mean, variance, ...parameters },
    attrs: { varianceEpsilon: epsilon, low: -Infinity, high: Infinity },
    differentiated: DIFFERENTIATED,
  };
}

function run(tf, { kernelName, inputs, attrs }) {
  return tf.engine().runKernel(kernelName, inputs, attrs);
}

/** Returns limitsOf the only reader of a layer in its graph, or undefined if there is not one reader. */
function limitsOfReader({ outboundNodes }) {
  return outboundNodes.length === 1 ? limitsOf(outboundNodes[0].outboundLayer) : undefined;
}

/**
 * Returns the limits of a layer that computes relu, relu6 or relu with another maximum, otherwise undefined. `activation` is the activation of a
 * fused convolution with these limits, if there is one.
 */
function limitsOf(layer) {
  const high = {
    ReLU: () => layer.maxValue ?? Infinity,
    Activation: () => ({ relu: Infinity, relu6: 6 })[layer.activation.getClassName()],
  }[layer.getClassName()]?.();
  return high >= 0 ? { low: 0, high, activation: { 6: 'relu6', Infinity: 'relu' }[high] } : undefined;
}

/** Returns the `call` of an activation layer. It computes the batch normalization before the layer too, if this one is deferred. */
function activated(original, tf) {
  /** @this {any} */
  return function call(inputs, kwargs) {
    const before = deferredTensors(tf).callOf(onlyTensorOf(inputs));
    const isNormalization = before?.kernelName === 'BatchNormTraining';
    const kernels = isNormalization ? KERNELS : [before?.kernelName];
    const limits = before && isOutermost(tf) && hasKernels(tf, ...kernels) ? limitsOf(this) : undefined;
    if (!limits || !(isNormalization || limits.activation)) return original.call(this, inputs, kwargs);
    const activated = { ...before, attrs: { ...before.attrs, ...limits } };
    return isNormalization ? batchNorm(tf, activated) : run(tf, activated);
  };
}

/** Returns y = batchNorm(x) within limits, where the gradient takes mean and variance as functions of x. */
function batchNorm(tf, { inputs, attrs }, forward) {
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
