// Values that are made to break whoever reads them: the error is the one that any wrong value gets, of a bounded length, and changes nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, Tensor } from 'depthwise-wasm';

import { assertRefuses, callsOf } from './support/refusal.js';

const dw = await load();
const calls = callsOf(dw);

const refuses = (functionName, changes, text) =>
  assertRefuses(dw, functionName, () => calls[functionName](changes), TypeError, text);

const fail = () => {
  throw new Error('from within');
};

test('what a value throws when it is described does not hide the error that it is described for', () => {
  const text = 'filter must be a tensor or { data: Float32Array, shape }, got something that cannot be read';
  for (const filter of [
    Object.defineProperty({}, 'constructor', { get: fail }),
    { constructor: { name: { toString: fail } } },
    [{ constructor: Object.defineProperty({}, 'name', { get: fail }) }],
    new Proxy([1], { get: (list, key) => (key === '0' ? fail() : Reflect.get(list, key)) }),
  ]) {
    refuses('depthwiseConv2d', { filter }, text);
  }
});

test('however long a value is, the text of the error is not', () => {
  const long = 'x'.repeat(1e6);
  const beginning = `${'x'.repeat(40)}…`;
  for (const [filter, got] of [
    [{ constructor: { name: long } }, `a ${beginning}`],
    [Symbol(long), `Symbol(${'x'.repeat(33)}…`],
    [2n ** 900n, `${String(2n ** 900n).slice(0, 40)}…n`],
    [2n ** 10_000_000n, 'a BigInt'],
    [[long], `['${beginning}']`],
  ]) {
    refuses('depthwiseConv2d', { filter }, `filter must be a tensor or { data: Float32Array, shape }, got ${got}`);
  }
  let nested = long;
  for (let i = 0; i < 6; ++i) nested = Array(8).fill(nested);
  assert.throws(
    () => calls.depthwiseConv2d({ strides: nested }),
    ({ message }) => message.length < 500 && /^Error in depthwiseConv2d: strides must be .*…$/.test(message),
  );
});

test('an array whose iterator never ends is read to its length', () => {
  const endless = [1, 2, 3];
  endless[Symbol.iterator] = function* () {
    for (;;) yield 1;
  };
  refuses(
    'depthwiseConv2d',
    { filter: endless },
    'filter must be a tensor or { data: Float32Array, shape }, got [1,2,3]',
  );
});

test('an array that grows when it is asked for its length again keeps the length that it had', () => {
  let asked = 0;
  const strides = new Proxy([], { get: (_, key) => (key === 'length' ? (asked++ ? 4e9 : 1) : 2) });
  const y = calls.depthwiseConv2d({ strides });
  assert.deepEqual(y.shape, [2, 2, 3, 4]);
  assert.equal(asked, 1);
  y.dispose();
});

test('a proxy of a tensor, and what only inherits from one, are no tensors', () => {
  const x = dw.tensor(new Float32Array(120), [2, 5, 6, 2]);
  const text = 'must be a tensor itself, got a proxy of one or what inherits from one';
  for (const fake of [new Proxy(x, {}), Object.create(x), Object.create(Tensor.prototype)]) {
    for (const functionName of ['depthwiseConv2d', 'depthwiseConv2dNative', 'fusedDepthwiseConv2D']) {
      refuses(functionName, { x: fake }, `x ${text}`);
    }
    assertRefuses(dw, 'keep', () => dw.keep(fake), TypeError, `tensor ${text}`);
  }
  x.dispose();
});

test('an array that says that its data are in the memory of the module is read where they are', () => {
  const x = dw.tensor(new Float32Array([5]), [1]);
  for (const byteOffset of [undefined, 1, 4096, -4, 2 ** 40]) {
    const liar = Float32Array.of(1, 2);
    Object.defineProperties(liar, { buffer: { value: x.data.buffer }, byteOffset: { value: byteOffset } });
    const copy = dw.tensor(liar, [2]);
    assert.deepEqual([...copy.data], [1, 2]);
    copy.dispose();
  }
  x.dispose();
});

test('a call whose argument another proxy has revoked leaves nothing', () => {
  const revoked = () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    return proxy;
  };
  const before = dw.memory();
  for (const changes of [{ x: revoked() }, { x: { data: revoked(), shape: [1] } }, { strides: revoked() }]) {
    assert.throws(() => calls.depthwiseConv2d(changes), TypeError);
  }
  assert.deepEqual(dw.memory(), before);
});
