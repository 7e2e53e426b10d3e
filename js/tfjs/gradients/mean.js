import { middleAxisOf } from '../middle-axis.js';

const GRADIENT = 'MeanGrad';

/** tfjs's own gradient multiplies by a tensor of ones and divides: three kernels, each over a tensor of the size of x. */
const mean = {
  kernelName: 'Mean',
  inputsToSave: ['x'],
  needs: [GRADIENT],
  takes: ([x], { axis }) => x.rank > 0 && middleAxisOf(x.shape, { axis }) !== undefined,
  gradient: ({ run }, dy, [x], { axis }) => ({ x: () => run(GRADIENT, { dy }, { inputShape: x.shape, axis }) }),
};

const meanGradient = {
  kernelName: GRADIENT,
  inputsToSave: ['dy'],
  needs: [GRADIENT],
  gradient: ({ run }, ddx, [dy], { axis }) => ({
    // dy has its axes of size 1 or has them not, as keepDims was; the mean of what it was spread to has them not.
    dy: () => run('Reshape', { x: run('Mean', { x: ddx }, { axis, keepDims: false }) }, { shape: dy.shape }),
  }),
};

export const means = [mean, meanGradient];
