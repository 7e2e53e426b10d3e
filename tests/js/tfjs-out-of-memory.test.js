// When tfjs's wasm backend has no memory left: each kernel says so, leaves nothing behind, and the next call is right. The allocator is
// made to find none for one request, whichever it is of those that a call makes.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertSameBits } from './support/compare.js';
import { tf, useBackend } from './support/tfjs.js';
import { kernelCalls, runKernelCall, tensorsOf } from './support/tfjs-kernel-calls.js';
import { AllocationWatch, leavingNothing } from './support/tfjs-memory.js';

await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });
await useBackend('wasm');
const watch = new AllocationWatch(tf.backend());

/** What asks for no memory, and what goes on to kernels of tfjs, which do not look whether there was any. */
const ASKS_NONE = /^(Identity|Cast)$/;
const GOES_ON = /is one number|"axis":\[1,3\]|"shape":\[4,5\]/;

const run = (call, inputs) => tf.tidy(() => tf.dispose(tf.engine().runKernel(call.kernel, inputs, call.attrs)));

test('the first call on a backend needs memory of its own, which may be missing too', () => {
  const [call] = kernelCalls;
  const inputs = tensorsOf(call.inputs);
  watch.failAt(2); // the first is a trial tensor, which may find none
  leavingNothing(() =>
    assert.throws(() => run(call, inputs), {
      name: 'RangeError',
      message: /^Error in DepthwiseConv2dNative: out of memory, \d+ bytes were wanted$/,
    }),
  );
  tf.dispose(inputs);
});

describe('out of memory', () => {
  let expected;
  before(() => (expected = kernelCalls.map(runKernelCall))); // and with it what we need on the backend

  const kernels = new Set(kernelCalls.map(({ kernel }) => kernel).filter((kernel) => !ASKS_NONE.test(kernel)));
  for (const kernel of kernels) {
    test(`${kernel} says so, whichever of its requests fails`, () => {
      kernelCalls.forEach((call, i) => {
        if (call.kernel !== kernel || (GOES_ON.test(call.what) && kernel !== 'MeanGrad')) return;
        const inputs = tensorsOf(call.inputs);
        const failures = failuresOf(call, inputs);
        // At least one for each result, and one in C++.
        assert.ok(failures >= call.expected.length, `only ${failures} requests`);
        tf.dispose(inputs);
        runKernelCall(call).forEach((result, j) => assertSameBits(result, expected[i][j], `${kernel} ${call.what}`));
      });
    });
  }

  /** Lets each request of a call fail, one after the other; gives their number. */
  function failuresOf(call, inputs) {
    const text = new RegExp(`^Error in ${call.kernel}: out of memory, [1-9]\\d* bytes were wanted$`);
    for (let request = 1; ; ++request) {
      const { blocks } = watch;
      watch.failAt(request);
      const error = leavingNothing(() => errorOf(() => run(call, inputs)));
      watch.failAt(0);
      assert.equal(watch.blocks, blocks, `${call.kernel} ${call.what}: ${watch.blocks - blocks} blocks are left`);
      if (!error) return request - 1;
      assert.match(error.message, text);
      assert.equal(error.constructor, RangeError);
      assert.ok(request < 50, 'it never finds memory');
    }
  }
});

test('a step of training that finds no memory can be made again', async () => {
  await import('@tensorflow/tfjs-layers'); // registers tfjs's own gradients
  await registerKernels(tf);
  tf.tidy(() => {
    const [x, filter] = [tf.ones([1, 40, 40, 8]), tf.ones([3, 3, 8, 1])];
    const gradient = () => tf.grad((weights) => tf.sum(tf.depthwiseConv2d(x, weights, 1, 'same')))(filter);
    const expected = gradient().dataSync();
    const { requests } = watch;
    gradient();
    watch.failAt(watch.requests - requests); // the last one: of the filter's gradient
    assert.throws(gradient, /out of memory/);
    watch.failAt(0);
    assert.deepEqual(gradient().dataSync(), expected);
  });
});

describe('on cpu, where the memory that is copied into cannot grow', () => {
  const { grow } = WebAssembly.Memory.prototype;

  function withoutGrowth(body) {
    WebAssembly.Memory.prototype.grow = () => {
      throw new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded');
    };
    try {
      return body();
    } finally {
      WebAssembly.Memory.prototype.grow = grow;
    }
  }

  const CALLS = {
    DepthwiseConv2dNative: ({ x, filter }) => tf.depthwiseConv2d(x, filter, 1, 'same'),
    Mean: ({ x }) => tf.mean(x, [1, 2]),
    FusedBatchNorm: ({ x, ones }) => tf.batchNorm(x, ones, ones),
    FusedBatchNormGrad: ({ x, ones }) =>
      tf.engine().runKernel('FusedBatchNormGrad', { x, dy: x, mean: ones, variance: ones }, { varianceEpsilon: 1 }),
    UnsortedSegmentSum: ({ x, segmentIds }) => tf.unsortedSegmentSum(x, segmentIds, 3),
  };

  for (const [kernel, call] of Object.entries(CALLS)) {
    test(`${kernel} says so, and is right when it can`, async () => {
      await useBackend('cpu');
      tf.tidy(() => {
        const inputs = {
          x: tf.ones([2, 300, 300, 4]), // more than the memory has to begin with, and each test more than the one before
          filter: tf.ones([3, 3, 4, 1]),
          ones: tf.ones([4]),
          segmentIds: tf.tensor1d([0, 2], 'int32'),
        };
        leavingNothing(() =>
          withoutGrowth(() =>
            assert.throws(() => call(inputs), {
              name: 'RangeError',
              message: new RegExp(`^Error in ${kernel}: out of memory, \\d+ bytes were wanted$`),
            }),
          ),
        );
      });
    });
  }

  test('and then all are right', async () => {
    await useBackend('cpu');
    tf.tidy(() => {
      const x = tf.ones([2, 300, 300, 4]);
      const y = tf.depthwiseConv2d(x, tf.ones([3, 3, 4, 1]), 1, 'valid');
      assert.ok(y.dataSync().every((value) => value === 9));
      assert.deepEqual([...tf.mean(x, [1, 2]).dataSync()], Array(8).fill(1));
    });
  });
});

function errorOf(body) {
  try {
    body();
    return undefined;
  } catch (error) {
    return error;
  }
}
