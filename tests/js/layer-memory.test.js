// The memory of a layer: what it holds, what belongs to the caller, and what happens when none is left (support/without-memory.js).
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { load, Tensor } from 'depthwise-wasm';

import { loadAnotherModule } from './support/another-module.js';
import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/layer-witness.js';
import { roomIn, takeAllMemory, withoutMemory } from './support/without-memory.js';

const dw = await load();

// The kernels need scratch memory for it.
const CONFIG = {
  kernelSize: 3,
  strides: 2,
  padding: 'same',
  depthMultiplier: 2,
  activation: 'tanh',
  activityRegularizer: 'l2',
  depthwiseConstraint: 'nonNeg',
};
const X = valuesFor([2, 9, 8, 24]);
const DY = valuesFor([2, 5, 4, 48]);
const WEIGHTS = [valuesFor([3, 3, 24, 2]), valuesFor([48])];

const make = (changes, module = dw) => new module.DepthwiseConv2D({ ...CONFIG, weights: WEIGHTS, ...changes });

function makeBuilt(changes, module = dw) {
  const layer = make(changes, module);
  layer.build(X.shape);
  return layer;
}

const counts = () => [dw.memory().numTensors, dw.memory().numBytes];
const bitsOf = (tensors) => tensors.map(({ data }) => ({ data: data.slice() }));
const call = (layer, options) => dw.tidy(() => bitsOf([layer.call(X, options)]));
const backward = (layer) =>
  dw.tidy(() => {
    const { dx, gradients } = layer.backward(DY);
    return bitsOf([dx, ...Object.values(gradients)]);
  });

function assertAllSameBits(got, expected) {
  assert.equal(got.length, expected.length);
  got.forEach((tensor, i) => assertSameBits(tensor, expected[i]));
}

beforeEach(() => assert.deepEqual(counts(), [0, 0], 'the test before has left tensors'));

describe('ownership', () => {
  test('a tidy ends no layer, and memory() counts none', () => {
    const layer = dw.tidy(() => {
      const made = makeBuilt();
      made.call(X, { training: true });
      return made;
    });
    assert.deepEqual(counts(), [0, 0]);
    assert.equal(layer.isDisposed, false);
    assert.throws(() => dw.tidy(() => layer.backward(X)), /dy must have shape/);
    assert.deepEqual(counts(), [0, 0]);
    assert.equal(backward(layer).length, 3);
    layer[Symbol.dispose]();
    assert.equal(layer.isDisposed, true);
    layer.dispose();
  });

  test('results belong to the caller, and live on without the layer', () => {
    const layer = makeBuilt();
    const y = layer.call(X, { training: true });
    const { dx, gradients } = layer.backward(DY);
    const all = [y, dx, gradients.depthwise_kernel, gradients.bias, ...layer.getWeights()];
    assert.equal(dw.memory().numTensors, all.length);
    assert.ok(all.every((tensor) => tensor instanceof Tensor));
    const before = bitsOf(all);
    layer.setWeights([WEIGHTS[0], { data: new Float32Array(48), shape: [48] }]);
    call(layer, { training: true });
    backward(layer);
    layer.dispose();
    makeBuilt().dispose();
    assertAllSameBits(all, before);
    for (const tensor of all) tensor.dispose();
  });

  test('backward needs neither x nor y of the call, and the inputs stay as they are', () => {
    const layer = makeBuilt();
    const expected = (call(layer, { training: true }), backward(layer));
    const [x, dy] = [X, DY].map(({ data, shape }) => dw.tensor(data, shape));
    layer.call(x, { training: true }).dispose();
    assertSameBits(x, X);
    x.data.fill(NaN);
    x.dispose();
    dw.tidy(() => assertSameBits(layer.backward(dy).dx, expected[0]));
    assertSameBits(dy, DY);
    dy.dispose();
    call(layer); // of another call, without training
    assertAllSameBits(backward(layer), expected);
    layer.dispose();
  });
});

describe('growth', () => {
  test('thousands of layers and calls, right and wrong, need no more memory than hundreds', () => {
    const [x, weights] = [valuesFor([2, 5, 6, 3]), [valuesFor([3, 3, 3, 2]), valuesFor([6])]];
    const shared = make({ weights });
    let plateau = 0;
    for (let i = 0; i < 2000; ++i) {
      const layer = make({ weights: i % 2 ? weights : null, activation: i % 3 ? 'softmax' : 'linear' });
      dw.tidy(() => {
        for (const each of [layer, shared]) {
          const { shape } = each.call(x, { training: true });
          each.backward(valuesFor(shape));
        }
        layer.setWeights(layer.getWeights());
        assert.throws(() => layer.backward(x), TypeError);
        assert.throws(() => shared.call(x.data), TypeError);
        assert.throws(() => make({ padding: 'causal' }), TypeError);
      });
      layer.dispose();
      if (i === 100) plateau = dw.memory().heapBytes;
    }
    shared.dispose();
    assert.equal(dw.memory().heapBytes, plateau);
  });

  test('memory for backward grows with the image, and is free after dispose', async () => {
    const module = await loadAnotherModule();
    const train = (layer, size) => layer.call(valuesFor([1, size, size, 24]), { training: true }).dispose();
    const layer = make({}, module);
    train(layer, 4);
    const { heapBytes } = module.memory();
    train(layer, 200);
    const grown = module.memory().heapBytes;
    assert.ok(grown > heapBytes);
    for (const size of [4, 200, 4]) train(layer, size);
    layer.dispose();
    train(make({}, module), 200);
    assert.equal(module.memory().heapBytes, grown);
  });

  test('results are the same when each step lets the memory grow', async () => {
    const run = (module, step) => {
      const layer = step(() => make({ activation: 'swish' }, module));
      step(() => layer.build(X.shape));
      const x = module.tensor(X.data, X.shape);
      const y = step(() => layer.call({ data: x.data, shape: x.shape }, { training: true }));
      const { dx, gradients } = step(() => layer.backward({ data: y.data, shape: y.shape }));
      step(() => layer.setWeights(layer.weights)); // views of the memory that grows
      const copies = step(() => layer.getWeights());
      return [y, dx, gradients.depthwise_kernel, gradients.bias, ...layer.weights, ...copies];
    };
    const [quiet, growing] = [await loadAnotherModule(), await loadAnotherModule()];
    const expected = run(quiet, (body) => body());
    const results = run(growing, (body) => {
      takeAllMemory(growing);
      const { heapBytes } = growing.memory();
      const result = body();
      assert.ok(growing.memory().heapBytes > heapBytes, 'the memory did not grow');
      return result;
    });
    assertAllSameBits(results, expected);
  });
});

