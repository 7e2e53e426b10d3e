// What training with this package takes of memory: after many steps as much as after a few, and right results when tfjs's memory grows
// under it.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertSameBits } from './support/compare.js';
import { Random } from './support/random.js';
import { tf, useBackend } from './support/tfjs.js';
import { kernelCalls, runKernelCall } from './support/tfjs-kernel-calls.js';
import { AllocationWatch, tensorCounts } from './support/tfjs-memory.js';
import { optimizers, train } from './support/tfjs-networks.js';

await useBackend('wasm');
const wasm = tf.backend();
const watch = new AllocationWatch(wasm);
const heapBytes = () => wasm.wasm.HEAPU8.length;

/** How often a WebAssembly memory has been asked to grow: the one that the kernels on cpu copy into, too. */
let growths = 0;
const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (pages) {
  ++growths;
  return grow.call(this, pages);
};

await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

/** A network with one layer of each kind, as small as can be. */
function tinyModel() {
  const { layers } = tfl;
  return tfl.sequential({
    layers: [
      layers.conv2d({ inputShape: [6, 6, 2], filters: 3, kernelSize: 2 }),
      layers.maxPooling2d({ poolSize: 2, strides: 1 }),
      layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
      layers.batchNormalization(),
      layers.reLU({ maxValue: 6 }),
      layers.separableConv2d({ filters: 2, kernelSize: 2, strides: 2, activation: 'relu' }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 2 }),
    ],
  });
}

for (const [backend, names] of Object.entries({ wasm: Object.keys(optimizers), cpu: ['Adam'] })) {
  describe(`training on ${backend}`, () => {
    before(() => useBackend(backend));

    for (const optimizer of names) {
      test(`by ${optimizer} holds as much after 500 steps as after 5`, async () => {
        const model = tinyModel();
        model.compile({ optimizer: optimizers[optimizer](tf), loss: 'meanSquaredError' });
        const random = new Random(optimizer);
        const [x, y] = [tf.tensor(random.fractions(144), [2, 6, 6, 2]), tf.tensor(random.fractions(4), [2, 2])];
        const held = [];
        for (let step = 1; step <= 500; ++step) {
          await model.trainOnBatch(x, y);
          if (step !== 5 && step !== 500) continue;
          const { blocks, bytes } = watch;
          held.push({ ...tensorCounts(), blocks, bytes, heap: heapBytes(), growths });
        }
        assert.deepEqual(held[1], held[0]);
        model.dispose();
        tf.dispose([x, y]);
      });
    }
  });
}

