// Elementwise ops and tile on tfjs's wasm backend: special values, broadcasting, which calls our kernels take, and gradients of one kernel.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { countCalls } from '../support/count-calls.js';
import { sizeOf } from '../support/oracle.js';
import { Random } from '../support/random.js';
import { tf, useBackend } from '../support/tfjs.js';

await useBackend('wasm');
const theirMaximum = [
  [0, NaN],
  [NaN, 0],
].map(([a, b]) => valuesOf(() => tf.maximum(a, b))[0]);
const { kernels } = await registerKernels(tf);
const calls = countCalls(tf, 'wasm', kernels);
/** Each kernel that runs, ours or not. */
const all = countCalls(
  tf,
  'wasm',
  tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName),
);

before(() => useBackend('wasm'));

function valuesOf(body) {
  return tf.tidy(() => [...body().dataSync()]);
}

/** Returns the kernels that `body` calls, with their numbers, without kernels that move no data. */
function kernelsOf(body) {
  const before = { ...all };
  tf.tidy(() => void body());
  const counts = Object.entries(all).map(([name, count]) => [name, count - before[name]]);
  return Object.fromEntries(counts.filter(([name, count]) => count > 0 && !/Identity|Cast|Reshape/.test(name)));
}

test('a maximum or minimum is NaN if an operand is NaN; tfjs alone loses one', () => {
  assert.deepEqual(theirMaximum.map(Number.isNaN), [false, true]);
  for (const op of [tf.maximum, tf.minimum]) {
    for (const [a, b] of [
      [0, NaN],
      [NaN, 0],
      [
        [NaN, 1, 2, 3, 4],
        [1, NaN, 0, 0, NaN],
      ],
    ]) {
      const [left, right] = [a, b].map((each) => [each].flat());
      valuesOf(() => op(a, b)).forEach((value, i) =>
        assert.equal(Number.isNaN(value), Number.isNaN(left[i] + right[i]), `${op.name} of ${left[i]} and ${right[i]}`),
      );
    }
  }
});

test('tf.pow is Math.pow for every number and exponent', () => {
  const x = [NaN, -Infinity, -1e20, -3, -0.5, -1e-30, -0, 0, 1e-30, 1e-20, 0.7, 1, 2.5, 1e13, 1e20, 3e38, Infinity];
  for (const exponent of [-3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 2, 3, 4, NaN, Infinity]) {
    valuesOf(() => tf.pow(tf.tensor1d(x), exponent)).forEach((value, i) => {
      if (Math.abs(x[i]) === 1 && !Number.isFinite(exponent)) return; // tfjs's kernel, which follows C
      const expected = Math.fround(Math.fround(x[i]) ** exponent);
      const what = `${x[i]} to the power of ${exponent}`;
      if (!Number.isFinite(expected) || expected === 0)
        assert.equal(value, expected, what); // -0 differs from 0
      else
        assert.ok(
          Math.abs(value - expected) <= 1e-6 * Math.abs(expected) + 1e-44,
          `${what}: ${value}, not ${expected}`,
        );
    });
  }
});

test('tf.pow calls our kernel for small exponents, and tfjs for others', () => {
  const before = calls.Pow;
  const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
  assert.deepEqual(valuesOf(() => tf.pow(x, 2)), [1, 4, 9, 16]); // prettier-ignore
  assert.deepEqual(valuesOf(() => tf.pow(x, tf.tensor2d([[3]]))), [1, 8, 27, 64]); // prettier-ignore
  assert.deepEqual(valuesOf(() => tf.pow(x, tf.tensor1d([1, 2]))), [1, 4, 3, 16]); // prettier-ignore
  assert.deepEqual(valuesOf(() => tf.pow(tf.scalar(2), tf.tensor2d([[2]]))), [4]); // prettier-ignore
  assert.deepEqual(
    tf.tidy(() => tf.pow(tf.scalar(2), tf.tensor2d([[2]])).shape),
    [1, 1],
  );
  assert.deepEqual(valuesOf(() => tf.pow(tf.cast(x, 'int32'), tf.scalar(2, 'int32'))), [1, 4, 9, 16]); // prettier-ignore
  assert.equal(calls.Pow, before + 6);
  x.dispose();
});

