// Gradients of gradients in TensorFlow.js on its wasm backend with this package, as for penalties on gradients: against finite differences
// of the first ones.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { sizeOf } from './support/oracle.js';
import { Random } from './support/random.js';
import { tf, useBackend } from './support/tfjs.js';
import { countCalls } from './support/count-calls.js';

const { kernels } = await registerKernels(tf);
const calls = countCalls(tf, 'wasm', kernels);

/**
 * A step of the finite differences. These functions bend little, so what is cut off is about STEP² of a value, 6e-5; and the rounding of
 * float32 divided by 2·STEP is 4e-6.
 */
const STEP = 2 ** -7;

/** Of the largest value of a derivative; the largest difference is 3.9e-4. */
const TOLERANCE = 1e-3;

before(() => useBackend('wasm'));

/**
 * That the gradients of `f`'s gradients are right with respect to all inputs: the Hessian of f times a direction, by tfjs and by
 * differences along the direction.
 *
 * @param {(...inputs: any[]) => any} f gives a scalar
 * @param {number[][]} shapes of the inputs
 * @param {{ seed?: string, size?: number }} options
 */
function assertSecondDerivatives(f, shapes, { seed = 'second derivatives', size = 1 } = {}) {
  const random = new Random(seed);
  const draw = (shape) => tf.mul(tf.tensor(random.fractions(sizeOf(shape)), shape), size);
  tf.tidy(() => {
    const inputs = shapes.map(draw);
    const direction = shapes.map(draw);
    const first = tf.grads(f);
    const along = (...at) => tf.addN(first(at).map((gradient, i) => tf.sum(tf.mul(gradient, direction[i]))));
    const second = tf.grads(along)(inputs);
    const shifted = (steps) => inputs.map((input, i) => tf.add(input, tf.mul(direction[i], steps * STEP)));
    const [above, below] = [first(shifted(1)), first(shifted(-1))];
    second.forEach((derivative, i) => {
      const expected = tf.div(tf.sub(above[i], below[i]), 2 * STEP);
      const largest = tf.max(tf.abs(expected)).dataSync()[0];
      const off = tf.max(tf.abs(tf.sub(derivative, expected))).dataSync()[0];
      assert.ok(largest > 0, `nothing depends on input ${i}`);
      assert.ok(off <= TOLERANCE * largest, `input ${i}: off by ${off}, of at most ${largest}`);
    });
  });
}

/** Ours has no gradient, so under a second tape tfjs's runs; and that one's has none either: "gradient function not found for LogicalAnd". */

const square = (y) => tf.sum(tf.square(y));

const DEPTHWISE = [
  { strides: 1, pad: 'same' },
  { strides: [2, 1], pad: 'valid' },
  { strides: 1, dilations: [2, 1], pad: 'same' },
  { strides: 1, dilations: 2, pad: 'valid' },
  { strides: 2, pad: 1, dimRoundingMode: 'ceil' },
  { strides: 1, pad: 'same', dataFormat: 'NCHW' },
];

describe('the gradient of the gradient of a depthwise convolution', () => {
  for (const { strides, pad, dataFormat = 'NHWC', dilations = 1, dimRoundingMode } of DEPTHWISE) {
    const name = JSON.stringify({ strides, pad, dataFormat, dilations, dimRoundingMode });
    test(`with ${name}`, () => {
      const xShape = dataFormat === 'NHWC' ? [2, 6, 5, 3] : [2, 3, 6, 5];
      const convolve = (x, filter) =>
        tf.depthwiseConv2d(x, filter, strides, pad, dataFormat, dilations, dimRoundingMode);
      assertSecondDerivatives((x, filter) => square(convolve(x, filter)), [[...xShape], [3, 2, 3, 2]]);
    });
  }

  test('by tf.grad of tf.grad', () => {
    tf.tidy(() => {
      // f(x) = Σ (x·w)³, whose second derivative is 6·x·w³; the gradient of the gradient adds up a row of the Hessian, which is diagonal.
      const f = (x) => tf.sum(tf.pow(tf.depthwiseConv2d(x, tf.fill([1, 1, 2, 1], 2), 1, 'valid'), 3));
      const x = tf.tensor([1, -2, 3, 0.5], [1, 1, 2, 2]);
      assert.deepEqual([...tf.grad(tf.grad(f))(x).dataSync()], [48, -96, 144, 24]);
    });
  });
});

