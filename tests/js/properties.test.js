import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { load } from 'depthwise-wasm';

import { assertExact, assertSameBits } from './support/compare.js';
import { sizeOf } from './support/oracle.js';
import { attrsOf, entries, makeProblem } from './support/problem.js';
import { Random } from './support/random.js';
import { randomConvolution } from './support/random-convolution.js';

const dw = await load();

/** Checks an equation for many problems. fast-check prints the number that leads to the one that breaks it. */
function forAll(holds) {
  const property = fc.property(fc.integer(), (number) => {
    const random = new Random(number);
    const problem = makeProblem(randomConvolution(random), random);
    dw.tidy(() => holds(problem));
  });
  fc.assert(property, { numRuns: 200, seed: Number(process.env.DEPTHWISE_SEED ?? 1) | 0 });
}

const forward = (problem) => entries.depthwiseConv2dNative.call(dw, problem, attrsOf(problem.convolution));
const inputGradient = (problem) =>
  entries.depthwiseConv2dNativeBackpropInput.call(dw, problem, attrsOf(problem.convolution));
const filterGradient = (problem) =>
  entries.depthwiseConv2dNativeBackpropFilter.call(dw, problem, attrsOf(problem.convolution));

test('the gradients are adjoint to the convolution: <dy, conv(x)> = <dx, x> = <dfilter, filter>', () => {
  forAll((problem) => {
    const product = dot(problem.dy, forward(problem));
    assert.equal(dot(inputGradient(problem), problem.x), product);
    assert.equal(dot(filterGradient(problem), problem.filter), product);
  });
});

test('the convolution is linear in x and in the filter', () => {
  forAll((problem) => {
    for (const name of ['x', 'filter']) {
      const other = mapData(problem[name], (value, i) => (i * 7) % 5);
      const mixed = mapData(problem[name], (value, i) => 3 * value - other.data[i]);
      const [a, b, c] = [problem[name], other, mixed].map((tensor) => forward({ ...problem, [name]: tensor }));
      assertExact(c, { shape: a.shape, values: mapData(a, (value, i) => 3 * value - b.data[i]).data }, name);
    }
  });
});

test('an image without its first rows and columns gives an output without its first ones', () => {
  const attrs = ({ strides, dilations }) => ({ strides, dilations, pad: 'valid' });
  forAll(({ convolution, filter }) => {
    const { strides, dilations } = convolution;
    const [height, width] = [0, 1].map((axis) => filter.shape[axis] * dilations[axis] + 2 * strides[axis] + 1);
    const shape = [2, height, width, filter.shape[2]];
    const x = { data: new Random(height).integers(sizeOf(shape)), shape };
    const convolve = (image) => dw.depthwiseConv2dNative({ inputs: { x: image, filter }, attrs: attrs(convolution) });
    const expected = withoutFirst(convolve(x), 1, 1);
    const result = convolve(withoutFirst(x, ...strides));
    assertExact(result, { shape: expected.shape, values: expected.data });
  });
});

test('the gradients are what finite differences of the convolution say', () => {
  const random = new Random('finite differences');
  const convolution = {
    xShape: [2, 4, 5, 3],
    filterShape: [3, 2, 3, 2],
    strides: [2, 1],
    pad: 'same',
    dilations: [1, 2],
  };
  const problem = makeProblem(convolution, random, 'fractions');
  const loss = (changed) => dw.tidy(() => dot(problem.dy, forward({ ...problem, ...changed })));
  for (const [name, gradient] of [
    ['x', inputGradient(problem)],
    ['filter', filterGradient(problem)],
  ]) {
    for (let i = 0; i < problem[name].data.length; ++i) {
      // The loss is linear in each, so the step may be large, and only rounding is left.
      const shiftedBy = (step) => mapData(problem[name], (value, j) => (j === i ? value + step : value));
      const slope = (loss({ [name]: shiftedBy(8) }) - loss({ [name]: shiftedBy(-8) })) / 16;
      assert.ok(Math.abs(slope - gradient.data[i]) < 1e-5, `${name}[${i}]: ${slope}, not ${gradient.data[i]}`);
    }
    gradient.dispose();
  }
});

test('the same input gives the same bits, whatever ran before and wherever the tensors are', () => {
  for (const [name, entry] of Object.entries(entries)) {
    for (let i = 0; i < 60; ++i) {
      const random = new Random(`${name} ${i}`);
      const convolution = randomConvolution(random);
      if (!entry.takes(convolution)) continue;
      const problem = makeProblem(convolution, random, 'fractions');
      const run = () => dw.tidy(() => ({ data: entry.call(dw, problem, attrsOf(convolution)).dataSync() }));
      const first = run();
      const inBetween = dw.tensor(random.fractions(i), [i]);
      forward(makeProblem(randomConvolution(random), random, 'specials')).dispose();
      assertSameBits(run(), first, `${name}, ${JSON.stringify(convolution)}`);
      inBetween.dispose();
    }
  }
});

function dot(a, b) {
  assert.deepEqual([...a.shape], [...b.shape]);
  let sum = 0;
  for (let i = 0; i < a.data.length; ++i) sum += a.data[i] * b.data[i];
  return sum;
}

function mapData({ data, shape }, change) {
  return { data: Float32Array.from(data, change), shape };
}

/** A tensor [batch, height, width, channels] without its first rows and columns. */
function withoutFirst({ data, shape: [batch, height, width, channels] }, rows, columns) {
  const shape = [batch, height - rows, width - columns, channels];
  const kept = [];
  for (let n = 0; n < batch; ++n) {
    for (let row = rows; row < height; ++row) {
      const begin = (n * height + row) * width;
      kept.push(...data.subarray((begin + columns) * channels, (begin + width) * channels));
    }
  }
  return { data: Float32Array.from(kept), shape };
}