test('functions give the limits at large numbers, and exp gives subnormal numbers', () => {
  const x = tf.tensor1d([-Infinity, -200, -100, 0, 88.7, 89, Infinity, NaN]);
  const near = (values, expected) =>
    values.forEach((value, i) => {
      if (Number.isFinite(expected[i])) {
        assert.ok(
          Math.abs(value - expected[i]) <= 1e-6 * Math.abs(expected[i]) + 1e-45,
          `${value}, not ${expected[i]}`,
        );
      } else assert.equal(value, expected[i]);
    });
  near(valuesOf(() => tf.exp(x)), [0, 0, Math.exp(-100), 1, Math.exp(Math.fround(88.7)), Infinity, Infinity, NaN]); // prettier-ignore
  for (const op of [tf.tanh, tf.erf]) near(valuesOf(() => op(x)), [-1, -1, -1, 0, 1, 1, 1, NaN]); // prettier-ignore
  assert.equal(valuesOf(() => tf.erf(tf.scalar(1e-20)))[0], Math.fround(Math.fround(1.1283791670955126) * 1e-20));
  x.dispose();
});

/** Returns values of x repeated, from the definition. */
function tiled({ data, shape }, reps) {
  const result = shape.map((size, axis) => size * reps[axis]);
  return Float32Array.from({ length: sizeOf(result) }, (_, i) => {
    let [rest, from, step] = [i, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; --axis) {
      from += ((rest % result[axis]) % shape[axis]) * step;
      rest = Math.floor(rest / result[axis]);
      step *= shape[axis];
    }
    return data[from];
  });
}

/** Calls `check(shape, reps)` for shapes of every rank. */
function forEachTile(check) {
  const random = new Random('tile');
  for (let rank = 1; rank <= 6; ++rank) {
    for (let round = 0; round < 8; ++round) {
      const shape = Array.from({ length: rank }, () => random.within(1, rank > 4 ? 2 : 4));
      const reps = Array.from({ length: rank }, () => (random.chance(0.4) ? 1 : random.within(1, 3)));
      check(shape, reps, random);
    }
  }
}

test('tf.tile repeats tensors of any rank and type', () => {
  forEachTile((shape, reps, random) => {
    const data = random.integers(sizeOf(shape));
    for (const dtype of /** @type {const} */ (['float32', 'int32'])) {
      const got = valuesOf(() => tf.tile(tf.tensor(data, shape, dtype), reps));
      assert.deepEqual(got, [...tiled({ data, shape }, reps)], `${dtype} [${shape}] times [${reps}]`);
    }
  });
  assert.deepEqual(
    tf.tidy(() => tf.tile(tf.zeros([2, 0]), [2, 3]).shape),
    [4, 0],
  );
  assert.deepEqual(
    tf.tidy(() => tf.tile(tf.zeros([2, 3]), [2, 0]).shape),
    [4, 0],
  );
});

