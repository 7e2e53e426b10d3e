// The arguments of all functions that convolve arrive at the kernels. tests/cpp tests the arithmetic itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertMatches, assertRight, assertSameBits } from './support/compare.js';
import { fusedForward, geometryOf } from './support/oracle.js';
import { attrsOf, entries, makeProblem, problemFor, valuesFor, VALUES } from './support/problem.js';
import { Random } from './support/random.js';
import { randomConvolution } from './support/random-convolution.js';

/** More cases: DEPTHWISE_RANDOM_CASES=100000 DEPTHWISE_SEED=… node --test tests/js/ops.test.js */
const seed = process.env.DEPTHWISE_SEED ?? '1';
const cases = Number(process.env.DEPTHWISE_RANDOM_CASES ?? 500);

const dw = await load();

const tensor = (shape, values) => ({ data: Float32Array.from(values), shape });

for (const [name, entry] of Object.entries(entries)) {
  test(`${name} computes the definition in ${cases} random cases`, () => {
    for (let i = 0; i < cases; ++i) {
      const random = new Random(`${seed} ${name} ${i}`);
      const convolution = randomConvolution(random);
      if (!entry.takes(convolution)) continue;
      const problem = problemFor(entry, convolution, random, random.oneOf(VALUES));
      const what = `case ${i} of DEPTHWISE_SEED=${seed}: ${JSON.stringify(convolution)}, ${problem.values}`;
      dw.tidy(() => assertRight(callInSomeForm(entry, problem, random), entry.expected(problem), problem, what));
    }
  });
}

/** Calls with tensors or plain values, and with one of the spellings of tfjs and Keras. */
function callInSomeForm(entry, problem, random) {
  const given = { ...problem };
  for (const input of entry.inputs) {
    if (random.chance(0.5)) given[input] = dw.tensor(problem[input].data, problem[input].shape);
  }
  const attrs = attrsOf(problem.convolution);
  for (const name of ['strides', 'dilations']) {
    const [height, width] = attrs[name];
    if (height === width && random.chance(0.5)) attrs[name] = height;
    if (height === 1 && width === 1 && random.chance(0.5)) attrs[name] = random.oneOf([undefined, null]);
  }
  const isNchw = problem.convolution.dataFormat === 'NCHW';
  attrs.dataFormat = random.oneOf(isNchw ? ['NCHW', 'channelsFirst'] : [undefined, null, 'NHWC', 'channelsLast']);
  return entry.call(dw, given, attrs);
}

