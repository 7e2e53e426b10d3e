// tf.einsum with the kernel and the gradient of this package: tfjs has no gradient on any backend, and no kernel on wasm.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertClose } from '../support/compare.js';
import { sizeOf } from '../support/oracle.js';
import { Random } from '../support/random.js';
import { tf, useBackend } from '../support/tfjs.js';
import { leavingNothing } from '../support/tfjs-memory.js';

console.info = () => {};
const random = new Random('einsum');
const SIZES = { i: 2, j: 3, k: 1, l: 4 };

await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

/** Returns the definition: a loop over all labels that adds the products. Also the derivatives of Σ y·dy. */
function definition(equation, operands, dy) {
  const [left, output] = equation.split('->');
  const terms = left.split(',');
  const labels = [...new Set(terms.join(''))];
  const sizes = {};
  terms.forEach((term, i) => [...term].forEach((label, axis) => (sizes[label] = operands[i].shape[axis])));
  const shape = [...output].map((label) => sizes[label]);
  const y = new Float64Array(sizeOf(shape));
  const gradients = operands.map(({ data }) => new Float64Array(data.length));
  const at = {};
  const position = (term) => [...term].reduce((sum, label) => sum * sizes[label] + at[label], 0);
  const visit = (depth) => {
    if (depth < labels.length) {
      for (at[labels[depth]] = 0; at[labels[depth]] < sizes[labels[depth]]; ++at[labels[depth]]) visit(depth + 1);
      return;
    }
    const [to, from] = [position(output), terms.map(position)];
    const values = operands.map(({ data }, i) => data[from[i]]);
    y[to] += values.reduce((product, value) => product * value, 1);
    if (dy) gradients.forEach((sums, i) => (sums[from[i]] += dy[to] * (values[1 - i] ?? 1)));
  };
  visit(0);
  return { y: { data: y, shape }, gradients: gradients.map((data, i) => ({ data, shape: operands[i].shape })) };
}

const subset = () =>
  Object.keys(SIZES)
    .filter(() => random.chance(0.5))
    .sort(() => random.within(-1, 1))
    .join('');

function randomEquation() {
  const terms = random.chance(0.75) ? [subset(), subset()] : [subset()];
  const output = [...new Set(terms.join(''))].filter(() => random.chance(0.5)).sort(() => random.within(-1, 1));
  return `${terms.join()}->${output.join('')}`;
}

const operandsOf = (equation) =>
  equation
    .split('->')[0]
    .split(',')
    .map((term) => [...term].map((label) => SIZES[label]))
    .map((shape) => ({ data: random.fractions(sizeOf(shape)), shape }));

const equations = [
  ...new Set(Array.from({ length: 150 }, randomEquation)),
  'ijkl,jlim->ljm',
  'i,j->',
  'ij->ij',
  '->',
  ',->',
];
SIZES.m = 5;
const tensorOf = ({ data, shape }) => tf.tensor(data, shape, 'float32');
const plain = (tensor) => ({ data: tensor.dataSync(), shape: tensor.shape });

for (const backend of ['wasm', 'cpu']) {
  test(`values and gradients are those of the definition, on ${backend}`, async () => {
    await useBackend(backend);
    for (const equation of equations) {
      const operands = operandsOf(equation);
      const dy = random.fractions(sizeOf(definition(equation, operands).y.shape));
      const expected = definition(equation, operands, dy);
      leavingNothing(() =>
        tf.tidy(() => {
          const tensors = operands.map(tensorOf);
          const f = (...each) => tf.einsum(equation, ...each);
          assertClose(plain(f(...tensors)), expected.y, equation);
          const gradients = tf.grads(f)(tensors, tensorOf({ data: dy, shape: expected.y.shape }));
          gradients.forEach((dx, i) => assertClose(plain(dx), expected.gradients[i], `gradient ${i} of ${equation}`));
        }),
      );
    }
  });
}

