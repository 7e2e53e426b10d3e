import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertClose, assertMatches } from './support/compare.js';
import { sides } from './support/grids.js';
import { fusedForward, geometryOf } from './support/oracle.js';
import { attrsOf, makeProblem } from './support/problem.js';
import { Random } from './support/random.js';
import { randomConvolution } from './support/random-convolution.js';
import { runTfjsKernel, useBackend } from './support/tfjs.js';

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'prelu', 'sigmoid'];

const dw = await load();
await useBackend('cpu');

/** Convolutions that tfjs computes rightly: NHWC, and either strides or dilations. */
const RIGHT_IN_TFJS = [
  { xShape: [2, 5, 6, 4], filterShape: [3, 3, 4, 1], pad: 'same' },
  { xShape: [1, 7, 5, 3], filterShape: [2, 3, 3, 2], pad: 'valid', strides: [2, 1] },
  { xShape: [1, 6, 6, 5], filterShape: [3, 2, 5, 3], pad: sides(0, 1, 2, 1), dilations: [1, 2] },
];

for (const activation of ACTIVATIONS) {
  test(`${activation} with bias is what tfjs's fused kernel computes`, () => {
    const random = new Random(activation);
    for (const convolution of RIGHT_IN_TFJS) {
      const { inputs, attrs } = fusedCall(convolution, activation, random, 'fractions');
      for (const name of ['x', 'bias']) inputs[name].data.forEach((value, i, all) => (all[i] = 6 * value));
      const expected = runTfjsKernel('FusedDepthwiseConv2D', inputs, attrs);
      const result = dw.fusedDepthwiseConv2D({ inputs, attrs });
      assertClose(result, expected, JSON.stringify(convolution));
      if (activation === 'relu6') assert.ok(result.data.includes(6), 'no value is large enough for this test');
      if (activation !== 'linear') assert.notDeepEqual(result.dataSync(), linear(inputs, attrs));
      result.dispose();
    }
  });

  test(`${activation} is what the definition says in random cases, with and without bias, in both layouts`, () => {
    for (let i = 0; i < 150; ++i) {
      const random = new Random(`${activation} ${i}`);
      const convolution = randomConvolution(random);
      const { inputs, attrs } = fusedCall(convolution, activation, random, random.oneOf(['fractions', 'specials']));
      if (random.chance(0.3)) delete inputs.bias;
      const expected = fusedForward(convolution, inputs.x.data, inputs.filter.data, {
        ...attrs,
        bias: inputs.bias?.data,
        preluActivationWeights: inputs.preluActivationWeights?.data,
      });
      const result = dw.fusedDepthwiseConv2D({ inputs, attrs });
      assertMatches(result, expected, `case ${i}: ${JSON.stringify(convolution)}`, 8);
      result.dispose();
    }
  });
}

test('bias and prelu weights may have four dimensions, all of size 1 but for the channels', () => {
  const random = new Random('four dimensions');
  for (const dataFormat of ['NHWC', 'NCHW']) {
    const convolution = { xShape: [2, 4, 4, 4], filterShape: [2, 2, 4, 3], pad: 'valid', dataFormat };
    const { inputs, attrs } = fusedCall(convolution, 'prelu', random, 'fractions');
    const expected = dw.fusedDepthwiseConv2D({ inputs, attrs }).dataSync();
    const shape = dataFormat === 'NHWC' ? [1, 1, 1, 12] : [1, 12, 1, 1];
    for (const name of ['bias', 'preluActivationWeights']) {
      const withOne = { ...inputs, [name]: { data: inputs[name].data, shape } };
      assert.deepEqual(dw.fusedDepthwiseConv2D({ inputs: withOne, attrs }).dataSync(), expected, name);
    }
  }
});

test('the slope of leakyrelu is 0.2 where none is given', () => {
  const { inputs, attrs } = minusOne();
  const slope = (leakyreluAlpha) =>
    -dw.fusedDepthwiseConv2D({ inputs, attrs: { ...attrs, activation: 'leakyrelu', leakyreluAlpha } }).data[0];
  assert.equal(slope(undefined), Math.fround(0.2));
  assert.equal(slope(null), Math.fround(0.2));
  assert.equal(slope(0.5), 0.5);
  assert.equal(slope(0), 0);
  assert.equal(slope(-2), -2);
});

test('without bias and activation the fused kernel is the plain one', () => {
  const { inputs, attrs } = fusedCall(RIGHT_IN_TFJS[0], 'linear', new Random('plain'), 'fractions');
  const { x, filter } = inputs;
  const plain = dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs }).dataSync();
  const absent = { x, filter, bias: null, preluActivationWeights: undefined };
  for (const activation of ['linear', undefined, null]) {
    const fused = dw.fusedDepthwiseConv2D({ inputs: absent, attrs: { ...attrs, activation } });
    assert.deepEqual(fused.dataSync(), plain);
  }
});

test('NaN and infinities go through every activation', () => {
  const values = [NaN, Infinity, -Infinity];
  const expected = {
    linear: [NaN, Infinity, -Infinity],
    relu: [NaN, Infinity, 0],
    relu6: [NaN, 6, 0],
    elu: [NaN, Infinity, -1],
    leakyrelu: [NaN, Infinity, -Infinity],
    prelu: [NaN, Infinity, -Infinity],
    sigmoid: [NaN, 1, 0],
  };
  for (const activation of ACTIVATIONS) {
    // One channel goes through the code for what is left over, four through that for whole vectors.
    for (const channels of [1, 4]) {
      const { inputs, attrs } = minusOne(channels);
      inputs.x = {
        data: Float32Array.from(values.flatMap((value) => Array(channels).fill(value))),
        shape: [1, 1, 3, channels],
      };
      if (activation === 'prelu') {
        inputs.preluActivationWeights = { data: new Float32Array(channels).fill(0.5), shape: [channels] };
      }
      const { data } = dw.fusedDepthwiseConv2D({ inputs, attrs: { ...attrs, activation } });
      assert.deepEqual(
        [...data].filter((_, i) => i % channels === channels - 1),
        expected[activation],
        activation,
      );
    }
  }
});

function fusedCall(convolution, activation, random, values) {
  const { x, filter, bias } = makeProblem(convolution, random, values);
  const inputs = { x, filter, bias };
  const attrs = { ...attrsOf(convolution), activation };
  if (activation === 'leakyrelu') attrs.leakyreluAlpha = 0.3;
  if (activation === 'prelu') {
    const { outChannels } = geometryOf(convolution);
    inputs.preluActivationWeights = { data: random.fractions(outChannels), shape: [outChannels] };
  }
  return { inputs, attrs };
}

function linear(inputs, attrs) {
  const { x, filter, bias } = inputs;
  const result = dw.fusedDepthwiseConv2D({ inputs: { x, filter, bias }, attrs: { ...attrs, activation: 'linear' } });
  const values = result.dataSync();
  result.dispose();
  return values;
}

/** A convolution of −1 by 1. */
function minusOne(channels = 1) {
  const filter = { data: new Float32Array(channels).fill(1), shape: [1, 1, channels, 1] };
  const x = { data: new Float32Array(channels).fill(-1), shape: [1, 1, 1, channels] };
  return { inputs: { x, filter }, attrs: { pad: 'valid' } };
}
