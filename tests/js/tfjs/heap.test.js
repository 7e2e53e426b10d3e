// Memory of tfjs's backends: the wasm backend lends its own; for others tensors are copied. It grows, is full, or is used for a long time.
import assert from 'node:assert/strict';
import { before, describe, mock, test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertSameBits } from '../support/compare.js';
import { Random } from '../support/random.js';
import { tf, useBackend } from '../support/tfjs.js';
import { kernelCalls, runKernelCall, tensorsOf } from '../support/tfjs-kernel-calls.js';
import { AllocationWatch, leavingNothing, tensorCounts } from '../support/tfjs-memory.js';
import { optimizers, train } from '../support/tfjs-networks.js';
import { withoutGrowth } from '../support/without-memory.js';

await useBackend('wasm');
const watch = new AllocationWatch(tf.backend());
const { wasm } = tf.backend();
const heapBytes = () => wasm.HEAPU8.length;

/** How often any WebAssembly memory grew, also the one for copies. */
let growths = 0;
const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (pages) {
  ++growths;
  return grow.call(this, pages);
};

await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

const run = (call, inputs) => tf.tidy(() => tf.dispose(tf.engine().runKernel(call.kernel, inputs, call.attrs)));

function errorOf(body) {
  try {
    return void body();
  } catch (error) {
    return error;
  }
}

test('the first call of a kernel on a backend needs memory, and throws if there is none', () => {
  const [call] = kernelCalls;
  const inputs = tensorsOf(call.inputs);
  watch.failAt(2); // the first request is a tensor that may fail
  const text = /^RangeError: Error in DepthwiseConv2dNative: out of memory, \d+ bytes were wanted$/;
  leavingNothing(() => assert.throws(() => run(call, inputs), text));
  tf.dispose(inputs);
  expected = kernelCalls.map(runKernelCall);
});

/** The results of the first calls. */
let expected;

function assertStillRight(isIncluded = () => true) {
  kernelCalls.forEach((call, i) => {
    if (!isIncluded(call)) return;
    const results = leavingNothing(() => runKernelCall(call));
    results.forEach((result, j) => assertSameBits(result, expected[i][j], `${call.kernel} ${call.what}`));
  });
}

test('every kernel throws if any request for memory fails, leaves nothing, and is right the next time', () => {
  for (const call of kernelCalls.filter(({ isOurs, kernel }) => isOurs && !/Identity|Cast/.test(kernel))) {
    const inputs = tensorsOf(call.inputs);
    const pattern = new RegExp(`^Error in ${call.kernel}: out of memory, [1-9]\\d* bytes were wanted$`);
    const { blocks } = watch;
    for (let request = 1; ; ++request) {
      assert.ok(request < 50, `${call.kernel} never finds memory`);
      watch.failAt(request);
      const error = leavingNothing(() => errorOf(() => run(call, inputs)));
      watch.failAt(0);
      assert.equal(watch.blocks, blocks, `${call.kernel} ${call.what} leaves blocks`);
      if (!error) {
        assert.ok(request > call.expected.length, `${call.kernel}: only ${request - 1} requests`);
        break;
      }
      assert.match(error.message, pattern);
      assert.equal(error.constructor, RangeError);
    }
    tf.dispose(inputs);
  }
  assertStillRight();
});

test('a result of 4 GiB or more is refused before memory is requested', () => {
  // The number of bytes is 2³², of which the wasm backend would keep the lowest 32 bits: 0.
  const [rows, columns] = [65536, 16384];
  const [a, b] = [tf.ones([rows, 1]), tf.ones([1, columns])];
  const calls = {
    Add: [{ a, b }],
    BatchMatMul: [
      { a, b },
      { transposeA: false, transposeB: false },
    ],
    Tile: [{ x: b }, { reps: [rows, 1] }],
    Conv2D: [
      { x: tf.reshape(a, [1, rows, 1, 1]), filter: tf.reshape(b, [1, 1, 1, columns]) },
      { strides: 1, pad: 'valid', dataFormat: 'NHWC', dilations: 1 },
    ],
  };
  for (const [kernel, [inputs, attrs]] of Object.entries(calls)) {
    const { requests } = watch;
    const text = `Error in ${kernel}: out of memory, 4294967296 bytes were wanted`;
    leavingNothing(() => assert.throws(() => tf.engine().runKernel(kernel, inputs, attrs), { message: text }));
    assert.equal(watch.requests, requests, kernel);
  }
  tf.dispose([a, b, Object.values(calls).map(([inputs]) => inputs)]);
  const empty = tf.tile(tf.zeros([2, 2, 2]), [0, 2 ** 20, 2 ** 20]);
  assert.deepEqual(empty.shape, [0, 2 ** 21, 2 ** 21]);
  empty.dispose();
});