describe('out of memory', () => {
  const OUT_OF_MEMORY = /^RangeError: Error in DepthwiseConv2D: out of memory, [1-9]\d* bytes were wanted$/;

  /** Runs `attempt` without memory, then with more and more, until it succeeds. Checks the error and the tensors after each failure. */
  function failUntilItSucceeds(attempt, afterFailure = () => {}) {
    const texts = new Set();
    const fails = () => {
      const before = counts();
      try {
        attempt();
        return false;
      } catch (error) {
        assert.match(String(error), OUT_OF_MEMORY);
        assert.deepEqual(counts(), before, 'tensors are left');
        texts.add(error.message);
        return true;
      }
    };
    withoutMemory(dw, (fillers) => {
      while (fails()) {
        afterFailure();
        fillers.pop().dispose();
      }
    });
    return texts;
  }

  /** Runs a test, after which there must be as much memory as before. */
  function testWithRoom(name, body) {
    test(name, () => {
      const room = roomIn(dw);
      body();
      assert.equal(dw.memory().numTensors, 0);
      assert.ok(roomIn(dw) >= room, 'memory is lost');
    });
  }

  const expected = (() => {
    const layer = makeBuilt();
    const results = { y: call(layer, { training: true }), backward: backward(layer) };
    layer.dispose();
    return results;
  })();

  testWithRoom('the constructor and build', () => {
    const initializer = { className: 'Orthogonal', config: { seed: 5 } };
    const config = { depthwiseInitializer: initializer, batchInputShape: X.shape, weights: null };
    const whole = makeBuilt(config);
    for (const [changes, weights] of [
      [{}, WEIGHTS],
      [config, whole.weights],
    ]) {
      let layer;
      failUntilItSucceeds(() => (layer = make(changes)));
      failUntilItSucceeds(
        () => layer.build(X.shape),
        () => assert.equal(layer.built, false),
      );
      assertAllSameBits(layer.weights, weights);
      layer.dispose();
    }
    whole.dispose();
  });

  for (const training of [false, true]) {
    testWithRoom(`call with training ${training}, and backward`, () => {
      const layer = make();
      let y;
      const texts = failUntilItSucceeds(() => (y = call(layer, { training })));
      assert.ok(texts.size >= 2, [...texts].join());
      assertAllSameBits(layer.weights, WEIGHTS);
      assertAllSameBits(y, expected.y);
      if (!training) call(layer, { training: true });
      withoutMemory(dw, () => assert.throws(() => layer.call(X), OUT_OF_MEMORY)); // the training call remains
      let gradients;
      failUntilItSucceeds(() => (gradients = backward(layer)));
      assertAllSameBits(gradients, expected.backward);
      layer.dispose();
    });
  }

  testWithRoom('a training call that fails leaves the one before or none for backward', () => {
    const layer = makeBuilt();
    const outcomes = new Set();
    failUntilItSucceeds(
      () => layer.call(valuesFor([4, 9, 8, 24]), { training: true }).dispose(),
      () => {
        let result;
        try {
          result = backward(layer);
        } catch (error) {
          assert.match(String(error), /backward must follow a call with training|out of memory/);
          outcomes.add(String(error));
        }
        if (result) assertAllSameBits(result, expected.backward);
      },
    );
    assert.ok(outcomes.size > 0);
    layer.dispose();
  });

  testWithRoom('getWeights and setWeights', () => {
    const layer = makeBuilt();
    let copies;
    failUntilItSucceeds(() => (copies = dw.tidy(() => bitsOf(layer.getWeights()))));
    assertAllSameBits(copies, WEIGHTS);
    const others = WEIGHTS.map(({ data, shape }) => ({ data: data.map((value) => 2 * value + 1), shape }));
    failUntilItSucceeds(
      () => layer.setWeights(others),
      () => assertAllSameBits(layer.weights, WEIGHTS),
    );
    assertAllSameBits(layer.weights, others);
    layer.dispose();
  });

  testWithRoom('functions that need no memory of the module', () => {
    const layer = makeBuilt();
    const config = layer.getConfig();
    withoutMemory(dw, () => {
      assert.equal(layer.countParams(), WEIGHTS[0].data.length + WEIGHTS[1].data.length);
      assert.equal(layer.losses().length, 0);
      layer.applyConstraints();
      assert.ok(layer.weights[0].data.every((value) => value >= 0));
      layer.trainable = false;
      assert.deepEqual(layer.getConfig(), { ...config, trainable: false });
      layer.dispose();
    });
  });
});
