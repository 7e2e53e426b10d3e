import { middleAxisOf } from '../middle-axis.js';

/** tfjs's own gradient multiplies by a tensor of ones and divides: three kernels, each over a tensor of the size of x. */
export const mean = {
  kernelName: 'Mean',
  inputsToSave: ['x'],
  needs: ['MeanGrad'],
  hasNoGradient: true,
  takes: ([x], { axis }) => x.rank > 0 && middleAxisOf(x.shape, { axis }) !== undefined,
  gradient: ({ run }, dy, [x], { axis }) => ({ x: () => run('MeanGrad', { dy }, { inputShape: x.shape, axis }) }),
};
