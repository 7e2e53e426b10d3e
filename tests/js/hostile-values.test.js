// Proxies, getters and subclasses that change their answers or throw. An argument is read once; what it does later changes nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { load, Tensor } from 'depthwise-wasm';

import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/problem.js';
import { assertRefuses, assertStillRight, callsOf, INPUTS, OPS, rightFor } from './support/refusal.js';

const dw = await load();
const calls = callsOf(dw);

const ones = (shape) => ({ data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape });
const long = 'x'.repeat(1e6);
const fail = () => {
  throw new Error('from within');
};

function endless() {
  const list = [1, 2, 3];
  list[Symbol.iterator] = function* () {
    for (;;) yield 1;
  };
  return list;
}

function revoked() {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}

/** Calls depthwiseConv2dNative with attrs of which `name` is a getter. */
function forwardWith(x, name, get, filter = ones([1, 1, 1, 1])) {
  const attrs = Object.defineProperty({ pad: 'valid' }, name, { get });
  return dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs });
}

test('a value that cannot be described, or is long, gets a short message', () => {
  const unreadable = 'something that cannot be read';
  for (const [filter, got] of [
    [Object.defineProperty({}, 'constructor', { get: fail }), unreadable],
    [{ constructor: { name: { toString: fail } } }, unreadable],
    [[{ constructor: Object.defineProperty({}, 'name', { get: fail }) }], unreadable],
    [new Proxy([1], { get: (list, key) => (key === '0' ? fail() : Reflect.get(list, key)) }), unreadable],
    [{ constructor: { name: long } }, `a ${'x'.repeat(40)}…`],
    [Symbol(long), `Symbol(${'x'.repeat(33)}…`],
    [2n ** 900n, `${String(2n ** 900n).slice(0, 40)}…n`],
    [2n ** 10_000_000n, 'a BigInt'],
    [[long], `['${'x'.repeat(40)}…']`],
    [endless(), '[1,2,3]'],
  ]) {
    const text = `filter must be a tensor or { data: Float32Array, shape }, got ${got}`;
    assertRefuses(dw, 'depthwiseConv2d', () => calls.depthwiseConv2d({ filter }), TypeError, text);
  }
  let nested = long;
  for (let i = 0; i < 6; ++i) nested = Array(8).fill(nested);
  assert.throws(
    () => calls.depthwiseConv2d({ strides: nested }),
    ({ message }) => message.length < 500 && /^Error in depthwiseConv2d: strides must be .*…$/.test(message),
  );
});

test('a list is read once, whatever its length is the next time', () => {
  let asked = 0;
  const lengths = [1, 4e9, -5];
  const strides = new Proxy([], { get: (_, key) => (key === 'length' ? lengths[asked++] : 2) });
  const y = calls.depthwiseConv2d({ strides });
  assert.deepEqual([y.shape, asked], [[2, 2, 3, 4], 1]);
  y.dispose();
  const sparse = () => calls.depthwiseConv2d({ strides: Array(4e9) });
  assert.throws(sparse, /^TypeError: Error in depthwiseConv2d: strides must be .*, got an array of 4000000000$/);
});

test('a shape that grows during the call reads nothing beyond the data', () => {
  const x = ones([1, 3, 3, 1]);
  const y = forwardWith(x, 'strides', () => {
    x.shape[1] = x.shape[2] = 3000;
    return 1;
  });
  assert.deepEqual(y.shape, [1, 3, 3, 1]);
  y.dispose();
});

test('data that shrinks, goes away or is disposed of during the call is refused', () => {
  const buffer = new ArrayBuffer(36, { maxByteLength: 36 });
  const shrinking = { data: new Float32Array(buffer), shape: [1, 3, 3, 1] };
  const leaving = ones([1, 3, 3, 1]);
  const transfer = () => void structuredClone(leaving.data.buffer, { transfer: [leaving.data.buffer] });
  const text = 'x.data must not change during the call';
  const name = 'depthwiseConv2dNative';
  assertRefuses(dw, name, () => forwardWith(shrinking, 'strides', () => void buffer.resize(4)), TypeError, text);
  assertRefuses(dw, name, () => forwardWith(leaving, 'strides', transfer), TypeError, text);
  const handle = dw.tensor(new Float32Array(9), [1, 3, 3, 1]);
  assert.throws(() => forwardWith(handle, 'strides', () => void handle.dispose()), {
    message: 'Error in depthwiseConv2dNative: x must be a live tensor, got one that is disposed',
  });
  assert.equal(dw.memory().numTensors, 0);
});

