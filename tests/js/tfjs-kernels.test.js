// Every kernel that is registered with TensorFlow.js against its definition: on the wasm backend, in whose memory ours compute, and on the
// cpu backend, from which they copy.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertExact, assertMatches, assertSameBits } from './support/compare.js';
import { tf, useBackend } from './support/tfjs.js';
import { kernelCalls, runKernelCall, tensorsOf } from './support/tfjs-kernel-calls.js';
import { leavingNothing } from './support/tfjs-memory.js';

const BACKENDS = ['wasm', 'cpu'];
const { kernels } = await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

test('there is a call of every kernel', () => {
  assert.deepEqual(new Set(kernelCalls.map(({ kernel }) => kernel)), new Set(kernels));
});

for (const backend of BACKENDS) {
  describe(`on ${backend}`, () => {
    before(() => useBackend(backend));

    for (const kernel of kernels) {
      test(`${kernel} computes what its definition says, and leaves nothing behind`, () => {
        for (const call of kernelCalls.filter((each) => each.kernel === kernel)) {
          assertRight(
            leavingNothing(() => runKernelCall(call)),
            call,
          );
        }
      });
    }

    test('tensors that were made on the other backend are brought over', async () => {
      const other = BACKENDS.find((name) => name !== backend);
      for (const call of kernelCalls) {
        await useBackend(other);
        const inputs = tensorsOf(call.inputs);
        await useBackend(backend);
        tf.tidy(() => {
          const results = [tf.engine().runKernel(call.kernel, inputs, call.attrs)].flat();
          assertRight(
            results.map((result) => ({ data: result.dataSync(), shape: result.shape })),
            call,
          );
        });
        tf.dispose(inputs);
      }
    });
  });
}

/** Those that are done by steps of the backend's own kernels, or left to them. */
const THEIRS = /is one number|to float32|"axis":\[1,3\]|"shape":\[4,5\]/;

test('in place and copied, they give the same bits', async () => {
  const ours = kernelCalls.filter(({ what, kernel }) => !(THEIRS.test(what) && kernel !== 'MeanGrad'));
  assert.ok(ours.length > 50);
  await useBackend('wasm');
  const inPlace = ours.map(runKernelCall);
  await useBackend('cpu');
  ours.forEach((call, i) => {
    runKernelCall(call).forEach((result, j) => {
      assertSameBits(result, inPlace[i][j], `${call.kernel} ${call.what}`);
      assert.deepEqual(result.shape, inPlace[i][j].shape);
      assert.equal(result.dtype, inPlace[i][j].dtype);
    });
  });
});

function assertRight(results, { kernel, what, expected, exact, roundings }) {
  assert.equal(results.length, expected.length);
  results.forEach((result, i) => {
    const name = `${kernel} ${what}, result ${i}`;
    if (exact) assertExact(result, expected[i], name);
    else assertMatches(result, expected[i], name, roundings);
  });
}
