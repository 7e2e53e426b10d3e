/**
 * Hashes of the outputs and gradients of a fixed set of calls, in the variant without relaxed SIMD. They are the same on each engine and
 * processor. This file runs in Node, in other runtimes and on pages, so it imports nothing of Node.
 */
import { combine, inChannelsFirst, sides } from '../js/support/grids.js';
import { geometryOf } from '../js/support/oracle.js';
import { attrsOf, entries, problemFor } from '../js/support/problem.js';
import { Random } from '../js/support/random.js';
import { kernelCalls, runKernelCall } from '../js/support/tfjs-kernel-calls.js';

/** Small convolutions with all arguments, and larger ones that are packed, divided into tiles or copied. */
const CONVOLUTIONS = [
  ...combine({ size: [[3, 3], [1, 5], [2, 2]], stride: [1, 2, 3], dilation: [1, 2], pad: ['same', 'valid', sides(1, 0, 2, 1)] }).map(
    ({ size, stride, dilation, pad }) => ({
      xShape: [2, 9, 11, 7],
      filterShape: [...size, 7, 2],
      strides: [stride, stride],
      dilations: [dilation, dilation],
      pad,
    }),
  ),
  { xShape: [1, 14, 14, 96], filterShape: [3, 3, 96, 1], strides: [1, 1], dilations: [1, 1], pad: 'same' },
  { xShape: [2, 8, 8, 256], filterShape: [5, 5, 256, 1], strides: [2, 2], dilations: [1, 1], pad: 'same' },
  { xShape: [1, 60, 60, 16], filterShape: [3, 3, 16, 1], strides: [1, 1], dilations: [1, 1], pad: 1, dimRoundingMode: 'ceil' },
  { xShape: [1, 9, 10, 3], filterShape: [7, 7, 3, 24], strides: [2, 2], dilations: [1, 1], pad: 'same' },
  { xShape: [3, 12, 12, 40], filterShape: [1, 1, 40, 33], strides: [1, 1], dilations: [1, 1], pad: 'valid' },
]; // prettier-ignore

const ACTIVATIONS = ['elu', 'gelu', 'hardSigmoid', 'linear', 'mish', 'relu', 'relu6', 'selu', 'sigmoid', 'softmax', 'softplus', 'softsign', 'swish', 'tanh']; // prettier-ignore

/**
 * Returns a hash for each function of the module `dw`, for each activation of the layer, and for each kernel of registerKernels on the current
 * backend.
 *
 * @param {import('depthwise-wasm').DepthwiseModule} dw
 * @returns {Record<string, string>}
 */
export function goldenHashes(dw) {
  return { ...ofFunctions(dw), ...ofLayers(dw), ...ofKernels() };
}

function ofFunctions(dw) {
  return Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => {
      const random = new Random(`golden ${name}`);
      const hash = new Hash();
      for (const convolution of CONVOLUTIONS.flatMap((each) => [each, inChannelsFirst(each)])) {
        const isTaken = entry.takes(convolution) && geometryOf({ ...convolution, isDense: entry.isDense });
        // x as NCHW has other channels than the filter
        const fitting = convolution.dataFormat === 'NCHW' ? nchw(convolution) : convolution;
        if (!isTaken) continue;
        const problem = problemFor(entry, fitting, random, 'fractions');
        dw.tidy(() => hash.add(entry.call(dw, problem, attrsOf(fitting)).data));
      }
      return [`dw.${name}`, hash.text];
    }),
  );
}
