import assert from 'node:assert/strict';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertSameBits } from '../js/support/compare.js';
import { Random } from '../js/support/random.js';
import { tf, useBackend } from '../js/support/tfjs.js';
import { kernelCalls, runKernelCall, tensorsOf } from '../js/support/tfjs-kernel-calls.js';
import { AllocationWatch, tensorCounts } from '../js/support/tfjs-memory.js';
import { assertPlateau } from './plateau.js';

const WRONG_ATTRS = {
  strides: [[0, 1], 'x', [1, 2, 3], 0.5],
  pad: ['full', -1, null, [[1, 2]]],
  filterSize: [[0, 1]],
  inputShape: [[1, 2, 3]],
  filterShape: [[1, 2, 3, -4]],
  numSegments: [-1, 0.5],
};

/** Makes random calls of the kernels on tfjs's wasm backend, valid and invalid. Valid ones must give the same bits each time. */
export async function soakTfjs({ calls, seed, say }) {
  await useBackend('wasm');
  const watch = new AllocationWatch(tf.backend());
  await registerKernels(tf);
  const expected = kernelCalls.map(runKernelCall);
  const random = new Random(`${seed} tfjs`);
  const before = { ...tensorCounts(), blocks: watch.blocks };
  return assertPlateau({
    ...{ calls, say },
    call() {
      const i = random.within(0, kernelCalls.length - 1);
      const call = kernelCalls[i];
      // MeanGrad does not check inputShape: only our gradient calls it.
      const wrong = Object.keys(WRONG_ATTRS).filter((name) => name in call.attrs && call.kernel !== 'MeanGrad');
      if (wrong.length > 0 && random.chance(0.3)) {
        const name = random.oneOf(wrong);
        const attrs = { ...call.attrs, [name]: random.oneOf(WRONG_ATTRS[name]) };
        assert.throws(() => runKernelCall({ ...call, attrs }), new RegExp(`^\\w+: Error in ${call.kernel}: `));
      } else if (call.isOurs && random.chance(0.05)) {
        assert.throws(() => runDisposed(call), /must be a live tensor|reading .backend/);
      } else {
        runKernelCall(call).forEach((result, j) => assertSameBits(result, expected[i][j], call.kernel));
      }
      assert.deepEqual({ ...tensorCounts(), blocks: watch.blocks }, before, `${call.kernel} ${call.what}`);
    },
    heapBytes: () => tf.backend().wasm.HEAPU8.length,
  });
}

/** Runs a call with disposed tensors. */
function runDisposed({ kernel, inputs, attrs }) {
  return tf.tidy(() => {
    const tensors = tensorsOf(inputs);
    tf.dispose(tensors);
    return tf.engine().runKernel(kernel, tensors, attrs);
  });
}
