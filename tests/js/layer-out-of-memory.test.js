// What a layer does when the memory cannot grow any more, whichever of its allocations fails (support/without-memory.js).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/layer-witness.js';
import { roomIn, withoutMemory } from './support/without-memory.js';

const dw = await load();

// Several lanes and phases, so that the kernels want memory of their own.
const CONFIG = {
  kernelSize: 3,
  strides: 2,
  padding: 'same',
  depthMultiplier: 2,
  activation: 'tanh',
  activityRegularizer: 'l2',
  name: 'layer',
};
const X = valuesFor([2, 9, 8, 24]);
const KERNEL = valuesFor([3, 3, 24, 2]);
const BIAS = valuesFor([48]);
const WEIGHTS = [KERNEL, BIAS];
const DY = valuesFor([2, 5, 4, 48]);

const make = (changes) => new dw.DepthwiseConv2D({ ...CONFIG, ...changes });

function makeBuilt(changes) {
  const layer = make({ weights: WEIGHTS, ...changes });
  layer.build(X.shape);
  return layer;
}

const OUT_OF_MEMORY = /^RangeError: Error in DepthwiseConv2D: out of memory(, [1-9]\d* bytes were wanted)?$/;
const AGAIN = 20;

/**
 * Runs `attempt` with no memory, and again with ever more of it until it succeeds. Before that each failure must be told and leave no
 * tensor; and many in a row must all be of the same allocation, which a leak would move to an earlier one.
 *
 * @returns {string[]} what the failures said, each once
 */
function failUntilItSucceeds(attempt, afterFailure = () => {}) {
  const texts = new Set();
  withoutMemory(dw, (fillers) => {
    for (;;) {
      const { numTensors, numBytes } = dw.memory();
      const failures = new Set();
      for (let i = 0; i < AGAIN; ++i) {
        const error = errorOf(attempt);
        if (!error) {
          assert.equal(i, 0, 'it failed, and then did not');
          return;
        }
        assert.match(String(error), OUT_OF_MEMORY);
        assert.equal(error.constructor, RangeError);
        assert.deepEqual([dw.memory().numTensors, dw.memory().numBytes], [numTensors, numBytes], 'tensors are left');
        afterFailure();
        failures.add(error.message);
      }
      assert.equal(failures.size, 1, `memory is lost: ${[...failures]}`);
      texts.add(...failures);
      fillers.pop().dispose();
    }
  });
  return [...texts];
}

