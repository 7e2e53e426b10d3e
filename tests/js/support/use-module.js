import { valuesFor } from './problem.js';

const [X, FILTER] = [valuesFor([2, 9, 8, 6]), valuesFor([3, 3, 6, 2])];

/** Returns results of the kernels and of a layer as { data }. It leaves no tensor. */
export function useModule(dw) {
  const layer = new dw.DepthwiseConv2D({
    ...{ kernelSize: 3, padding: 'same', depthMultiplier: 2, activation: 'tanh' },
    depthwiseInitializer: { className: 'HeNormal', config: { seed: 7 } },
  });
  try {
    return dw.tidy(() => {
      const attrs = { strides: 2, pad: 'same' };
      const y = dw.depthwiseConv2dNative({ inputs: { x: X, filter: FILTER }, attrs });
      const out = layer.call(X, { training: true });
      const { dx, gradients } = layer.backward(out);
      return [
        y,
        dw.depthwiseConv2dNativeBackpropInput({
          inputs: { dy: y, filter: FILTER },
          attrs: { ...attrs, inputShape: X.shape },
        }),
        dw.depthwiseConv2dNativeBackpropFilter({
          inputs: { x: X, dy: y },
          attrs: { ...attrs, filterShape: FILTER.shape },
        }),
        ...[out, dx, gradients.depthwise_kernel, gradients.bias],
      ].map((tensor) => ({ data: tensor.dataSync() }));
    });
  } finally {
    layer.dispose();
  }
}