test('a Float32Array of another realm or a subclass is data, and an imitation is not', () => {
  const context = createContext();
  class Longer extends Float32Array {
    get length() {
      return 1000;
    }
  }
  for (const data of [runInContext('Float32Array.of(1, 2, 3, 4)', context), new Longer([1, 2, 3, 4])]) {
    const tensor = dw.tensor(data, [4]);
    assert.deepEqual([...tensor.data], [1, 2, 3, 4]);
    tensor.dispose();
  }
  for (const fake of [Object.create(Float32Array.prototype), new Proxy(new Float32Array(4), {})]) {
    assert.throws(() => dw.tensor(fake, [4]), /data must be a Float32Array, got/);
  }
  const symbol = { constructor: { name: Symbol('s') } };
  assertRefuses(dw, 'tensor', () => dw.tensor(symbol, [4]), TypeError, 'data must be a Float32Array, got a Symbol(s)');
});

test('lists and objects of another realm are arguments as any others', () => {
  const context = createContext({ ...valuesFor([2, 5, 6, 2]) });
  const x = runInContext('({ data: Float32Array.from(data), shape: Array.from(shape) })', context);
  const attrs = runInContext(
    "({ strides: [2, 1], pad: [[0, 0], [1, 0], [0, 2], [0, 0]], dataFormat: 'NHWC' })",
    context,
  );
  const filter = valuesFor([3, 2, 2, 2]);
  const expected = { inputs: { x: valuesFor([2, 5, 6, 2]), filter }, attrs: JSON.parse(JSON.stringify(attrs)) };
  const results = [{ inputs: { x, filter }, attrs }, expected].map((call) => dw.depthwiseConv2dNative(call));
  assertSameBits(...results);
  for (const result of results) result.dispose();
});

test('a proxy of a tensor, and an object that inherits from one, are no tensors', () => {
  const x = dw.tensor(new Float32Array(120), [2, 5, 6, 2]);
  const text = 'must be a tensor itself, got a proxy of one or what inherits from one';
  for (const fake of [new Proxy(x, {}), Object.create(x), Object.create(Tensor.prototype)]) {
    for (const functionName of Object.keys(INPUTS).filter((name) => INPUTS[name][0] === 'x')) {
      assertRefuses(dw, functionName, () => calls[functionName]({ x: fake }), TypeError, `x ${text}`);
    }
    assertRefuses(dw, 'keep', () => dw.keep(fake), TypeError, `tensor ${text}`);
  }
  x.dispose();
});

test('an array that lies about its buffer and offset is read at its own place', () => {
  const x = dw.tensor(Float32Array.of(5), [1]);
  for (const byteOffset of [undefined, 1, 4096, -4, 2 ** 40]) {
    const liar = Float32Array.of(1, 2);
    Object.defineProperties(liar, { buffer: { value: x.data.buffer }, byteOffset: { value: byteOffset } });
    const copy = dw.tensor(liar, [2]);
    assert.deepEqual([...copy.data], [1, 2]);
    copy.dispose();
  }
  x.dispose();
});

test('a revoked proxy as an argument leaves nothing', () => {
  const before = dw.memory();
  for (const changes of [{ x: revoked() }, { x: { data: revoked(), shape: [1] } }, { strides: revoked() }]) {
    assert.throws(() => calls.depthwiseConv2d(changes), TypeError);
  }
  assert.deepEqual(dw.memory(), before);
});

test('a call is right when a getter of its arguments makes other calls, valid and invalid', () => {
  const inner = () => {
    assertStillRight(dw);
    for (const name of Object.keys(calls)) {
      const pattern = new RegExp(`^RangeError: Error in ${name}: dilations`);
      assert.throws(() => calls[name]({ dilations: -3 }), pattern);
    }
    const { heapBytes } = dw.memory();
    if (heapBytes < 2 ** 26) dw.tensor(new Float32Array(heapBytes / 4), [heapBytes / 4]).dispose();
  };
  const attrs = { strides: [1, 1], dilations: [1, 1], dataFormat: 'NHWC', dimRoundingMode: null };
  for (const functionName of Object.keys(INPUTS).filter((name) => !OPS.includes(name))) {
    const all = { ...rightFor(functionName, valuesFor), ...attrs };
    const expected = calls[functionName](all);
    for (const name of Object.keys(all)) {
      const given = Object.defineProperty({ ...all }, name, { get: () => (inner(), all[name]), enumerable: true });
      const result = dw[functionName]({ inputs: given, attrs: given });
      assertSameBits(result, expected, `${functionName}, ${name}`);
      result.dispose();
    }
    expected.dispose();
    const given = Object.defineProperty({ ...all, strides: [2, 0] }, 'pad', { get: () => (inner(), 'valid') });
    const text = 'strides must be a whole number from 1 to 1073741824, or two of them [height, width], got [2,0]';
    assertRefuses(dw, functionName, () => dw[functionName]({ inputs: given, attrs: given }), RangeError, text);
  }
});