for (const [backend, names] of Object.entries({ wasm: ['SGD', 'RMSProp'], cpu: ['Adam'] })) {
  for (const optimizer of names) {
    test(`training by ${optimizer} on ${backend} holds as much after 200 steps as after 5`, async () => {
      await useBackend(backend);
      const held = [];
      const afterStep = (step) => {
        const { blocks, bytes } = watch;
        if (step === 5 || step === 199) held.push({ ...tensorCounts(), blocks, bytes, heap: heapBytes(), growths });
      };
      await train({ tf, tfl }, 'every kernel', optimizers[optimizer], { steps: 200, afterStep });
      assert.deepEqual(held[1], held[0]);
    });
  }
}

describe('the memory of the wasm backend grows', () => {
  before(() => useBackend('wasm'));

  /** Allocates tensors until less than 2 MB are free. */
  function takeNearlyAll() {
    const fillers = [];
    while (heapBytes() - watch.bytes > 2 ** 21) fillers.push(tf.zeros([2 ** 18]));
    return fillers;
  }

  test('for the result of a kernel, and for one of several results', () => {
    tf.tidy(() => {
      const x = tf.tensor(new Random('growth').fractions(32 ** 2), [1, 32, 32, 1]);
      takeNearlyAll();
      const heap = heapBytes();
      const y = tf.depthwiseConv2d(x, tf.reshape(tf.range(0, 1024), [1, 1, 1, 1024]), 1, 'valid'); // 4 MB
      assert.ok(heapBytes() > heap, 'the memory did not grow');
      const last = tf.slice(y, [0, 0, 0, 1023], [1, 32, 32, 1]).dataSync();
      assert.deepEqual(
        last,
        x.dataSync().map((value) => value * 1023),
      );
    });
    tf.tidy(() => {
      const pixels = 2 ** 18;
      const dy = tf.ones([1, pixels, 1, 4]); // 4 MB
      const inputs = { x: dy, dy, mean: tf.zeros([4]), variance: tf.ones([4]), scale: tf.tensor1d([1, 2, 3, 4]) };
      takeNearlyAll();
      const heap = heapBytes();
      const [dx, , , , dOffset] = tf.engine().runKernel('FusedBatchNormGrad', inputs, { varianceEpsilon: 0 });
      assert.ok(heapBytes() > heap, 'the memory did not grow');
      assert.deepEqual([...dOffset.dataSync()], Array(4).fill(pixels));
      assert.deepEqual([...dx.dataSync().subarray(-4)], [1, 2, 3, 4]);
    });
  });

  test('between calls of every kernel and between errors', () => {
    const strides = /^RangeError: Error in DepthwiseConv2dNative: strides must be a whole number .*, got 0$/;
    const wrong = () => tf.tidy(() => tf.depthwiseConv2d(tf.ones([1, 2, 2, 1]), tf.ones([1, 1, 1, 1]), 0, 'same'));
    const heap = heapBytes();
    const large = [];
    assert.throws(wrong, strides);
    while (heapBytes() === heap) large.push(tf.zeros([8, 2 ** 20]));
    assert.throws(wrong, strides);
    assertStillRight();
    tf.dispose(large);
  });

  test('between steps of training, which gives the same bits', async () => {
    const training = (afterStep) => train({ tf, tfl }, 'every kernel', optimizers.momentum, { steps: 4, afterStep });
    const plain = await training();
    const large = [];
    const heaps = new Set();
    const grown = await training(() => {
      large.push(tf.zeros([8, 2 ** 20])); // 32 MB
      heaps.add(heapBytes());
    });
    tf.dispose(large);
    assert.ok(heaps.size >= 3, `the memory had ${[...heaps]} bytes`);
    const bits = ({ losses, weights }) => [losses, weights.map(({ data }) => data)];
    assert.deepEqual(bits(grown), bits(plain));
  });
});