const DENSE = [
  { strides: 1, pad: 'same' },
  { strides: [2, 1], pad: 'valid' },
  { strides: 1, dilations: 2, pad: 'same' },
  { strides: 1, dilations: [1, 2], pad: 'valid' },
  { strides: 2, pad: 1, dimRoundingMode: 'floor' },
];

describe('the gradient of the gradient of a dense convolution', () => {
  for (const { strides, pad, dilations = 1, dimRoundingMode } of DENSE) {
    test(`with ${JSON.stringify({ strides, pad, dilations, dimRoundingMode })}`, () => {
      assertSecondDerivatives(
        (x, filter) => square(tf.conv2d(x, filter, strides, pad, 'NHWC', dilations, dimRoundingMode)),
        [
          [2, 6, 5, 3],
          [3, 2, 3, 4],
        ],
      );
    });
  }
});

describe('the gradient of the gradient of', () => {
  test('batch norm in training', () => {
    assertSecondDerivatives(
      (x, scale, offset) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        return square(tf.mul(tf.batchNorm(x, mean, variance, offset, scale, 0.1), x));
      },
      [[2, 4, 3, 5], [5], [5]],
    );
  });

  test('a mean over height and width', () => {
    assertSecondDerivatives((x) => tf.sum(tf.pow(tf.mean(tf.square(x), [1, 2]), 2)), [[2, 4, 3, 5]]);
  });

  test('what is clipped, away from the limits', () => {
    assertSecondDerivatives(
      (x) => {
        const cubes = tf.pow(tf.add(x, tf.tensor1d([0, 3])), 3); // of each pair one within the limits
        const clipped = tf.clipByValue(cubes, -2, 8);
        return tf.add(square(clipped), tf.sum(tf.mul(tf.square(x), clipped))); // dy of clipping depends on x by itself, too
      },
      [[3, 4, 2]],
      { size: 0.9 },
    );
  });

  test('a gather', () => {
    const indices = tf.tensor1d([0, 2, 2, 1], 'int32');
    assertSecondDerivatives((x) => square(tf.square(tf.gather(x, indices))), [[4, 3]]);
    indices.dispose();
  });

  /** `activation` is given the normalized values. */
  const network = (activation) => (x, depthwise, scale, offset, pointwise) => {
    const y = tf.depthwiseConv2d(x, depthwise, 1, 'same');
    const { mean, variance } = tf.moments(y, [0, 1, 2]);
    const normed = tf.batchNorm(y, mean, variance, offset, scale, 0.1);
    return square(tf.mean(tf.conv2d(activation(normed), pointwise, 1, 'valid'), [1, 2]));
  };
  const networkShapes = [[2, 4, 4, 3], [3, 3, 3, 1], [3], [3], [1, 1, 3, 4]];

  test('a network of convolutions, batch norm and a mean', () => {
    // Not tanh or another whose gradient tfjs makes of its output: it loses how that depends on the input.
    assertSecondDerivatives(network(tf.softplus), networkShapes);
  });

  test('the same with its values clipped', () => {
    assertSecondDerivatives(
      network((y) => tf.clipByValue(y, -6, 6)),
      networkShapes,
    );
  });
});

test('under one tape the gradients are ours, under two those of tfjs where ours have no gradient themselves', () => {
  const names = ['FusedBatchNormGrad', 'MeanGrad']; // the first has no gradient itself, the second has
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
  assert.deepEqual(
    callsOf(() => tf.grad(f)(x)),
    [1, 1],
  );
  // The inner gradient is made under the outer tape: of batch norm by tfjs's functions. The outer goes through f once more, under none.
  assert.deepEqual(
    callsOf(() => tf.grad((input) => square(tf.grad(f)(input)))(x)),
    [1, 2],
  );
  x.dispose();
});
