// Tensors that are disposed of, or missing, straight to the kernels: an error that names them, before anything is allocated.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertSameBits } from './support/compare.js';
import { tf } from './support/tfjs.js';
import { onEachBackend } from './support/tfjs-backends.js';
import { kernelCalls, runKernelCall, tensorsOf } from './support/tfjs-kernel-calls.js';
import { leavingNothing } from './support/tfjs-memory.js';

await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

/** What goes on to kernels of tfjs, with an error of tfjs; what hands the data on; and an input that the kernel does not read. */
const NOT_OURS =
  /^(Identity|Cast)|^(Sum|Mean) .*("axis":\[1,3\]|"shape":\[4,5\])|is one number|^MaxPoolGrad .* output$/;

/** Which may be left out. */
const OPTIONAL = ['bias', 'preluActivationWeights', 'scale', 'offset'];

const run = ({ kernel, attrs }, inputs) => tf.tidy(() => void tf.engine().runKernel(kernel, inputs, attrs));

/** Every call with every one of its inputs. */
const cases = kernelCalls.flatMap((call) =>
  Object.keys(call.inputs)
    .filter((name) => call.inputs[name] && !NOT_OURS.test(`${call.kernel} ${call.what} ${name}`))
    .map((name) => ({ call, name })),
);

onEachBackend((_, expected) => {
  test('each kernel refuses a tensor that is disposed of, and names it', () => {
    assert.ok(cases.length > 80);
    for (const { call, name } of cases) {
      const inputs = tensorsOf(call.inputs);
      inputs[name].dispose();
      leavingNothing(() =>
        assert.throws(() => run(call, inputs), {
          name: 'TypeError',
          message: `Error in ${call.kernel}: ${name} must be a live tensor, got one that is disposed`,
        }),
      );
      tf.dispose(Object.values(inputs).filter(({ isDisposed }) => !isDisposed));
    }
  });

  test('each kernel refuses a call without a tensor that it needs', () => {
    for (const { call, name } of cases.filter(({ name }) => !OPTIONAL.includes(name))) {
      const inputs = tensorsOf({ ...call.inputs, [name]: undefined });
      leavingNothing(() => assert.throws(() => run(call, inputs), TypeError, `${call.kernel} without ${name}`));
      tf.dispose(inputs);
    }
  });

  test('and then all are right', () => {
    kernelCalls.forEach((call, i) => {
      runKernelCall(call).forEach((result, j) =>
        assertSameBits(result, expected()[i][j], `${call.kernel} ${call.what}`),
      );
    });
  });
});