describe('a copy of a tensor', () => {
  for (const backend of ['wasm', 'cpu']) {
    test(`on ${backend} shares the data until the last copy is disposed of`, async () => {
      await useBackend(backend);
      for (const copyOf of [tf.clone, (x) => tf.cast(x, x.dtype)]) {
        const counts = tensorCounts();
        const x = tf.tensor1d([1, 2, 3]);
        const copy = copyOf(x);
        assert.equal(tensorCounts().numDataIds, counts.numDataIds + 1);
        assert.notEqual(copy.id, x.id);
        x.dispose();
        assert.deepEqual([...copy.dataSync()], [1, 2, 3]);
        copy.dispose();
        assert.deepEqual(tensorCounts(), counts);
      }
      tf.tidy(() => {
        const variable = tf.variable(tf.tensor1d([1, 2, 3]));
        const copy = tf.clone(variable);
        variable.assign(tf.tensor1d([4, 5, 6]));
        assert.deepEqual([[...copy.dataSync()], [...variable.dataSync()]], [[1, 2, 3], [4, 5, 6]]); // prettier-ignore
        variable.dispose();
      });
    });
  }

  test('moves to another backend', async () => {
    const countsOfBoth = async () => {
      await useBackend('cpu');
      const cpu = tensorCounts();
      await useBackend('wasm');
      return [cpu, tensorCounts()];
    };
    const counts = await countsOfBoth();
    const x = tf.tensor1d([1, 2, 3]);
    const copy = tf.clone(x);
    await useBackend('cpu');
    tf.tidy(() => assert.deepEqual([...tf.add(x, copy).dataSync()], [2, 4, 6]));
    x.dispose();
    await useBackend('wasm');
    tf.tidy(() => assert.deepEqual([...tf.neg(copy).dataSync()], [-1, -2, -3]));
    copy.dispose();
    assert.deepEqual(await countsOfBoth(), counts);
  });
});

