import { load } from 'depthwise-wasm';

/** Returns a function that computes passes with this package, without tfjs. */
export async function own() {
  const dw = await load();
  return async (pass, { convolution, x, filter, dy, bias, slopes }) => {
    const { strides, pad, dilations, dataFormat, dimRoundingMode, activation } = convolution;
    const attrs = { strides, pad, dilations, dataFormat, dimRoundingMode };
    const passes = {
      forward: () => dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs }),
      fused: () =>
        dw.fusedDepthwiseConv2D({
          inputs: { x, filter, bias, preluActivationWeights: activation === 'prelu' ? slopes : null },
          attrs: { ...attrs, activation },
        }),
      inputGradient: () =>
        dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } }),
      filterGradient: () =>
        dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } }),
    };
    return passes[pass]();
  };
}
