import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertRefuses } from './support/refusal.js';

const dw = await load();

const one = () => dw.tensor(new Float32Array([1]), [1, 1, 1, 1]);
const count = () => dw.memory().numTensors;

beforeEach(() => assert.deepEqual([count(), dw.memory().numBytes], [0, 0], 'the test before has left tensors'));

test('tidy disposes of all tensors that its body made, results included', () => {
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

test('tidy leaves the tensor that its body returns', () => {
  const kept = dw.tidy(() => {
    one();
    return dw.depthwiseConv2d(one(), one());
  });
  assert.equal(count(), 1);
  assert.deepEqual([...kept.data], [1]);
  kept.dispose();
});

test('tidy leaves tensors in arrays and objects that its body returns, at any depth', () => {
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

test('tidy finds a tensor that is nested deeper than calls can be', () => {
  const tensor = dw.tidy(() => {
    const result = { tensor: one() };
    let nested = result;
    for (let i = 0; i < 100_000; ++i) nested = i % 2 ? [nested] : { nested };
    return { nested, result };
  }).result.tensor;
  assert.deepEqual([...tensor.data], [1]);
  tensor.dispose();
});

test('tidy does not touch tensors that were made before', () => {
  const outer = one();
  dw.tidy(() => void one());
  assert.equal(
    dw.tidy(() => outer),
    outer,
  );
  assert.equal(outer.isDisposed, false);
  outer.dispose();
});

test('tidy may be nested: what the inner one returns belongs to the outer one', () => {
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

test('a tensor made outside of the inner tidy may be returned through it', () => {
  const result = dw.tidy(() => {
    const early = one();
    return dw.tidy(() => early);
  });
  assert.equal(result.isDisposed, false);
  result.dispose();
});

test('keep saves a tensor from every tidy around it', () => {
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

test('keep and dispose reach a tensor of an outer tidy from within an inner one', () => {
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

test('a tensor may be disposed of within its tidy', () => {
  const result = dw.tidy(() => {
    one().dispose();
    const returned = one();
    returned.dispose();
    return returned;
  });
  assert.ok(result.isDisposed);
  assert.equal(count(), 0);
});

test('tidy disposes of everything when its body throws, and passes the error on', () => {
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
  assert.equal(outside.isDisposed, false, 'a tidy that had ended took a tensor');
  outside.dispose();
});

test('tidy disposes of everything when a kernel refuses its arguments', () => {
  assert.throws(() => dw.tidy(() => dw.depthwiseConv2d(one(), one(), 0)), /strides must be/);
  assert.equal(count(), 0);
});

test('a body that is asynchronous is refused, and its tensors are disposed of', async () => {
  const text = 'body must not be asynchronous, got a promise from it';
  assertRefuses(dw, 'tidy', () => dw.tidy(async () => one()), TypeError, text);
  assertRefuses(dw, 'tidy', () => dw.tidy(() => ({ then() {} })), TypeError, text);
  assert.equal(count(), 0);
});

test('a body that is not a function is refused', () => {
  for (const [body, got] of [
    [undefined, 'undefined'],
    ['name', "'name'"],
    [{}, 'an object'],
  ]) {
    assertRefuses(dw, 'tidy', () => dw.tidy(body), TypeError, `body must be a function, got ${got}`);
  }
});
