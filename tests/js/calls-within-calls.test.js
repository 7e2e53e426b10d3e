// A call that is made while another reads its arguments, and calls from callbacks of every kind. All share one block for their arguments and
// one place for the text of an error; none may see what another has left there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { load } from 'depthwise-wasm';

import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/layer-witness.js';
import { callsOf } from './support/refusal.js';

const dw = await load();
const calls = callsOf(dw);

const RIGHT = {
  ...{ x: valuesFor([2, 5, 6, 2]), filter: valuesFor([3, 2, 2, 2]), dy: valuesFor([2, 3, 5, 4]) },
  ...{ inputShape: [2, 5, 6, 2], filterShape: [3, 2, 2, 2] },
  ...{ strides: [1, 1], pad: 'valid', dataFormat: 'NHWC', dilations: [1, 1], dimRoundingMode: null },
};
const FUSED = { ...RIGHT, bias: valuesFor([4]), preluActivationWeights: valuesFor([4]), activation: 'prelu' };
const rightFor = (functionName) => (functionName === 'fusedDepthwiseConv2D' ? FUSED : RIGHT);

function bitsOf(tensor) {
  const data = tensor.dataSync();
  tensor.dispose();
  return { data };
}

/** What is done in the middle of a call. */
const INNER = {
  'every kernel': () => Object.keys(calls).forEach((name) => calls[name](rightFor(name)).dispose()),
  'calls that are refused': () => {
    for (const name of Object.keys(calls)) {
      assert.throws(
        () => calls[name]({ ...rightFor(name), dilations: -3 }),
        new RegExp(`^RangeError: Error in ${name}: dilations`),
      );
    }
    assert.throws(() => new dw.DepthwiseConv2D({ kernelSize: 0 }), /^RangeError: Error in DepthwiseConv2D: kernelSize/);
    assert.throws(() => dw.tensor(new Float32Array(2), [3]), /^RangeError: Error in tensor: data/);
  },
  'a layer': () => {
    const layer = new dw.DepthwiseConv2D({ kernelSize: 2, name: 'within', activation: 'softmax' });
    dw.tidy(() => {
      const y = layer.call(valuesFor([1, 4, 4, 3]), { training: true });
      layer.backward(y);
    });
    assert.equal(layer.getConfig().name, 'within');
    layer.dispose();
  },
  'a memory that grows': () => {
    const { heapBytes } = dw.memory();
    if (heapBytes < 2 ** 27) dw.tensor(new Float32Array(heapBytes / 4), [heapBytes / 4]).dispose();
  },
};

for (const [what, inner] of Object.entries(INNER)) {
  for (const functionName of Object.keys(calls)) {
    const right = rightFor(functionName);
    const expected = bitsOf(calls[functionName](right));

    test(`${functionName} gives the same bits with ${what} in each of its getters`, () => {
      for (const name of Object.keys(right)) {
        const given = Object.defineProperty({ ...right }, name, {
          get: () => (inner(), right[name]),
          enumerable: true,
        });
        // callsOf copies what it is given, so the getter must be in what the function itself reads.
        assertSameBits(bitsOf(directCall(functionName, given)), expected, name);
      }
    });

    test(`${functionName} gives its own error with ${what} in its getters`, () => {
      const given = Object.defineProperty({ ...right, strides: [2, 0] }, 'pad', { get: () => (inner(), right.pad) });
      assert.throws(
        () => directCall(functionName, given),
        new RegExp(`^RangeError: Error in ${functionName}: strides must be .*, got \\[2,0\\]$`),
      );
    });
  }
}

/** A call whose inputs and attributes are one object, getters and all. */
function directCall(functionName, given) {
  if (functionName !== 'depthwiseConv2d') return dw[functionName]({ inputs: given, attrs: given });
  const within = (name) => ({ data: given[name].data, shape: withGetters(given[name].shape, () => given[name]) });
  return dw.depthwiseConv2d(
    within('x'),
    within('filter'),
    withGetters(given.strides, () => given.pad),
    given.pad,
  );
}

/** A list whose reading asks for something else before. */
function withGetters(list, ask) {
  return new Proxy(list, { get: (target, key) => (ask(), Reflect.get(target, key)) });
}

test('calls in a tidy, in tidies within it and in map over its results', () => {
  const expected = bitsOf(calls.depthwiseConv2d(RIGHT));
  const results = dw.tidy(() =>
    [1, 2, 3].map(() => dw.tidy(() => calls.depthwiseConv2dNative(RIGHT))).map((y) => (INNER['every kernel'](), y)),
  );
  assert.equal(dw.memory().numTensors, 3);
  const again = results.map((y) =>
    dw.tensor(
      y.data.map((value) => value),
      y.shape,
    ),
  );
  for (const tensor of [...results, ...again]) assertSameBits(bitsOf(tensor), expected);
  assert.equal(dw.memory().numTensors, 0);
});

test('calls in promises, between the calls of others', async () => {
  const expected = bitsOf(calls.depthwiseConv2d(RIGHT));
  const one = async () => {
    const x = dw.tensor(RIGHT.x.data, RIGHT.x.shape);
    await null;
    assert.throws(() => calls.depthwiseConv2d({ x, strides: 0 }), /strides must be/);
    await setImmediate();
    const y = calls.depthwiseConv2d({ ...RIGHT, x });
    await null;
    x.dispose();
    return bitsOf(y);
  };
  for (const bits of await Promise.all(Array.from({ length: 20 }, one))) assertSameBits(bits, expected);
  assert.equal(dw.memory().numTensors, 0);
});

test('calls when a comparison, a replacer or an iterator asks for them', () => {
  const expected = bitsOf(calls.depthwiseConv2d(RIGHT));
  const check = () => assertSameBits(bitsOf(calls.depthwiseConv2d(RIGHT)), expected);
  [3, 1, 2].sort((a, b) => (check(), a - b));
  JSON.stringify(new dw.DepthwiseConv2D({ kernelSize: 2 }), (key, value) => (check(), value));
  for (const value of (function* () {
    yield check();
  })()) {
    assert.equal(value, undefined);
  }
  assert.equal(dw.memory().numTensors, 0);
});

test('calls when something has been collected', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const expected = bitsOf(calls.depthwiseConv2d(RIGHT));
  const check = () => assertSameBits(bitsOf(calls.depthwiseConv2d(RIGHT)), expected);
  let collected = 0;
  const registry = new FinalizationRegistry(() => {
    check();
    ++collected;
  });
  const make = () => registry.register({}, 0);
  for (let i = 0; i < 50 && !collected; ++i) {
    make();
    collect();
    check();
    await setImmediate();
  }
  assert.ok(collected > 0);
});