test('a small convolution gives the result on paper', () => {
  const x = tensor([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const filter = tensor([2, 2, 1, 1], [1, 10, 100, 1000]);
  dw.tidy(() => {
    assert.deepEqual([...dw.depthwiseConv2d(x, filter).data], [5421, 6532, 8754, 9865]);
    // 'same' pads the odd pixel at the bottom and right.
    const same = [5421, 6532, 603, 8754, 9865, 906, 87, 98, 9];
    assert.deepEqual([...dw.depthwiseConv2d(x, filter, 1, 'same').data], same);
    assert.deepEqual([...dw.depthwiseConv2d(x, filter, 2, 'same').data], [5421, 603, 87, 9]);
    assert.deepEqual([...dw.depthwiseConv2d(x, filter, 1, 'valid', 'NHWC', 2).data], [9731]);
  });
});

test('output channel c·multiplier + m is input channel c times its filter m, in both layouts', () => {
  const filter = tensor([1, 1, 2, 3], [1, 10, 100, 2, 20, 200]);
  const pixel = [3, 30, 300, 8, 80, 800];
  dw.tidy(() => {
    const last = dw.depthwiseConv2d(tensor([1, 1, 1, 2], [3, 4]), filter);
    assert.deepEqual([last.shape, ...last.data], [[1, 1, 1, 6], ...pixel]);
    const first = dw.depthwiseConv2d(tensor([1, 2, 1, 1], [3, 4]), filter, 1, 'valid', 'channelsFirst');
    assert.deepEqual([first.shape, ...first.data], [[1, 6, 1, 1], ...pixel]);
  });
});

test('an output channel of a dense convolution is the sum over all input channels, in both layouts', () => {
  const filter = tensor([1, 1, 2, 3], [1, 10, 100, 2, 20, 200]);
  const pixel = [11, 110, 1100];
  dw.tidy(() => {
    const last = dw.conv2d(tensor([1, 1, 1, 2], [3, 4]), filter);
    assert.deepEqual([last.shape, ...last.data], [[1, 1, 1, 3], ...pixel]);
    const first = dw.conv2d(tensor([1, 2, 1, 1], [3, 4]), filter, 1, 'valid', 'channelsFirst');
    assert.deepEqual([first.shape, ...first.data], [[1, 3, 1, 1], ...pixel]);
  });
});

test("the defaults are stride 1, dilation 1, NHWC and, in the op, 'valid'", () => {
  const [x, filter] = [valuesFor([2, 5, 6, 3]), valuesFor([2, 3, 3, 1])];
  const absent = { pad: 'valid', strides: null, dilations: null, dataFormat: null, dimRoundingMode: null };
  const inputs = { x, filter };
  const call = { inputs, attrs: { pad: 'valid' } };
  const nullCall = { inputs: { ...inputs, bias: null }, attrs: { ...absent, activation: null } };
  for (const [op, fusedOp] of [
    ['depthwiseConv2d', 'fusedDepthwiseConv2D'],
    ['conv2d', 'fusedConv2D'],
  ]) {
    dw.tidy(() => {
      const expected = dw[op](x, filter, [1, 1], 'valid', 'NHWC', [1, 1]);
      const others = op === 'conv2d' ? [] : [dw.depthwiseConv2dNative(call), dw.depthwiseConv2dNative(nullCall)];
      for (const result of [
        ...[dw[op](x, filter), dw[op](x, filter, null, 'valid', null, null)],
        ...[dw[fusedOp](call), dw[fusedOp](nullCall), ...others],
      ]) {
        assert.deepEqual(result.shape, expected.shape);
        assertSameBits(result, expected);
      }
    });
  }
});

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'prelu', 'sigmoid'];

test('each activation of the fused kernels computes the definition, with and without a bias of either shape', () => {
  for (const activation of ACTIVATIONS) {
    for (let i = 0; i < 40; ++i) {
      const random = new Random(`${activation} ${i}`);
      const convolution = { ...randomConvolution(random), isDense: i % 2 === 1 };
      const { x, filter, bias } = makeProblem(convolution, random, random.oneOf(['fractions', 'specials']));
      const { outChannels } = geometryOf(convolution);
      const full = convolution.dataFormat === 'NCHW' ? [1, outChannels, 1, 1] : [1, 1, 1, outChannels];
      const inputs = { x, filter };
      if (random.chance(0.7)) inputs.bias = { data: bias.data, shape: random.oneOf([[outChannels], full]) };
      if (activation === 'prelu') {
        inputs.preluActivationWeights = {
          data: random.fractions(outChannels),
          shape: random.oneOf([[outChannels], full]),
        };
      }
      const leakyreluAlpha = random.oneOf([undefined, null, 0.3, 0, -2]); // default: 0.2
      const attrs = { ...attrsOf(convolution), activation, leakyreluAlpha };
      const expected = fusedForward(convolution, x.data, filter.data, {
        ...{ activation, bias: inputs.bias?.data, leakyreluAlpha: Math.fround(leakyreluAlpha ?? 0.2) },
        preluActivationWeights: inputs.preluActivationWeights?.data,
      });
      const result = convolution.isDense
        ? dw.fusedConv2D({ inputs, attrs })
        : dw.fusedDepthwiseConv2D({ inputs, attrs });
      assertMatches(result, expected, `${activation} ${i}: ${JSON.stringify(convolution)}`, 8);
      result.dispose();
    }
  }
});

test('NaN and infinities pass through every activation', () => {
  const x = tensor([1, 1, 3, 1], [NaN, Infinity, -Infinity]);
  const filter = tensor([1, 1, 1, 1], [1]);
  for (const [activation, expected] of [
    ['linear', [NaN, Infinity, -Infinity]],
    ['relu', [NaN, Infinity, 0]],
    ['relu6', [NaN, 6, 0]],
    ['elu', [NaN, Infinity, -1]],
    ['leakyrelu', [NaN, Infinity, -Infinity]],
    ['sigmoid', [NaN, 1, 0]],
  ]) {
    const call = { inputs: { x, filter }, attrs: { pad: 'valid', activation } };
    for (const result of [dw.fusedDepthwiseConv2D(call), dw.fusedConv2D(call)]) {
      assert.deepEqual([...result.data], expected, activation);
      result.dispose();
    }
  }
});

test('a call changes no input, and gives the same bits after other calls and at another address', () => {
  for (const [name, entry] of Object.entries(entries)) {
    for (let i = 0; i < 20; ++i) {
      const random = new Random(`bits ${name} ${i}`);
      const convolution = randomConvolution(random);
      if (!entry.takes(convolution)) continue;
      const problem = problemFor(entry, convolution, random, 'fractions');
      const copy = structuredClone(problem);
      dw.tidy(() => {
        const first = entry.call(dw, problem, attrsOf(convolution));
        dw.tensor(random.fractions(i), [i]);
        entry.call(dw, problemFor(entry, convolution, random, 'specials'), attrsOf(convolution));
        assertSameBits(entry.call(dw, problem, attrsOf(convolution)), first, `${name}, ${JSON.stringify(convolution)}`);
      });
      assert.deepEqual(problem, copy);
    }
  }
});
