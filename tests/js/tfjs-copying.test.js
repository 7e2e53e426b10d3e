// Where tensors are copied in and out of a memory of our own: on tfjs's cpu backend, and on a wasm backend whose insides are not as this
// package knows them.
import assert from 'node:assert/strict';
import { before, describe, mock, test } from 'node:test';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertExact, assertSameBits } from './support/compare.js';
import { tf, useBackend } from './support/tfjs.js';
import { kernelCalls, runKernelCall } from './support/tfjs-kernel-calls.js';
import { leavingNothing } from './support/tfjs-memory.js';
import { optimizers, train } from './support/tfjs-networks.js';

const NETWORK = 'max pooling of what batch norm gives';
const LOSS_TOLERANCE = 2e-6; // that of tfjs-training.test.js

const plainTraining = await train('cpu', NETWORK, optimizers.momentum, { steps: 5 });

await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

await useBackend('wasm');
const expected = kernelCalls.map(runKernelCall);

/** What is done, in part or whole, by kernels of tfjs. */
const THEIRS = /is one number|to float32|"axis":\[1,3\]|"shape":\[4,5\]/;

function assertAsInPlace({ alone = false } = {}) {
  kernelCalls.forEach((call, i) => {
    if (alone && THEIRS.test(call.what)) return;
    leavingNothing(() => runKernelCall(call)).forEach((result, j) => {
      assertSameBits(result, expected[i][j], `${call.kernel} ${call.what}`);
      assert.deepEqual(result.shape, expected[i][j].shape);
    });
  });
}

describe('a wasm backend', () => {
  const factory = tf.findBackendFactory('wasm');
  const warn = mock.method(console, 'warn', () => {});

  /** What of the backend is hidden from others; it goes on using it itself. */
  const HIDDEN = {
    'its allocator': { wasm: (wasm) => Object.create(wasm, { _malloc: { value: undefined } }) },
    'what frees': { wasm: (wasm) => Object.create(wasm, { _free: { value: 7 } }) },
    'its memory': { wasm: (wasm) => Object.create(wasm, { asm: { value: {} } }) },
    'a memory that is one': {
      wasm: (wasm) => Object.create(wasm, { asm: { value: { memory: { buffer: new ArrayBuffer(8) } } } }),
    },
    // These are hidden from tfjs's kernels too, so only ours can run.
    'the list of its tensors': { dataIdMap: () => undefined },
    'what makes its tensors': { makeOutput: () => undefined },
    'what says where a tensor is': {
      dataIdMap: (map) => ({
        get: (id) => ({ ...map.get(id), memoryOffset: undefined, offset: map.get(id).memoryOffset }),
      }),
    },
  };

  function hiding(backend, changes) {
    return new Proxy(backend, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (Object.hasOwn(changes, name)) return changes[name](value);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  for (const [what, changes] of Object.entries(HIDDEN)) {
    test(`without ${what} is copied from, and gives the same bits`, async () => {
      tf.removeBackend('wasm');
      tf.registerBackend('wasm', async () => hiding(await factory(), changes), 2);
      await useBackend('wasm');
      assertAsInPlace({ alone: !('wasm' in changes) });
    });
  }

  test('is warned of once, however many there are', () => {
    assert.deepEqual(
      warn.mock.calls.map(({ arguments: words }) => words),
      [['depthwise-wasm: this wasm backend is not as we know it, so tensors are copied, which takes longer.']],
    );
  });

  test('trains when it is copied from', async () => {
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', async () => hiding(await factory(), HIDDEN['its allocator']), 2);
    const { losses } = await train('wasm', NETWORK, optimizers.momentum, { steps: 5 });
    assertLosses(losses);
  });

  test('that is as we know it again is worked in, without a word', async () => {
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, 2);
    await useBackend('wasm');
    const read = mock.method(tf.backend(), 'readSync');
    tf.tidy(() => tf.depthwiseConv2d(tf.ones([1, 3, 3, 2]), tf.ones([2, 2, 2, 1]), 1, 'valid'));
    assert.equal(read.mock.callCount(), 0);
    read.mock.restore();
    assertAsInPlace();
    assert.equal(warn.mock.callCount(), 1);
  });
});

describe('the cpu backend', () => {
  before(() => useBackend('cpu'));

  test('trains as it does without our kernels', async () => {
    const { losses } = await train('cpu', NETWORK, optimizers.momentum, { steps: 5 });
    assertLosses(losses);
  });

  test('takes a memory that grows with what it is given, and is right after that', () => {
    for (const size of [50, 400, 1100, 30]) {
      tf.tidy(() => {
        const x = tf.reshape(tf.range(0, size * size), [1, size, size, 1]);
        const y = tf.depthwiseConv2d(x, tf.tensor([1, -1], [1, 2, 1, 1]), 1, 'valid');
        assert.ok(y.dataSync().every((value) => value === -1));
        assert.equal(y.size, size * (size - 1));
      });
    }
  });

  test('gives a result that stays as it is when the next is computed', () => {
    tf.tidy(() => {
      const filter = tf.ones([1, 1, 1, 1]);
      const [first, second] = [1, 2].map((value) =>
        tf.depthwiseConv2d(tf.fill([1, 2, 2, 1], value), filter, 1, 'same'),
      );
      assert.deepEqual([...first.dataSync(), ...second.dataSync()], [1, 1, 1, 1, 2, 2, 2, 2]);
    });
  });

  // On cpu a cast to float32 is the same data under another name: an Int32Array, or a Uint8Array.
  const whole = (shape, dtype) => tf.cast(tf.tensor([1, 0, 1, 1, 0, 1, 1, 1], shape, dtype), 'float32');

  for (const dtype of ['int32', 'bool']) {
    test(`takes what was cast from ${dtype}`, () => {
      tf.tidy(() => {
        const x = whole([1, 2, 4, 1], dtype);
        const y = tf.depthwiseConv2d(x, tf.fill([1, 1, 1, 1], 3), 1, 'valid');
        assertExact({ data: y.dataSync(), shape: y.shape }, { values: [3, 0, 3, 3, 0, 3, 3, 3], shape: [1, 2, 4, 1] });
        assert.deepEqual([...tf.mean(whole([4, 2], dtype), 0).dataSync()], [0.75, 0.75]);
        assert.deepEqual([...tf.sum(whole([4, 2], dtype), 0).dataSync()], [3, 3]);
      });
    });
  }

  test('takes segments that were cast from bool', () => {
    tf.tidy(() => {
      const segments = tf.cast(tf.tensor1d([1, 0, 1, 1, 0, 1, 1, 1], 'bool'), 'int32');
      assert.deepEqual([...tf.unsortedSegmentSum(tf.ones([8]), segments, 2).dataSync()], [2, 6]);
    });
  });
});

function assertLosses(losses) {
  losses.forEach((loss, step) => {
    const off = Math.abs(loss - plainTraining.losses[step]) / plainTraining.losses[step];
    assert.ok(off <= LOSS_TOLERANCE, `the loss before step ${step + 1} is ${off} off`);
  });
}
