/** The gradients of the depthwise convolution, and those of its gradients, which are convolutions again. */

const FORWARD = 'DepthwiseConv2dNative';
const INPUT = 'DepthwiseConv2dNativeBackpropInput';
const FILTER = 'DepthwiseConv2dNativeBackpropFilter';

/** With dilations and NCHW, which tfjs's own refuses or drops; kernels of other backends do not know them, so there tfjs's stays. */
export const depthwiseConv2d = {
  kernelName: FORWARD,
  inputsToSave: ['x', 'filter'],
  needs: [INPUT, FILTER],
  gradient: ({ run }, dy, [x, filter], attrs) => ({
    x: () => run(INPUT, { dy, filter }, { ...attrs, inputShape: x.shape }),
    filter: () => run(FILTER, { x, dy }, { ...attrs, filterShape: filter.shape }),
  }),
};

export const depthwiseConv2dInput = {
  kernelName: INPUT,
  inputsToSave: ['dy', 'filter'],
  needs: [],
  gradient: ({ run }, ddx, [dy, filter], attrs) => ({
    dy: () => run(FORWARD, { x: ddx, filter }, { dataFormat: 'NHWC', ...attrs }),
    filter: () => run(FILTER, { x: ddx, dy }, { ...attrs, filterShape: filter.shape }),
  }),
};

export const depthwiseConv2dFilter = {
  kernelName: FILTER,
  inputsToSave: ['x', 'dy'],
  needs: [],
  gradient: ({ run }, ddfilter, [x, dy], attrs) => ({
    x: () => run(INPUT, { dy, filter: ddfilter }, { ...attrs, inputShape: x.shape }),
    dy: () => run(FORWARD, { x, filter: ddfilter }, { dataFormat: 'NHWC', ...attrs }),
  }),
};
