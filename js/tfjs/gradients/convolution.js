/**
 * The gradients of a convolution with respect to input and filter, and those of these gradients, which are convolutions again.
 *
 * With dilations, dataFormat and dimRoundingMode, which tfjs's own gradients refuse or drop. Kernels of other backends do not know them all,
 * so there the first of the three stays tfjs's.
 */
function gradientsOf({ forward, input, filter: filterKernel }) {
  const run = {
    forward: (tools, x, filter, attrs) =>
      tools.run(forward, { x, filter }, { dataFormat: 'NHWC', dilations: [1, 1], ...attrs }),
    input: (tools, dy, filter, x, attrs) => tools.run(input, { dy, filter }, { ...attrs, inputShape: x.shape }),
    filter: (tools, x, dy, filter, attrs) =>
      tools.run(filterKernel, { x, dy }, { ...attrs, filterShape: filter.shape }),
  };
  return [
    {
      kernelName: forward,
      inputsToSave: ['x', 'filter'],
      needs: [input, filterKernel],
      gradient: (tools, dy, [x, filter], attrs) => ({
        x: () => run.input(tools, dy, filter, x, attrs),
        filter: () => run.filter(tools, x, dy, filter, attrs),
      }),
    },
    {
      kernelName: input,
      inputsToSave: ['dy', 'filter'],
      needs: [input],
      gradient: (tools, ddx, [dy, filter], attrs) => ({
        dy: () => run.forward(tools, ddx, filter, attrs),
        filter: () => run.filter(tools, ddx, dy, filter, attrs),
      }),
    },
    {
      kernelName: filterKernel,
      inputsToSave: ['x', 'dy'],
      needs: [filterKernel],
      gradient: (tools, ddfilter, [x, dy], attrs) => ({
        x: () => run.input(tools, dy, ddfilter, x, attrs),
        dy: () => run.forward(tools, x, ddfilter, attrs),
      }),
    },
  ];
}

export const depthwiseConvolution = gradientsOf({
  forward: 'DepthwiseConv2dNative',
  input: 'DepthwiseConv2dNativeBackpropInput',
  filter: 'DepthwiseConv2dNativeBackpropFilter',
});

export const denseConvolution = gradientsOf({
  forward: 'Conv2D',
  input: 'Conv2DBackpropInput',
  filter: 'Conv2DBackpropFilter',
});
