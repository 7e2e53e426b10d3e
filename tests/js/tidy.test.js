import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertRefuses } from './support/refusal.js';

const dw = await load();

const one = () => dw.tensor(new Float32Array([1]), [1, 1, 1, 1]);
const count = () => dw.memory().numTensors;

beforeEach(() => assert.deepEqual([count(), dw.memory().numBytes], [0, 0], 'the previous test left tensors'));

test('tidy disposes of all tensors that its body creates, also results of kernels', () => {
  const made = [];
  const result = dw.tidy(() => {
    made.push(one(), one());
    made.push(dw.depthwiseConv2d(...made));
    assert.equal(count(), 3);
    return 'done';
  });
  assert.equal(result, 'done');
  assert.ok(made.every((tensor) => tensor.isDisposed));
  assert.equal(count(), 0);
});

test('tidy keeps the tensor that its body returns', () => {
  const kept = dw.tidy(() => {
    one();
    return dw.depthwiseConv2d(one(), one());
  });
  assert.equal(count(), 1);
  assert.deepEqual([...kept.data], [1]);
  kept.dispose();
});

test('tidy keeps tensors in the arrays and objects that its body returns, at any depth', () => {
  const circle = { name: 'circle' };
  circle.itself = circle;
  const result = dw.tidy(() => {
    one();
    return { list: [one(), [one()], null, 3], deep: { deeper: { tensor: one() } }, text: 'x', circle, f: () => 0 };
  });
  assert.equal(count(), 3);
  for (const tensor of [result.list[0], result.list[1][0], result.deep.deeper.tensor]) {
    assert.deepEqual([...tensor.data], [1]);
    tensor.dispose();
  }
});

test('tidy finds a tensor that is nested deeper than the call stack', () => {
  const tensor = dw.tidy(() => {
    const result = { tensor: one() };
    let nested = result;
    for (let i = 0; i < 100_000; ++i) nested = i % 2 ? [nested] : { nested };
    return { nested, result };
  }).result.tensor;
  assert.deepEqual([...tensor.data], [1]);
  tensor.dispose();
});

test('tidy leaves earlier tensors', () => {
  const outer = one();
  dw.tidy(() => void one());
  assert.equal(
    dw.tidy(() => outer),
    outer,
  );
  assert.equal(outer.isDisposed, false);
  outer.dispose();
});

test('a nested tidy gives the tensor that it returns to the outer tidy', () => {
  let inner;
  const outer = dw.tidy(() => {
    const early = one();
    inner = dw.tidy(() => {
      one();
      return one();
    });
    assert.equal(early.isDisposed, false);
    assert.equal(count(), 2);
    return one();
  });
  assert.ok(inner.isDisposed);
  assert.equal(count(), 1);
  outer.dispose();
});

test('a nested tidy may return a tensor of the outer tidy', () => {
  const result = dw.tidy(() => {
    const early = one();
    return dw.tidy(() => early);
  });
  assert.equal(result.isDisposed, false);
  result.dispose();
});

test('keep protects a tensor from every tidy around it', () => {
  let tensor;
  dw.tidy(() => {
    dw.tidy(() => {
      tensor = one();
      assert.equal(dw.keep(tensor), tensor);
    });
  });
  assert.equal(tensor.isDisposed, false);
  tensor.dispose();
});

test('keep and dispose work in a nested tidy on a tensor of the outer tidy', () => {
  let kept;
  dw.tidy(() => {
    kept = one();
    const disposed = one();
    dw.tidy(() => {
      dw.keep(kept);
      disposed.dispose();
    });
    assert.equal(count(), 1);
  });
  assert.equal(kept.isDisposed, false);
  kept.dispose();
});

test('a body may dispose of its tensors, also of the one that it returns', () => {
  const result = dw.tidy(() => {
    one().dispose();
    const returned = one();
    returned.dispose();
    return returned;
  });
  assert.ok(result.isDisposed);
  assert.equal(count(), 0);
});

test('tidy disposes of everything when its body throws, and throws the same error', () => {
  const error = new Error('from the body');
  let inner;
  const body = () => {
    one();
    dw.tidy(() => {
      inner = one();
      throw error;
    });
  };
  assert.throws(
    () => dw.tidy(body),
    (thrown) => thrown === error,
  );
  assert.ok(inner.isDisposed);
  assert.equal(count(), 0);
  const outside = one();
  dw.tidy(() => void one());
  assert.equal(outside.isDisposed, false, 'a tidy that is over disposed of a tensor');
  outside.dispose();
});

test('tidy disposes of everything when a kernel refuses its arguments', () => {
  assert.throws(() => dw.tidy(() => dw.depthwiseConv2d(one(), one(), 0)), /strides must be/);
  assert.equal(count(), 0);
});

test('tidy refuses an asynchronous body, and disposes of its tensors', async () => {
  const text = 'body must not be asynchronous, got a promise from it';
  assertRefuses(dw, 'tidy', () => dw.tidy(async () => one()), TypeError, text);
  assertRefuses(dw, 'tidy', () => dw.tidy(() => ({ then() {} })), TypeError, text);
  assert.equal(count(), 0);
});

test('tidy refuses a body that is not a function', () => {
  for (const [body, got] of [
    [undefined, 'undefined'],
    ['name', "'name'"],
    [{}, 'an object'],
  ]) {
    assertRefuses(dw, 'tidy', () => dw.tidy(body), TypeError, `body must be a function, got ${got}`);
  }
});