test('the gradient of tf.tile is the adjoint of its kernel for any rank, by sums only', () => {
  // Σ dy·tile(x) = Σ x·dx. All numbers are integers, so the sums are exact.
  forEachTile((shape, reps, random) => {
    tf.tidy(() => {
      const x = tf.tensor(random.integers(sizeOf(shape)), shape);
      const tile = (x) => tf.tile(x, reps);
      const y = tile(x);
      const dy = tf.tensor(random.integers(y.size), y.shape);
      const dx = tf.grad(tile)(x, dy);
      assert.deepEqual(dx.shape, shape);
      const [forward, backward] = [tf.mul(dy, y), tf.mul(x, dx)].map((products) => tf.sum(products).dataSync()[0]);
      assert.equal(backward, forward, `[${shape}] times [${reps}]`);
    });
  });
  const x = tf.ones([2, 3, 1, 4]);
  assert.deepEqual(kernelsOf(() => tf.grad((x) => tf.tile(x, [1, 2, 5, 1]))(x, tf.ones([2, 6, 5, 4]))), { Tile: 1, Sum: 2 }); // prettier-ignore
  x.dispose();
  // Another type: tfjs's gradient.
  const f = (x) => tf.sum(tf.cast(tf.tile(x, [3]), 'float32'));
  assert.deepEqual(valuesOf(() => tf.grad(f)(tf.tensor1d([1, 2], 'int32'))), [3, 3]); // prettier-ignore
});

test('the gradients of activations run one kernel', () => {
  const x = tf.tensor1d([-1.5, -0.5, 0.5, 7]);
  const dy = tf.tensor1d([1, 2, 3, 4]);
  for (const [f, forward, gradient] of /** @type {[(x: any) => any, string, string][]} */ ([
    [tf.relu, 'Relu', 'ReluGrad'],
    [tf.relu6, 'Relu6', 'ReluGrad'],
    [(x) => tf.leakyRelu(x, 0.3), 'LeakyRelu', 'ReluGrad'],
    [tf.sigmoid, 'Sigmoid', 'SigmoidGrad'],
    [tf.tanh, 'Tanh', 'TanhGrad'],
    [tf.elu, 'Elu', 'EluGrad'],
    [tf.erf, 'Erf', 'ErfGrad'],
  ])) {
    assert.deepEqual(kernelsOf(() => tf.grad(f)(x, dy)), { [forward]: 1, [gradient]: 1 }); // prettier-ignore
  }
  tf.dispose([x, dy]);
});

test('the slopes of relu, relu6 and leakyRelu at kinks, and NaN stays NaN', () => {
  const x = [-Infinity, -1, -0, 0, 1e-45, 6, 6.1, Infinity, NaN];
  const slopes = (f) => valuesOf(() => tf.grad(f)(tf.tensor1d(x)));
  assert.deepEqual(slopes(tf.relu), [0, 0, 0, 0, 1, 1, 1, 1, NaN]);
  assert.deepEqual(slopes(tf.relu6), [0, 0, 0, 0, 1, 1, 0, 0, NaN]);
  assert.deepEqual(slopes((x) => tf.leakyRelu(x, 0.25)), [0.25, 0.25, 0.25, 0.25, 1, 1, 1, 1, NaN]); // prettier-ignore
});

test('broadcasting with more than three groups of axes, other types and empty tensors', () => {
  const [a, b] = [tf.reshape(tf.range(0, 10), [2, 1, 5, 1]), tf.reshape(tf.range(0, 21), [1, 3, 1, 7])];
  const expected = [];
  for (let i = 0; i < 2; ++i) {
    for (let j = 0; j < 3; ++j)
      for (let k = 0; k < 5; ++k) for (let l = 0; l < 7; ++l) expected.push(5 * i + k - 7 * j - l);
  }
  assert.deepEqual(valuesOf(() => tf.sub(a, b)), expected); // prettier-ignore
  const whole = tf.tensor1d([7, 2 ** 24 + 1], 'int32');
  assert.deepEqual(valuesOf(() => tf.add(whole, tf.scalar(1, 'int32'))), [8, 2 ** 24 + 2]); // prettier-ignore
  assert.deepEqual(
    tf.tidy(() => tf.add(tf.zeros([0, 3]), tf.zeros([1, 3])).shape),
    [0, 3],
  );
  assert.deepEqual(
    tf.tidy(() => tf.mul(tf.zeros([2, 0]), 3).shape),
    [2, 0],
  );
  assert.throws(() => tf.add(tf.zeros([2, 3]), tf.zeros([2])), /could not be broadcast/);
  tf.dispose([a, b, whole]);
});