function errorOf(attempt) {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Copies that need no memory of the module. */
const bitsOf = (tensors) => tensors.map(({ data }) => ({ data: data.slice() }));

function assertAllSameBits(got, expected) {
  assert.equal(got.length, expected.length);
  got.forEach((tensor, i) => assertSameBits(tensor, expected[i]));
}

function backward(layer) {
  return dw.tidy(() => {
    const { dx, gradients } = layer.backward(DY);
    return bitsOf([dx, ...Object.values(gradients)]);
  });
}

const call = (layer, options) => dw.tidy(() => bitsOf([layer.call(X, options)]));

/** What a layer computes when there is memory. */
const EXPECTED = computeExpected();

function computeExpected() {
  const layer = makeBuilt();
  const y = call(layer, { training: true });
  const expected = { y, backward: backward(layer) };
  layer.dispose();
  return expected;
}

/** Runs a test, after which the memory must have at least as much room as it had before. */
function testWithRoom(name, body) {
  test(name, () => {
    const room = roomIn(dw);
    body();
    assert.equal(dw.memory().numTensors, 0);
    assert.ok(roomIn(dw) >= room, 'memory is lost');
  });
}

testWithRoom('a layer for which there is no memory is not made', () => {
  let layer;
  failUntilItSucceeds(() => (layer = make({ weights: WEIGHTS })));
  assertAllSameBits(call(layer), EXPECTED.y);
  layer.dispose();
});

testWithRoom('build: the layer is not built until there is memory, and then has the weights that it was given', () => {
  const layer = make({ weights: WEIGHTS });
  const texts = failUntilItSucceeds(
    () => layer.build(X.shape),
    () => assert.equal(layer.built, false),
  );
  assert.ok(texts.length >= 2, `failed only with: ${texts}`);
  assertAllSameBits(layer.weights, WEIGHTS);
  layer.dispose();
});

testWithRoom('build: also with initializers that want memory, and with the shape of the configuration', () => {
  const initializer = { className: 'Orthogonal', config: { seed: 5 } };
  const config = { depthwiseInitializer: initializer, batchInputShape: X.shape, weights: null };
  const expected = makeBuilt(config);
  for (const [shape, least] of [
    [X.shape, 3],
    [undefined, 1],
  ]) {
    const layer = make(config);
    const texts = failUntilItSucceeds(
      () => layer.build(shape),
      () => assert.equal(layer.built, false),
    );
    assert.ok(texts.length >= least, `failed only with: ${texts}`);
    assertAllSameBits(layer.weights, expected.weights);
    layer.dispose();
  }
  expected.dispose();
});

for (const training of [false, true]) {
  testWithRoom(`call with training ${training}: the weights stay, and the next call is right`, () => {
    const layer = makeBuilt();
    let y;
    const texts = failUntilItSucceeds(
      () => (y = call(layer, { training })),
      () => assertAllSameBits(layer.weights, WEIGHTS),
    );
    assert.ok(texts.length >= 2, `failed only with: ${texts}`);
    assertAllSameBits(y, EXPECTED.y);
    if (training) assertAllSameBits(backward(layer), EXPECTED.backward);
    layer.dispose();
  });
}

testWithRoom('call of a layer that is not built builds it when there is memory', () => {
  const layer = make({ weights: WEIGHTS });
  let y;
  failUntilItSucceeds(() => (y = call(layer)));
  assertAllSameBits(y, EXPECTED.y);
  layer.dispose();
});

testWithRoom('a call without training that fails leaves the last training call as it was', () => {
  const layer = makeBuilt();
  call(layer, { training: true });
  withoutMemory(dw, () => assert.throws(() => layer.call(X), OUT_OF_MEMORY));
  assertAllSameBits(backward(layer), EXPECTED.backward);
  layer.dispose();
});

testWithRoom('a training call that fails leaves the one before or none to go back to, never a part of itself', () => {
  const layer = makeBuilt();
  const larger = valuesFor([4, 9, 8, 24]);
  const outcomes = new Set();
  let failed = true;
  for (let given = 0; failed; given += 4) {
    call(layer, { training: true });
    withoutMemory(dw, (fillers) => {
      for (const filler of fillers.splice(-given, given)) filler.dispose();
      failed = Boolean(errorOf(() => layer.call(larger, { training: true }).dispose()));
    });
    if (!failed) break;
    const error = errorOf(() => assertAllSameBits(backward(layer), EXPECTED.backward));
    if (error) assert.match(error.message, /^Error in DepthwiseConv2D: backward must follow a call with training/);
    outcomes.add(Boolean(error));
  }
  assert.equal(outcomes.size, 2);
  layer.dispose();
});

testWithRoom('backward: the weights stay, and it may be repeated when there is memory', () => {
  const layer = makeBuilt();
  call(layer, { training: true });
  let result;
  const texts = failUntilItSucceeds(
    () => (result = backward(layer)),
    () => assertAllSameBits(layer.weights, WEIGHTS),
  );
  assert.ok(texts.length >= 3, `failed only with: ${texts}`);
  assertAllSameBits(result, EXPECTED.backward);
  layer.dispose();
});

testWithRoom('getWeights and setWeights: the weights stay, and both are right when there is memory', () => {
  const layer = makeBuilt();
  let copies;
  const texts = failUntilItSucceeds(
    () => (copies = dw.tidy(() => bitsOf(layer.getWeights()))),
    () => assertAllSameBits(layer.weights, WEIGHTS),
  );
  assert.equal(texts.length, 2);
  assertAllSameBits(copies, WEIGHTS);
  const others = WEIGHTS.map(({ data, shape }) => ({ data: data.map((value) => 2 * value + 1), shape }));
  const failures = failUntilItSucceeds(
    () => layer.setWeights(others),
    () => assertAllSameBits(layer.weights, WEIGHTS),
  );
  assert.equal(failures.length, 2);
  assertAllSameBits(layer.weights, others);
  layer.dispose();
});

testWithRoom('getConfig and toJSON are told or whole', () => {
  const layer = makeBuilt();
  const expected = [layer.getConfig(), layer.toJSON()];
  let got;
  failUntilItSucceeds(() => (got = [layer.getConfig(), layer.toJSON()]));
  assert.deepEqual(got, expected);
  layer.dispose();
});

testWithRoom('what needs no memory works without any', () => {
  const layer = makeBuilt({ depthwiseConstraint: 'nonNeg' });
  const { shape } = X;
  withoutMemory(dw, () => {
    assert.deepEqual(layer.computeOutputShape(shape), DY.shape);
    assert.equal(layer.countParams(), KERNEL.data.length + BIAS.data.length);
    assert.equal(layer.losses().length, 0);
    layer.applyConstraints();
    assert.ok(layer.weights[0].data.every((value) => value >= 0));
    layer.trainable = false;
    assert.equal(layer.name, 'layer');
    assert.throws(
      () => layer.call(valuesFor([1, 9, 8, 3])),
      /x must have the 24 channels that the layer was built for/,
    );
    assert.throws(() => layer.backward(DY), /backward must follow a call with training/);
    assert.throws(() => layer.setWeights([BIAS]), /weights must be 2 tensors|out of memory/);
    layer.dispose();
  });
});
