// What tfjs 4.22 gets wrong around depthwise convolution, and what this package makes of the same call. If one of these fails because
// tfjs has become right, delete its half of the test.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { load } from 'depthwise-wasm';

import { runInChild } from './support/child.js';
import { assertExact } from './support/compare.js';
import { filterGradient, forward, inputGradient, sizeOf } from './support/oracle.js';
import { makeProblem } from './support/problem.js';
import { Random } from './support/random.js';
import { runTfjsKernel, useBackend } from './support/tfjs.js';

const dw = await load();

const tensor = (shape, value = (i) => (i % 5) - 2) => ({
  data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => value(i)),
  shape,
});

function dot(a, b) {
  assert.deepEqual([...a.shape], [...b.shape]);
  return a.data.reduce((sum, value, i) => sum + value * b.data[i], 0);
}

/** What tfjs's wasm kernels do that write or read where they may not: in a process of its own, since its heap is broken afterwards. */
function inBrokenWasm(body) {
  return runInChild(`
    import { runTfjsKernel as run, tf, useBackend } from './tests/js/support/tfjs.js';
    await useBackend('wasm');
    const tensor = (shape) => ({ data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1), shape });
    const print = (result) => console.log(JSON.stringify([...result.data]));
    try {
      ${body}
    } catch (error) {
      console.log(error.message);
    }
    process.exit(); // without the handlers that tfjs has for the exit
  `).trim();
}

describe('tfjs cpu', () => {
  before(() => useBackend('cpu'));

  test('computes gradients with dilation that are not those of its convolution', () => {
    const convolution = { xShape: [1, 7, 7, 2], filterShape: [3, 3, 2, 1], pad: 'valid', dilations: [2, 2] };
    const { x, filter, dy } = makeProblem(convolution, new Random('adjoint'));
    const attrs = { pad: 'valid', dilations: [2, 2] };
    const [forInput, forFilter] = [
      { ...attrs, inputShape: x.shape },
      { ...attrs, filterShape: filter.shape },
    ];

    const product = dot(dy, dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs }));
    const dx = dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy, filter }, attrs: forInput });
    const dfilter = dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs: forFilter });
    assert.equal(dot(dx, x), product);
    assert.equal(dot(dfilter, filter), product);
    assertExact(dx, inputGradient(convolution, dy.data, filter.data));
    assertExact(dfilter, filterGradient(convolution, x.data, dy.data));

    assert.equal(dot(dy, runTfjsKernel('DepthwiseConv2dNative', { x, filter }, attrs)), product);
    assert.notEqual(dot(runTfjsKernel('DepthwiseConv2dNativeBackpropInput', { dy, filter }, forInput), x), product);
    assert.notEqual(dot(runTfjsKernel('DepthwiseConv2dNativeBackpropFilter', { x, dy }, forFilter), filter), product);
  });

  test('takes the height of the filter and its stride for the width too, beside a numeric pad', () => {
    const x = tensor([1, 7, 7, 1]);
    for (const [filterShape, strides, wrong, right] of [
      [
        [1, 3, 1, 1],
        [1, 1],
        [1, 7, 7, 1],
        [1, 7, 5, 1],
      ],
      [
        [3, 3, 1, 1],
        [2, 1],
        [1, 3, 3, 1],
        [1, 3, 5, 1],
      ],
    ]) {
      const filter = tensor(filterShape);
      const numeric = { inputs: { x, filter }, attrs: { strides, pad: 0 } };
      assert.deepEqual(runTfjsKernel('DepthwiseConv2dNative', numeric.inputs, numeric.attrs).shape, wrong);
      const result = dw.depthwiseConv2dNative(numeric);
      const valid = dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs: { strides, pad: 'valid' } });
      assert.deepEqual(result.shape, right);
      assert.deepEqual(result.dataSync(), valid.dataSync());
    }
  });

  test('computes NCHW as if it were NHWC', () => {
    const [x, filter] = [tensor([1, 2, 7, 7]), tensor([3, 3, 2, 1])];
    const attrs = { pad: 'valid', dataFormat: 'NCHW' };
    assert.deepEqual(runTfjsKernel('DepthwiseConv2dNative', { x, filter }, attrs).shape, [1, 0, 5, 7]);
    const convolution = { xShape: x.shape, filterShape: filter.shape, ...attrs };
    const result = dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs });
    assert.deepEqual(result.shape, [1, 2, 5, 5]);
    assertExact(result, forward(convolution, x.data, filter.data));
  });

  test("gives a negative shape for 'valid' with a filter that is larger than the input", () => {
    const [x, filter] = [tensor([1, 2, 2, 1]), tensor([5, 5, 1, 1])];
    assert.deepEqual(runTfjsKernel('DepthwiseConv2dNative', { x, filter }, { pad: 'valid' }).shape, [1, -2, -2, 1]);
    assert.throws(() => dw.depthwiseConv2d(x, filter), /filter must not be larger than the padded input/);
  });

  test('takes a dilation of 0 and a negative pad', () => {
    const [x, filter] = [tensor([1, 4, 4, 1]), tensor([3, 3, 1, 1])];
    for (const [attrs, message] of [
      [{ pad: 'valid', dilations: [0, 0] }, /dilations must be/],
      [{ pad: -1 }, /pad must be/],
    ]) {
      runTfjsKernel('DepthwiseConv2dNative', { x, filter }, attrs);
      assert.throws(() => dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs }), message);
    }
  });
});

