/** Our kernels under tfjs's names: what each calls. */
export const kernels = {
  DepthwiseConv2dNative: 'forward',
  FusedDepthwiseConv2D: 'fusedForward',
  DepthwiseConv2dNativeBackpropInput: 'inputGradient',
  DepthwiseConv2dNativeBackpropFilter: 'filterGradient',
};