describe('on cpu, where tensors are copied,', () => {
  before(() => useBackend('cpu'));

  test('a kernel throws if the memory cannot grow, and is right when it can', () => {
    const sides = [200, 300, 400, 500, 600]; // each needs more than the memory holds after the previous one
    for (const [kernel, call] of Object.entries({
      DepthwiseConv2dNative: ({ x, filter }) => tf.depthwiseConv2d(x, filter, 1, 'same'),
      Mean: ({ x }) => tf.mean(x, [1, 2]),
      FusedBatchNorm: ({ x, ones }) => tf.batchNorm(x, ones, ones),
      FusedBatchNormGrad: ({ x, ones }) =>
        tf.engine().runKernel('FusedBatchNormGrad', { x, dy: x, mean: ones, variance: ones }, { varianceEpsilon: 1 }),
      UnsortedSegmentSum: ({ x, segmentIds }) => tf.unsortedSegmentSum(x, segmentIds, 3),
    })) {
      tf.tidy(() => {
        const side = sides.shift();
        const inputs = { x: tf.ones([2, side, side, 4]), filter: tf.ones([3, 3, 4, 1]), ones: tf.ones([4]) };
        const all = { ...inputs, segmentIds: tf.tensor1d([0, 2], 'int32') };
        const pattern = new RegExp(`^RangeError: Error in ${kernel}: out of memory, \\d+ bytes were wanted$`);
        leavingNothing(() => withoutGrowth(() => assert.throws(() => call(all), pattern)));
        tf.dispose(call(all));
      });
    }
    assertStillRight(({ isOurs }) => isOurs);
  });

  test('a result is right after the memory has grown, and stays when the next one is computed', () => {
    for (const size of [50, 1100, 30]) {
      tf.tidy(() => {
        const x = tf.reshape(tf.range(0, size * size), [1, size, size, 1]);
        const [first, second] = [1, 2].map((factor) =>
          tf.depthwiseConv2d(x, tf.tensor([factor, -factor], [1, 2, 1, 1]), 1, 'valid'),
        );
        assert.ok(first.dataSync().every((value) => value === -1));
        assert.ok(second.dataSync().every((value) => value === -2));
      });
    }
  });

  test('tensors that were cast from int32 and bool are read as their type', () => {
    // On cpu a cast to float32 keeps the data, an Int32Array or a Uint8Array, and changes the type.
    for (const dtype of /** @type {const} */ (['int32', 'bool'])) {
      tf.tidy(() => {
        const cast = (shape) => tf.cast(tf.tensor([1, 0, 1, 1, 0, 1, 1, 1], shape, dtype), 'float32');
        const y = tf.depthwiseConv2d(cast([1, 2, 4, 1]), tf.fill([1, 1, 1, 1], 3), 1, 'valid');
        assert.deepEqual([...y.dataSync()], [3, 0, 3, 3, 0, 3, 3, 3]);
        assert.deepEqual([...tf.sum(cast([4, 2]), 0).dataSync()], [3, 3]);
        const segments = tf.cast(tf.tensor1d([1, 0, 1, 1, 0, 1, 1, 1], dtype), 'int32');
        assert.deepEqual([...tf.unsortedSegmentSum(tf.ones([8]), segments, 2).dataSync()], [2, 6]);
      });
    }
  });
});

// At the end: these tests replace the backend.
describe('a wasm backend with unknown insides', () => {
  const factory = tf.findBackendFactory('wasm');
  const warn = mock.method(console, 'warn', () => {});

  /** What is hidden; the backend itself still uses it. */
  const HIDDEN = {
    'its allocator': { wasm: (value) => Object.create(value, { _malloc: { value: undefined } }) },
    'the function that frees': { wasm: (value) => Object.create(value, { _free: { value: 7 } }) },
    'its memory': { wasm: (value) => Object.create(value, { asm: { value: {} } }) },
    'a WebAssembly.Memory': {
      wasm: (value) => Object.create(value, { asm: { value: { memory: { buffer: new ArrayBuffer(8) } } } }),
    },
    // tfjs's kernels need these, so only our kernels can run.
    'the list of its tensors': { dataIdMap: () => undefined },
    'the function that creates tensors': { makeOutput: () => undefined },
    'the addresses of tensors': {
      dataIdMap: (map) => ({ get: (id) => ({ ...map.get(id), memoryOffset: undefined }) }),
    },
  };

  const hiding = (backend, changes) =>
    new Proxy(backend, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (Object.hasOwn(changes, name)) return changes[name](value);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });

  async function replaceBackend(create) {
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', create, 2);
    await useBackend('wasm');
  }

  for (const [what, changes] of Object.entries(HIDDEN)) {
    test(`without ${what} is copied from, and gives the same bits`, async () => {
      await replaceBackend(async () => hiding(await factory(), changes));
      assertStillRight(({ isOurs }) => isOurs || 'wasm' in changes);
    });
  }

  test('causes one warning', () => {
    assert.equal(warn.mock.callCount(), 1);
    assert.match(warn.mock.calls[0].arguments[0], /^depthwise-wasm: .*so tensors are copied, which takes longer\.$/);
  });

  test('that is followed by a known one is not copied from any more', async () => {
    await replaceBackend(factory);
    const read = mock.method(tf.backend(), 'readSync');
    tf.tidy(() => tf.depthwiseConv2d(tf.ones([1, 3, 3, 2]), tf.ones([2, 2, 2, 1]), 1, 'valid'));
    assert.equal(read.mock.callCount(), 0);
    read.mock.restore();
    assertStillRight();
    assert.equal(warn.mock.callCount(), 1);
  });
});