describe('tfjs wasm', () => {
  before(() => useBackend('wasm'));

  test("reads the wrong pixels for 'same' with a stride that is larger than the filter", () => {
    const x = { data: new Float32Array([1, 2, 3, 4]), shape: [1, 2, 2, 1] };
    const filter = tensor([1, 2, 1, 1], () => 1);
    const attrs = { pad: 'same', strides: [2, 2] };
    assert.deepEqual([...dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs }).data], [3]);
    assert.deepEqual([...runTfjsKernel('DepthwiseConv2dNative', { x, filter }, attrs).data], [0]);
  });

  test('writes past its output, beside a numeric pad and a filter that is not square', () => {
    const result = dw.depthwiseConv2dNative({
      inputs: { x: tensor([1, 16, 16, 4], () => 1), filter: tensor([5, 1, 4, 1], () => 1) },
      attrs: { strides: [1, 1], pad: 0 },
    });
    assert.deepEqual(result.shape, [1, 12, 16, 4]);
    assert.ok(result.data.every((value) => value === 5));
    const theirs = inBrokenWasm(
      `print(run('DepthwiseConv2dNative', { x: tensor([1, 16, 16, 4]), filter: tensor([5, 1, 4, 1]) }, { pad: 0 }));`,
    );
    assert.match(theirs, /out of bounds/);
  });

  test("leaves the end of its output as it was, for dimRoundingMode 'ceil'", () => {
    const result = dw.depthwiseConv2dNative({
      inputs: { x: tensor([1, 8, 8, 1], () => 1), filter: tensor([3, 3, 1, 1], () => 1) },
      attrs: { strides: 2, pad: 0, dimRoundingMode: 'ceil' },
    });
    // The last row and column reach one pixel past the image, where zeros are.
    const right = [9, 9, 9, 6, 9, 9, 9, 6, 9, 9, 9, 6, 6, 6, 6, 4];
    assert.deepEqual(result.shape, [1, 4, 4, 1]);
    assert.deepEqual([...result.data], right);
    const theirs = inBrokenWasm(`
      const attrs = { strides: [2, 2], pad: 0, dimRoundingMode: 'ceil' };
      print(run('DepthwiseConv2dNative', { x: tensor([1, 8, 8, 1]), filter: tensor([3, 3, 1, 1]) }, attrs));
    `);
    assert.deepEqual(JSON.parse(theirs).slice(0, 9), Array(9).fill(9));
    assert.notDeepEqual(JSON.parse(theirs).slice(9), right.slice(9));
  });

  test('takes a stride of 0', () => {
    const theirs = inBrokenWasm(`
      const y = tf.depthwiseConv2d(tf.ones([1, 4, 4, 4]), tf.ones([3, 3, 4, 1]), 0, 'valid');
      console.log(String(y.shape));
    `);
    assert.equal(theirs, '1,Infinity,Infinity,4');
    assert.throws(() => dw.depthwiseConv2d(tensor([1, 4, 4, 4]), tensor([3, 3, 4, 1]), 0), /strides must be/);
  });

  test('refuses a bias of four dimensions', () => {
    const inputs = { x: tensor([1, 4, 4, 1]), filter: tensor([1, 1, 1, 1]), bias: tensor([1, 1, 1, 1], () => 10) };
    const attrs = { pad: 'valid', activation: 'linear' };
    assert.throws(() => runTfjsKernel('FusedDepthwiseConv2D', inputs, attrs), /only supports rank-1 bias/);
    const plain = dw.depthwiseConv2d(inputs.x, inputs.filter);
    const biased = dw.fusedDepthwiseConv2D({ inputs, attrs });
    assert.deepEqual(
      biased.dataSync(),
      plain.dataSync().map((value) => value + 10),
    );
  });
});
