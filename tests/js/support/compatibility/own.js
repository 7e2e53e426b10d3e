import { load } from 'depthwise-wasm';

/** Returns a function that computes passes with this package, without tfjs. */
export async function own() {
  const dw = await load();
  return async (pass, { convolution, x, filter, dy, bias, slopes }) => {
    const { isDense, strides, pad, dilations, dataFormat, dimRoundingMode, activation } = convolution;
    const attrs = { strides, pad, dilations, dataFormat, dimRoundingMode };
    const calls = {
      forward: { inputs: { x, filter }, attrs },
      fused: {
        inputs: { x, filter, bias, preluActivationWeights: activation === 'prelu' ? slopes : null },
        attrs: { ...attrs, activation },
      },
      inputGradient: { inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } },
      filterGradient: { inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } },
    };
    return dw[(isDense ? DENSE : DEPTHWISE)[pass]](calls[pass]);
  };
}

/** The names of the functions. The op conv2d has no dimRoundingMode, so fusedConv2D computes the forward pass. */
const DEPTHWISE = {
  forward: 'depthwiseConv2dNative',
  fused: 'fusedDepthwiseConv2D',
  inputGradient: 'depthwiseConv2dNativeBackpropInput',
  filterGradient: 'depthwiseConv2dNativeBackpropFilter',
};
const DENSE = {
  forward: 'fusedConv2D',
  fused: 'fusedConv2D',
  inputGradient: 'conv2DBackpropInput',
  filterGradient: 'conv2DBackpropFilter',
};