test('second derivatives agree with finite differences', async () => {
  await useBackend('wasm');
  const [a, b] = operandsOf('ij,jl->il').map(tensorOf);
  const f = (x) => tf.sum(tf.square(tf.einsum('ij,jl->il', x, b)));
  const g = (x) => tf.sum(tf.square(tf.grad(f)(x)));
  const gradient = tf.grad(g)(a).dataSync();
  const values = a.dataSync();
  const step = 1 / 64;
  const difference = (i) => {
    const moved = (sign) => Float32Array.from(values, (value, at) => value + (at === i ? sign * step : 0));
    const at = (sign) => g(tf.tensor(moved(sign), a.shape)).dataSync()[0];
    return (at(1) - at(-1)) / (2 * step); // exact but for rounding: g is a polynomial of degree 2
  };
  const expected = { data: values.map((_, i) => difference(i)), shape: a.shape };
  assertClose({ data: gradient, shape: a.shape }, expected, 'second derivative', 1e-3);
});

test('multi-head attention with einsum trains as with matMul', async () => {
  await useBackend('wasm');
  const [q, k] = [[2, 5, 2, 3], [2, 4, 2, 3]].map((shape) => tensorOf({ data: random.fractions(sizeOf(shape)), shape })); // prettier-ignore
  const scores = (q, k) => tf.einsum('bqhd,bkhd->bhqk', q, k);
  const products = (q, k) => tf.matMul(tf.transpose(q, [0, 2, 1, 3]), tf.transpose(k, [0, 2, 1, 3]), false, true);
  const loss = (f) => (q, k) => tf.sum(tf.square(tf.softmax(f(q, k))));
  const [got, expected] = [scores, products].map((f) => tf.grads(loss(f))([q, k]).map(plain));
  got.forEach((dx, i) => assertClose(dx, expected[i], `gradient ${i}`));
});

test('int32 stays int32, and other types become float32 together', async () => {
  for (const backend of ['wasm', 'cpu']) {
    await useBackend(backend);
    const whole = tf.tensor([1, 2, 3, 70000], [2, 2], 'int32');
    const exact = tf.einsum('ij,kj->ik', whole, whole);
    assert.deepEqual([exact.dtype, [...exact.dataSync()]], ['int32', [5, 140003, 140003, 605032713]]);
    const mixed = tf.einsum('ij,j->i', whole, tf.tensor([0.5, 1], [2]));
    assert.deepEqual([mixed.dtype, [...mixed.dataSync()]], ['float32', [2.5, 70001.5]]);
    const flags = tf.einsum('i->', tf.tensor([1, 1, 0], [3], 'bool'));
    assert.deepEqual([flags.dtype, [...flags.dataSync()]], ['int32', [2]]);
  }
});

test('empty operands give empty results, or sums of nothing', async () => {
  await useBackend('wasm');
  assert.deepEqual([...tf.einsum('ij,jk->ik', tf.zeros([2, 0]), tf.zeros([0, 2])).dataSync()], [0, 0, 0, 0]);
  assert.deepEqual(tf.einsum('ij,jk->ik', tf.zeros([0, 2]), tf.zeros([2, 3])).shape, [0, 3]);
});

test('wrong equations and shapes are refused, and leave nothing', async () => {
  await useBackend('wasm');
  const [matrix, vector] = [tf.ones([2, 3]), tf.ones([2])];
  for (const [equation, operands, message] of [
    ['ij,jk', [matrix, matrix], "Expecting exactly one arrow (->) in the equation, got 'ij,jk'"],
    ['ij->ji->ij', [matrix], "Expecting exactly one arrow (->) in the equation, got 'ij->ji->ij'"],
    ['ij->i', [matrix, matrix], 'Expected 1 input tensors, received 2'],
    ['i,i,i->', [vector, vector, vector], 'Support for more than 2 input tensors is not implemented yet'],
    ['ii->', [matrix], "a label that is twice in 'ii' is not implemented yet"],
    ['i->ii', [vector], "a label that is twice in 'ii' is not implemented yet"],
    ['...i->i', [matrix], 'the ellipsis notation (...) is not supported'],
    ['ijk->i', [matrix], 'tensor 0 must have 3 dimensions (ijk), got [2,3]'],
    ['ij,j->i', [matrix, vector], 'Expected dimension 3 at axis 0 of input shaped [2], but got dimension 2'],
  ]) {
    leavingNothing(() =>
      assert.throws(() => tf.einsum(equation, ...operands), { message: `Error in Einsum: ${message}` }),
    );
  }
});
