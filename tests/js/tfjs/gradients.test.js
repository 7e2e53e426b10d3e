// The gradients of our gradients, on tfjs's wasm backend, against finite differences of the first gradients.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { countCalls } from '../support/count-calls.js';
import { sizeOf } from '../support/oracle.js';
import { Random } from '../support/random.js';
import { tf, useBackend } from '../support/tfjs.js';

const { kernels } = await registerKernels(tf);
const calls = countCalls(tf, 'wasm', kernels);

/**
 * The step of the differences. For these functions the truncation error is about STEP² of a value, 6e-5, and float32's rounding error
 * divided by 2·STEP is 4e-6.
 */
const STEP = 2 ** -7;

/** Of the largest value of a derivative. The largest measured error is 3.9e-4. */
const TOLERANCE = 1e-3;

before(() => useBackend('wasm'));

/**
 * Asserts that the Hessian of `f` times a direction, by tfjs, agrees with the differences of the gradients along the direction.
 *
 * @param {(...inputs: any[]) => any} f returns a scalar
 * @param {number[][]} shapes of the inputs
 */
function assertSecondDerivatives(f, shapes, { seed = 'second derivatives', size = 1 } = {}) {
  const random = new Random(seed);
  const draw = (shape) => tf.mul(tf.tensor(random.fractions(sizeOf(shape)), shape), size);
  tf.tidy(() => {
    const [inputs, direction] = [shapes.map(draw), shapes.map(draw)];
    const first = tf.grads(f);
    const along = (...at) => tf.addN(first(at).map((gradient, i) => tf.sum(tf.mul(gradient, direction[i]))));
    const second = tf.grads(along)(inputs);
    const shifted = (steps) => inputs.map((input, i) => tf.add(input, tf.mul(direction[i], steps * STEP)));
    const [above, below] = [first(shifted(1)), first(shifted(-1))];
    second.forEach((derivative, i) => {
      const expected = tf.div(tf.sub(above[i], below[i]), 2 * STEP);
      const largest = tf.max(tf.abs(expected)).dataSync()[0];
      const error = tf.max(tf.abs(tf.sub(derivative, expected))).dataSync()[0];
      assert.ok(largest > 0, `nothing depends on input ${i}`);
      assert.ok(error <= TOLERANCE * largest, `input ${i}: the error is ${error}, the largest value ${largest}`);
    });
  });
}

const square = (y) => tf.sum(tf.square(y));

test('depthwise convolution has second derivatives', () => {
  for (const { strides = 1, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode } of [
    { pad: 'same' },
    { strides: [2, 1], pad: 'valid' },
    { dilations: [2, 1], pad: 'same' },
    { strides: 2, pad: 1, dimRoundingMode: 'ceil' },
    { pad: 'same', dataFormat: 'NCHW' },
  ]) {
    const xShape = dataFormat === 'NHWC' ? [2, 6, 5, 3] : [2, 3, 6, 5];
    const convolve = (x, filter) => tf.depthwiseConv2d(x, filter, strides, pad, dataFormat, dilations, dimRoundingMode);
    assertSecondDerivatives((x, filter) => square(convolve(x, filter)), [xShape, [3, 2, 3, 2]]);
  }
  tf.tidy(() => {
    // f(x) = Σ (x·w)³ has the second derivative 6·x·w³. tf.grad of tf.grad adds the rows of the Hessian, which is diagonal.
    const f = (x) => tf.sum(tf.pow(tf.depthwiseConv2d(x, tf.fill([1, 1, 2, 1], 2), 1, 'valid'), 3));
    const x = tf.tensor([1, -2, 3, 0.5], [1, 1, 2, 2]);
    assert.deepEqual([...tf.grad(tf.grad(f))(x).dataSync()], [48, -96, 144, 24]);
  });
});

test('dense convolution has second derivatives', () => {
  for (const { strides = 1, pad, dilations = 1, dimRoundingMode } of [
    { pad: 'same' },
    { strides: [2, 1], pad: 'valid' },
    { dilations: [1, 2], pad: 'valid' },
    { strides: 2, pad: 1, dimRoundingMode: 'floor' },
  ]) {
    const convolve = (x, filter) => tf.conv2d(x, filter, strides, pad, 'NHWC', dilations, dimRoundingMode);
    assertSecondDerivatives((x, filter) => square(convolve(x, filter)), [[2, 6, 5, 3], [3, 2, 3, 4]]); // prettier-ignore
  }
});

test('batch norm, mean, clipping and gather have second derivatives', () => {
  const norm = (x, scale, offset) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return square(tf.mul(tf.batchNorm(x, mean, variance, offset, scale, 0.1), x));
  };
  assertSecondDerivatives(norm, [[2, 4, 3, 5], [5], [5]]);
  assertSecondDerivatives((x) => tf.sum(tf.pow(tf.mean(tf.square(x), [1, 2]), 2)), [[2, 4, 3, 5]]);
  const clipped = (x) => {
    const cubes = tf.pow(tf.add(x, tf.tensor1d([0, 3])), 3); // one of each pair is within the limits
    const y = tf.clipByValue(cubes, -2, 8);
    return tf.add(square(y), tf.sum(tf.mul(tf.square(x), y))); // dy of the clipping depends on x too
  };
  assertSecondDerivatives(clipped, [[3, 4, 2]], { size: 0.9 });
  const indices = tf.tensor1d([0, 2, 2, 1], 'int32');
  assertSecondDerivatives((x) => square(tf.square(tf.gather(x, indices))), [[4, 3]]);
  indices.dispose();
});

test('a network of convolutions, batch norm, clipping and a mean has second derivatives', () => {
  // Not with tanh: tfjs computes its gradient from its output, and loses how that depends on the input.
  for (const activation of [tf.softplus, (y) => tf.clipByValue(y, -6, 6)]) {
    const network = (x, depthwise, scale, offset, pointwise) => {
      const y = tf.depthwiseConv2d(x, depthwise, 1, 'same');
      const { mean, variance } = tf.moments(y, [0, 1, 2]);
      const normed = tf.batchNorm(y, mean, variance, offset, scale, 0.1);
      return square(tf.mean(tf.conv2d(activation(normed), pointwise, 1, 'valid'), [1, 2]));
    };
    assertSecondDerivatives(network, [[2, 4, 4, 3], [3, 3, 3, 1], [3], [3], [1, 1, 3, 4]]); // prettier-ignore
  }
});

test('under a second tape a gradient without a gradient is left to tfjs', () => {
  const names = ['FusedBatchNormGrad', 'MeanGrad']; // the second one has a gradient
  const callsOf = (body) => {
    const counts = names.map((name) => calls[name]);
    tf.tidy(body);
    return names.map((name, i) => calls[name] - counts[i]);
  };
  const f = (x) => {
    const normed = tf.batchNorm(x, tf.zeros([3]), tf.ones([3]), tf.zeros([3]), tf.ones([3]));
    return square(tf.mean(normed, [1, 2]));
  };
  const x = tf.ones([1, 4, 5, 3]);
  assert.deepEqual(callsOf(() => tf.grad(f)(x)), [1, 1]); // prettier-ignore
  // The inner gradient runs under the outer tape. The outer one passes f once more, under no tape.
  assert.deepEqual(callsOf(() => tf.grad((input) => square(tf.grad(f)(input)))(x)), [1, 2]); // prettier-ignore
  x.dispose();
});