describe('the memory of the wasm backend grows', () => {
  before(() => useBackend('wasm'));

  /** Tensors that leave less than 2 MB of the memory free. */
  function takeNearlyAll() {
    const fillers = [];
    while (heapBytes() - watch.bytes > 2 ** 21) fillers.push(tf.zeros([2 ** 18]));
    return fillers;
  }

  test('for the result of a kernel', () => {
    const fillers = takeNearlyAll();
    const heap = heapBytes();
    tf.tidy(() => {
      const x = tf.tensor(new Random('growth').fractions(32 ** 2), [1, 32, 32, 1]);
      const y = tf.depthwiseConv2d(x, tf.reshape(tf.range(0, 1024), [1, 1, 1, 1024]), 1, 'valid'); // 4 MB
      assert.ok(heapBytes() > heap, 'the memory has not grown');
      assert.deepEqual(
        tf.slice(y, [0, 0, 0, 1023], [1, 32, 32, 1]).dataSync(),
        x.dataSync().map((value) => value * 1023),
      );
    });
    tf.dispose(fillers);
  });

  test('for one of several results', () => {
    tf.tidy(() => {
      const pixels = 2 ** 18;
      const dy = tf.ones([1, pixels, 1, 4]); // 4 MB
      const inputs = { x: dy, dy, mean: tf.zeros([4]), variance: tf.ones([4]), scale: tf.tensor1d([1, 2, 3, 4]) };
      takeNearlyAll();
      const heap = heapBytes();
      const [dx, , , , dOffset] = tf.engine().runKernel('FusedBatchNormGrad', inputs, { varianceEpsilon: 0 });
      assert.ok(heapBytes() > heap, 'the memory has not grown');
      assert.deepEqual([...dOffset.dataSync()], Array(4).fill(pixels));
      assert.deepEqual([...dx.dataSync().subarray(-4)], [1, 2, 3, 4]);
    });
  });

  test('between steps of training, and the losses and weights are the same to the bit', async () => {
    const name = 'blocks of MobileNetV1';
    const expected = await train('wasm', name, optimizers.momentum, { steps: 5 });
    const heaps = [heapBytes()];
    const large = [];
    const grown = await train('wasm', name, optimizers.momentum, {
      steps: 5,
      afterStep() {
        large.push(tf.zeros([8, 2 ** 20])); // 32 MB
        heaps.push(heapBytes());
      },
    });
    tf.dispose(large);
    assert.ok(new Set(heaps).size >= 4, `the memory had ${heaps} bytes`);
    assert.deepEqual(grown.losses, expected.losses);
    assert.deepEqual(
      grown.weights.map(({ data }) => data),
      expected.weights.map(({ data }) => data),
    );
  });

  test('between two runs of each kernel, and two errors', () => {
    const expected = kernelCalls.map(runKernelCall);
    const error = () => {
      assert.throws(() => tf.tidy(() => tf.depthwiseConv2d(tf.ones([1, 2, 2, 1]), tf.ones([1, 1, 1, 1]), 0, 'same')), {
        name: 'RangeError',
        message: /^Error in DepthwiseConv2dNative: strides must be a whole number from 1 to 1073741824, .*, got 0$/,
      });
    };
    error();
    const heap = heapBytes();
    const large = [];
    while (heapBytes() === heap) large.push(tf.zeros([8, 2 ** 20]));
    error();
    kernelCalls.forEach((call, i) => {
      runKernelCall(call).forEach((result, j) => assertSameBits(result, expected[i][j], `${call.kernel} ${call.what}`));
    });
    tf.dispose(large);
  });
});

describe('a copy of a tensor', () => {
  for (const backend of ['wasm', 'cpu']) {
    test(`shares its data on ${backend}, until the last of them is disposed of`, async () => {
      await useBackend(backend);
      for (const copyOf of [tf.clone, (x) => tf.cast(x, x.dtype)]) {
        const before = tensorCounts();
        const x = tf.tensor1d([1, 2, 3]);
        const copy = copyOf(x);
        assert.equal(tensorCounts().numDataIds, before.numDataIds + 1);
        assert.notEqual(copy.id, x.id);
        x.dispose();
        assert.deepEqual([...copy.dataSync()], [1, 2, 3]);
        copy.dispose();
        assert.deepEqual(tensorCounts(), before);
      }
    });

    test(`on ${backend} is another variable's than the one that it was made of`, async () => {
      await useBackend(backend);
      tf.tidy(() => {
        const variable = tf.variable(tf.tensor1d([1, 2, 3]));
        const copy = tf.clone(variable);
        variable.assign(tf.tensor1d([4, 5, 6]));
        assert.deepEqual([...copy.dataSync()], [1, 2, 3]);
        assert.deepEqual([...variable.dataSync()], [4, 5, 6]);
        variable.dispose();
      });
    });
  }

  test('goes to another backend with what it shares', async () => {
    const countsOfBoth = async () => {
      await useBackend('cpu');
      const cpu = tensorCounts();
      await useBackend('wasm');
      return [cpu, tensorCounts()];
    };
    const before = await countsOfBoth();
    const x = tf.tensor1d([1, 2, 3]);
    const copy = tf.clone(x);
    await useBackend('cpu');
    tf.tidy(() => assert.deepEqual([...tf.add(x, copy).dataSync()], [2, 4, 6]));
    x.dispose();
    await useBackend('wasm');
    tf.tidy(() => assert.deepEqual([...tf.neg(copy).dataSync()], [-1, -2, -3]));
    copy.dispose();
    assert.deepEqual(await countsOfBoth(), before);
  });
});
