import { arePerChannel } from '../kernels.js';

/** In closed form: two sums for each channel and one pass over x and dy, where tfjs's own makes some fifteen over tensors of that size. */
export const batchNorm = {
  kernelName: 'FusedBatchNorm',
  inputsToSave: ['x', 'mean', 'variance', 'scale'],
  needs: ['FusedBatchNormGrad'],
  hasNoGradient: true,
  takes: ([x, mean, variance, scale]) => x.dtype === 'float32' && arePerChannel(x, { mean, variance, scale }),
  gradient: ({ run }, dy, [x, mean, variance, scale], { varianceEpsilon }) => {
    const all = run('FusedBatchNormGrad', { x, dy, mean, variance, scale }, { varianceEpsilon });
    const [dx, dMean, dVariance, dScale, dOffset] = all;
    return { x: () => dx, mean: () => dMean, variance: () => dVariance, scale: () => dScale, offset: () => dOffset };
  },
};
