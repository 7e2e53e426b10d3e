/** The gradients of the dense convolution. tfjs has that of Conv2DBackpropInput. */

const FORWARD = 'Conv2D';
const INPUT = 'Conv2DBackpropInput';
const FILTER = 'Conv2DBackpropFilter';

/** With dilations and dimRoundingMode, which tfjs's own refuses or drops. */
export const conv2d = {
  kernelName: FORWARD,
  inputsToSave: ['x', 'filter'],
  needs: [INPUT, FILTER],
  gradient: ({ run }, dy, [x, filter], attrs) => ({
    x: () => run(INPUT, { dy, filter }, { ...attrs, inputShape: x.shape }),
    filter: () => run(FILTER, { x, dy }, { ...attrs, filterShape: filter.shape }),
  }),
};

export const conv2dFilter = {
  kernelName: FILTER,
  inputsToSave: ['x', 'dy'],
  needs: [],
  gradient: ({ run }, ddfilter, [x, dy], attrs) => ({
    x: () => run(INPUT, { dy, filter: ddfilter }, { ...attrs, inputShape: x.shape }),
    dy: () => run(FORWARD, { x, filter: ddfilter }, { dilations: [1, 1], ...attrs }),
  }),
};
