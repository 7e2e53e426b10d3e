import { isOnOnlyTape, isOurKernel, layerPrototype, onlyTensorOf } from './support.js';

/**
 * The hook for the layer Conv2D without an activation: it runs the kernel FusedConv2D, whose gradient computes the gradient of x only if it is
 * needed. tf.fused.conv2d, which the layer of tfjs calls, always computes it, also for the first layer of a network.
 *
 * @type {import('./hooks.js').Hook[]}
 */
export const convolutionHooks = [
  {
    name: 'Conv2D.call',
    target: (tf) => layerPrototype(tf, 'Conv2D'),
    method: 'call',
    replacement: (original, tf) =>
      /** @this {any} */
      function call(inputs, kwargs) {
        const x = onlyTensorOf(inputs);
        if (!supports(tf, this, x)) return original.call(this, inputs, kwargs);
        const { strides, padding: pad, dilationRate: dilations, kernel, bias } = this;
        const attrs = { strides, pad, dilations, dataFormat: 'NHWC', activation: 'linear' };
        const operands = { x, filter: kernel.read(), ...(bias && { bias: bias.read() }) };
        return tf.engine().runKernel('FusedConv2D', operands, attrs);
      },
  },
];

function supports(tf, layer, x) {
  return (
    isOnOnlyTape(tf) &&
    ['FusedConv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'].every((name) => isOurKernel(tf, name)) &&
    x?.dtype === 'float32' &&
    x.rank === 4 &&
    layer.dataFormat !== 'channelsFirst' &&
    ['same', 'valid'].includes(layer.padding) &&
    layer.activation.getClassName() === 'linear' &&
    layer.dilationRate.every((rate) => rate === 1) // tfjs refuses others
  );
}
