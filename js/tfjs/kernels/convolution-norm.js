import { NHWC, requirePerChannel } from '../../arguments.js';
import { denseKernels, depthwiseKernels } from '../../ops.js';

/** Convolutions with the batch normalization that follows, by given statistics. */
export const convolutionNormKernels = {
  dense: convolutionNorm(denseKernels, 'denseBatchNorm'),
  depthwise: convolutionNorm(depthwiseKernels, 'convBatchNorm'),
};

/**
 * Returns a kernel that computes activation(batchNorm(convolution + bias)). Its attrs are those of the fused convolution, and varianceEpsilon.
 *
 * @param {typeof denseKernels} kernels
 * @param {string} run the exported function
 * @returns {import('../../ops.js').Kernel}
 */
function convolutionNorm({ fusedForward }, run) {
  const parameters = ['mean', 'variance', 'bias', 'scale', 'offset'];
  return {
    ...fusedForward,
    inputs: ['x', 'filter', ...parameters],
    required: 4,
    read(functionName, [x, filter], attrs) {
      const call = fusedForward.read(functionName, [x, filter], attrs);
      return Object.assign(call, { epsilon: attrs.varianceEpsilon });
    },
    resultShape({ functionName, layout }, [, , ...infos], yShape) {
      const isNhwc = layout === NHWC;
      const channels = yShape[isNhwc ? 3 : 1];
      infos.forEach((info, i) => info && requirePerChannel(functionName, parameters[i], info.shape, channels, isNhwc));
      return yShape;
    },
    run: (native, block, addresses, y, { epsilon, activation, leakyreluAlpha }) =>
      native[run](block, ...addresses, y, epsilon, activation, leakyreluAlpha),
  };
}
