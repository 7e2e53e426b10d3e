import { isNormalizedOnly } from './batch-normalization.js';
import { deferredTensors } from './deferred.js';
import { isOnOnlyTape, isOurKernel, layerPrototype, onlyTensorOf } from './support.js';

/**
 * Hooks for convolution layers without an activation.
 *
 * On a tape, Conv2D runs the kernel FusedConv2D, whose gradient computes the gradient of x only if it is needed. tf.fused.conv2d, which the
 * layer of tfjs calls, always computes it, also for the first layer of a network.
 *
 * Without a tape, as in predict, a convolution that only a batch normalization reads is deferred: one kernel computes both.
 *
 * @type {import('./hooks.js').Hook[]}
 */
export const convolutionHooks = [
  hookOf('Conv2D', 'FusedConv2D', ({ kernel }) => kernel),
  hookOf('DepthwiseConv2D', 'FusedDepthwiseConv2D', ({ depthwiseKernel }) => depthwiseKernel),
];

/**
 * @param {string} className
 * @param {string} kernelName
 * @param {(layer: any) => any} filterOf returns the filter of a layer
 * @returns {import('./hooks.js').Hook}
 */
function hookOf(className, kernelName, filterOf) {
  return {
    name: `${className}.call`,
    target: (tf) => layerPrototype(tf, className),
    method: 'call',
    replacement: (original, tf) =>
      /** @this {any} */
      function call(inputs, kwargs) {
        const x = onlyTensorOf(inputs);
        const isTraining = className === 'Conv2D' && isTrained(tf);
        const isDeferred = !kwargs?.training && isNormalizedOnly(tf, this, x, kernelName);
        if (!supports(this, x) || !(isTraining || isDeferred)) return original.call(this, inputs, kwargs);
        const { strides, padding: pad, dilationRate: dilations, bias } = this;
        const operands = { x, filter: filterOf(this).read(), ...(bias && { bias: bias.read() }) };
        const attrs = { strides, pad, dilations, dataFormat: 'NHWC', activation: 'linear' };
        if (isTraining) return tf.engine().runKernel(kernelName, operands, attrs);
        const convolution = { kernelName, inputs: operands, attrs, differentiated: [] };
        return deferredTensors(tf).defer(this.computeOutputShape(x.shape), convolution);
      },
  };
}

function isTrained(tf) {
  return (
    isOnOnlyTape(tf) &&
    ['FusedConv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'].every((name) => isOurKernel(tf, name))
  );
}

function supports(layer, x) {
  return (
    x?.dtype === 'float32' &&
    x.rank === 4 &&
    layer.dataFormat !== 'channelsFirst' &&
    ['same', 'valid'].includes(layer.padding) &&
    layer.activation.getClassName() === 'linear' &&
    layer.dilationRate.every((rate) => rate === 1) // tfjs refuses others
  );
}
