// Arguments are read once: what their getters, proxies and views do afterwards changes nothing.
import assert from 'node:assert/strict';
import test from 'node:test';
import { runInNewContext } from 'node:vm';

import { load } from 'depthwise-wasm';

const dw = await load();
const ones = (shape) => ({ data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape });

/** Runs a call with attrs of which `name` is a getter. */
function forwardWith(x, name, getter, filter = ones([1, 1, 1, 1])) {
  const attrs = Object.defineProperty({ pad: 'valid' }, name, { get: getter });
  return dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs });
}

function unchanged(body) {
  const before = dw.memory();
  body();
  const { numTensors, numBytes } = dw.memory();
  assert.deepEqual({ numTensors, numBytes }, { numTensors: before.numTensors, numBytes: before.numBytes });
}

test('a shape that grows after it was checked reads nothing beyond the data', () => {
  const x = ones([1, 3, 3, 1]);
  x.shape = [1, 3, 3, 1];
  const y = forwardWith(x, 'strides', () => {
    x.shape[1] = x.shape[2] = 3000;
    return 1;
  });
  assert.deepEqual(y.shape, [1, 3, 3, 1]);
  y.dispose();
});

test('data that shrink or go away during the call are refused', () => {
  const buffer = new ArrayBuffer(36, { maxByteLength: 36 });
  const shrinking = { data: new Float32Array(buffer), shape: [1, 3, 3, 1] };
  const leaving = ones([1, 3, 3, 1]);
  unchanged(() => {
    assert.throws(() => forwardWith(shrinking, 'strides', () => void buffer.resize(4)), {
      name: 'TypeError',
      message: 'Error in depthwiseConv2dNative: x.data must not change during the call',
    });
    const transfer = () => void structuredClone(leaving.data.buffer, { transfer: [leaving.data.buffer] });
    assert.throws(() => forwardWith(leaving, 'strides', transfer), /x\.data must not change during the call/);
  });
});

test('a list that answers differently each time is read once', () => {
  let asked = 0;
  const lengths = [2, -5, 1e9];
  const strides = new Proxy([1, 1], {
    get: (target, key) => (key === 'length' ? lengths[Math.min(asked++, 2)] : Reflect.get(target, key)),
  });
  unchanged(() => {
    try {
      forwardWith(ones([1, 3, 3, 1]), 'strides', () => strides).dispose();
    } catch (error) {
      assert.match(error.message, /^Error in depthwiseConv2dNative: strides must be/);
    }
  });
});

test('a call within the reading of another does not disturb it', () => {
  const inner = () => dw.tidy(() => void dw.depthwiseConv2d(ones([1, 5, 5, 2]), ones([2, 2, 2, 1])));
  const pair = new Proxy([1, 1], {
    get(target, key) {
      inner();
      return Reflect.get(target, key);
    },
  });
  const y = forwardWith(ones([1, 3, 3, 1]), 'pad', () => [[0, 0], pair, [1, 1], [0, 0]]);
  assert.deepEqual(y.shape, [1, 5, 5, 1]);
  assert.equal(
    y.data.reduce((sum, value) => sum + value),
    9,
  );
  y.dispose();
});

test('Float32Arrays of another realm are taken, what only looks like one is not', () => {
  const x = dw.tensor(runInNewContext('Float32Array.of(1, 2, 3, 4)'), [4]);
  assert.deepEqual(Array.from(x.data), [1, 2, 3, 4]);
  x.dispose();
  class Longer extends Float32Array {
    get length() {
      return 1000;
    }
  }
  const subclass = dw.tensor(new Longer([1, 2, 3, 4]), [4]);
  assert.deepEqual(Array.from(subclass.data), [1, 2, 3, 4]);
  subclass.dispose();
  unchanged(() => {
    for (const fake of [Object.create(Float32Array.prototype), new Proxy(new Float32Array(4), {})]) {
      assert.throws(() => dw.tensor(fake, [4]), /data must be a Float32Array, got/);
    }
    assert.throws(
      () => dw.tensor({ constructor: { name: Symbol('s') } }, [4]),
      /data must be a Float32Array, got a Symbol/,
    );
  });
});
