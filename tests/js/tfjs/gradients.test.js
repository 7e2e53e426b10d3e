// The gradients of our gradients, on tfjs's wasm backend, against finite differences of the first gradients.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
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

/**
 * Asserts that the gradients of `f` times a direction, by tfjs, agree with the differences of f.
 *
 * @param {(...inputs: any[]) => any} f returns a scalar
 * @param {any[]} inputs
 */
function assertFirstDerivatives(f, inputs, what) {
  const gradients = tf.grads(f)(inputs);
  inputs.forEach((input, i) => {
    const direction = tf.randomUniform(input.shape, -1, 1, 'float32', i);
    const at = (steps) =>
      f(...inputs.map((each, j) => (j === i ? tf.add(each, tf.mul(direction, steps * STEP)) : each)));
    const expected = tf.div(tf.sub(at(1), at(-1)), 2 * STEP).dataSync()[0];
    const derivative = tf.sum(tf.mul(gradients[i], direction)).dataSync()[0];
    const scale = tf.sum(tf.abs(tf.mul(gradients[i], direction))).dataSync()[0];
    assert.ok(
      Math.abs(derivative - expected) <= TOLERANCE * scale,
      `${what}, input ${i}: ${derivative}, not ${expected}`,
    );
  });
}

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

test('batch norm has both derivatives with every shape of its parameters', () => {
  const x = [2, 3, 4, 5];
  const cases = [
    { x, mean: [5] },
    { x, mean: [5], scale: [5] },
    { x, mean: [5], offset: [5] },
    { x, mean: [1, 3, 1, 1], scale: [1, 3, 1, 1], offset: [1, 3, 1, 1] },
    { x, mean: [4, 1] },
    { x, mean: x, scale: x },
    { x, mean: [1], scale: [1], offset: [1] },
    { x, mean: [5], variance: [1], scale: [5], offset: [1] }, // different shapes
    { x, mean: [2, 1, 1, 5], scale: [1, 3, 1, 1] }, // axes that are not adjacent
    { x: [6, 5], mean: [5] },
    { x: [6, 5], mean: [6, 1], offset: [6, 1] },
    { x: [2, 3, 2, 2, 5], mean: [5], scale: [5] },
    { x: [2, 3, 2, 2, 5], mean: [1, 3, 1, 1, 1] },
  ];
  for (const { x: xShape, mean, variance = mean, scale, offset } of cases) {
    const shapes = [xShape, mean, variance, scale, offset].filter(Boolean);
    const f = (x, mean, root, ...others) => {
      const scaleOf = scale && others[0];
      const offsetOf = offset && others[others.length - 1];
      return square(tf.batchNorm(x, mean, tf.add(tf.square(root), 1.5), offsetOf, scaleOf, 0.1));
    };
    const what = JSON.stringify(shapes);
    tf.tidy(() => {
      const inputs = shapes.map((shape, i) => tf.randomUniform(shape, -1, 1, 'float32', `${what}${i}`));
      const plain = (x, mean, root, ...others) => {
        const r = tf.rsqrt(tf.add(tf.add(tf.square(root), 1.5), 0.1));
        let y = tf.mul(tf.sub(x, mean), scale ? tf.mul(r, others[0]) : r);
        if (offset) y = tf.add(y, others[others.length - 1]);
        return square(y);
      };
      const [got, expected] = [f, plain].map((each) => each(...inputs).dataSync()[0]);
      assert.ok(Math.abs(got - expected) <= 1e-4 * expected, `${what}: ${got}, not ${expected}`);
      assertFirstDerivatives(f, inputs, what);
    });
    assertSecondDerivatives(f, shapes, { seed: what });
  }
});

/** Activations and what they are composed of. Inputs are not at kinks. */
const activations = {
  relu: tf.relu,
  relu6: (x) => tf.relu6(tf.mul(x, 8)),
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  prelu: (x) => tf.prelu(x, tf.scalar(0.3)),
  elu: tf.elu,
  selu: tf.selu,
  sigmoid: tf.sigmoid,
  softplus: tf.softplus,
  tanh: tf.tanh,
  erf: tf.erf,
  gelu: (x) => tf.mul(x, tf.add(1, tf.erf(x))),
  'power of 3': (x) => tf.pow(x, 3),
  'power of -2': (x) => tf.pow(x, -2),
  tile: (x) => tf.slice(tf.mul(tf.tile(tf.square(x), [3]), tf.linspace(0, 1, 24)), 8, 8),
  softmax: tf.softmax,
  swish: (x) => tf.mul(x, tf.sigmoid(x)),
  'hard sigmoid': (x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1),
  exp: tf.exp,
  log: (x) => tf.log(tf.abs(x)),
  sqrt: (x) => tf.add(tf.sqrt(tf.abs(x)), 1),
  power: (x) => tf.pow(tf.abs(x), tf.abs(x)),
  abs: tf.abs,
  max: (x) => tf.max(x, 0),
  min: (x) => tf.min(x, 0),
  maximum: (x) => tf.maximum(x, 0.1),
  minimum: (x) => tf.minimum(x, tf.square(x)),
  'log of the sum of exponentials': (x) => tf.logSumExp(x, 0),
  'a choice by a comparison': (x) => tf.where(tf.greater(x, 0), tf.square(x), tf.exp(x)),
};

for (const [name, f] of Object.entries(activations)) {
  test(`${name} has a second derivative`, () => {
    const values = [-0.85, -0.61, -0.34, -0.12, 0.15, 0.37, 0.64, 0.88];
    tf.tidy(() => {
      const [x, direction] = [tf.tensor1d(values), tf.tensor1d([1, -0.5, 0.7, -1, 0.4, 0.9, -0.8, 0.6])];
      const weighted = (x) => square(tf.mul(f(x), tf.linspace(1, 2, 8)));
      const first = tf.grad(weighted);
      const second = tf
        .grad((x) => tf.sum(tf.mul(first(x), direction)))(x)
        .dataSync();
      const at = (steps) => first(tf.add(x, tf.mul(direction, steps * 2 ** -9)));
      const expected = tf.mul(tf.sub(at(1), at(-1)), 2 ** 8).dataSync();
      const largest = Math.max(...expected.map(Math.abs));
      assert.ok(largest > 0);
      second.forEach((value, i) => {
        assert.ok(Math.abs(value - expected[i]) <= 2e-3 * largest, `at ${values[i]}: ${value}, not ${expected[i]}`);
      });
    });
  });
}

test('the second derivative of a prelu depends on x and on the slopes', () => {
  assertSecondDerivatives((x, alpha) => square(tf.prelu(tf.add(tf.square(x), -2), alpha)), [[2, 3, 4], [4]]);
});

test('leakyRelu has the second derivative of its definition', () => {
  tf.tidy(() => {
    const f = (x) => square(tf.leakyRelu(x));
    const [above, below] = tf
      .grad((x) => tf.sum(tf.grad(f)(x)))(tf.tensor1d([1, -1]))
      .dataSync();
    assert.equal(above, 2);
    assert.ok(Math.abs(below - 0.08) < 1e-7);
  });
});

test('tile has both derivatives for ranks up to 6', () => {
  for (const [shape, reps] of [
    [[5], [4]],
    [
      [3, 2],
      [2, 3],
    ],
    [
      [2, 3, 1, 2],
      [1, 2, 5, 1],
    ],
    [
      [1, 1, 1, 4],
      [2, 3, 3, 1],
    ],
    [
      [2, 1, 2, 1, 2, 1],
      [2, 3, 1, 2, 2, 2],
    ],
  ]) {
    const weights = tf.randomUniform(shape.map((size, i) => size * reps[i]), -1, 1, 'float32', 5); // prettier-ignore
    const f = (x) => square(tf.mul(tf.tile(tf.square(x), reps), weights));
    tf.tidy(() => assertFirstDerivatives(f, [tf.randomUniform(shape, -1, 1, 'float32', 1)], `[${shape}], [${reps}]`));
    assertSecondDerivatives(f, [shape], { seed: `${shape}` });
    weights.dispose();
  }
});

test('the layer normalization of tfjs-layers has both derivatives', () => {
  const layer = tfl.layers.layerNormalization({ epsilon: 0.1 });
  layer.build([2, 3, 4, 5]);
  const f = (x) => square(tf.mul(layer.apply(x), tf.square(x)));
  tf.tidy(() => assertFirstDerivatives(f, [tf.randomUniform([2, 3, 4, 5], -1, 1, 'float32', 3)], 'x'));
  assertSecondDerivatives(f, [[2, 3, 4, 5]], { seed: 'layer normalization' });
  layer.weights.forEach((weight) => weight.dispose());
});

test('poolings have derivatives of every order', () => {
  for (const { filterSize = 2, strides = 2, pad, dimRoundingMode } of [
    { pad: 'same' },
    { filterSize: 3, pad: 'same' },
    { filterSize: [3, 2], strides: [1, 2], pad: 'valid' },
    { filterSize: 3, strides: 3, pad: 1, dimRoundingMode: 'ceil' },
  ]) {
    for (const pool of [tf.maxPool, tf.avgPool]) {
      // The values of a window differ by 1/21 or more, so the maxima do not move within a step.
      const levels = Array.from({ length: 252 }, (_, i) => (((5 * i) % 63) - 31) / 21);
      const far = tf.tensor(levels, [2, 7, 6, 3]);
      const f = (x) => tf.sum(tf.pow(pool(tf.add(x, far), filterSize, strides, pad, dimRoundingMode), 3));
      assertSecondDerivatives(f, [[2, 7, 6, 3]], { seed: pool.name, size: 0.02 });
      far.dispose();
    }
  }
  tf.tidy(() => {
    // Σ (mean of two)²: the second derivative is 2·(1/2)² for each pair. Σ max³ has 6·max, and 6 as the third derivative.
    const x = tf.tensor([1, 3, 5, 2], [1, 1, 4, 1]);
    const means = (x) => tf.sum(tf.square(tf.avgPool(x, [1, 2], [1, 2], 'valid')));
    assert.deepEqual(
      [
        ...tf
          .grad((x) => tf.sum(tf.grad(means)(x)))(x)
          .dataSync(),
      ],
      [1, 1, 1, 1],
    );
    const maxima = (x) => tf.sum(tf.pow(tf.maxPool(x, [1, 2], [1, 2], 'valid'), 3));
    const second = (x) => tf.sum(tf.grad((x) => tf.sum(tf.grad(maxima)(x)))(x));
    assert.equal(second(x).dataSync()[0], 6 * (3 + 5));
    assert.deepEqual([...tf.grad(second)(x).dataSync()], [0, 6, 6, 0]);
  });
});

test('resized images have both derivatives, for every grid and for batches', () => {
  for (const resize of [tf.image.resizeNearestNeighbor, tf.image.resizeBilinear]) {
    for (const [alignCorners, halfPixelCenters] of [
      [false, false],
      [true, false],
      [false, true],
    ]) {
      for (const size of [
        [7, 5],
        [3, 9],
        [8, 8],
      ]) {
        // prettier-ignore
        const f = (x) => square(resize(tf.square(x), size, alignCorners, halfPixelCenters));
        const what = `${resize.name} to ${size}, ${alignCorners}, ${halfPixelCenters}`;
        tf.tidy(() => assertFirstDerivatives(f, [tf.randomUniform([2, 4, 4, 3], -1, 1, 'float32', 1)], what));
        assertSecondDerivatives(f, [[2, 4, 4, 3]], { seed: what });
      }
    }
  }
});

test('the gradient of a resized image is the adjoint of the kernel of tfjs, for any sizes', () => {
  // Σ dy·resize(x) = Σ x·dx. x and dy are integers, so the sums of nearest neighbors are exact.
  const random = new Random('resize');
  for (let round = 0; round < 300; ++round) {
    const [from, to] = [random.within(1, 50), random.within(1, 70)];
    const [alignCorners, halfPixelCenters] = [[false, false], [true, false], [false, true]][round % 3]; // prettier-ignore
    tf.tidy(() => {
      const [x, dy] = [
        tf.tensor(random.integers(from), [1, 1, from, 1]),
        tf.tensor(random.integers(to), [1, 1, to, 1]),
      ];
      for (const resize of [tf.image.resizeNearestNeighbor, tf.image.resizeBilinear]) {
        const f = (x) => resize(x, [1, to], alignCorners, halfPixelCenters);
        const [forward, backward] = [tf.mul(dy, f(x)), tf.mul(x, tf.grad(f)(x, dy))].map((all) => tf.sum(all));
        const allowed = resize === tf.image.resizeBilinear ? 2e-4 * to * from : 0;
        const error = Math.abs(tf.sub(forward, backward).dataSync()[0]);
        assert.ok(
          error <= allowed,
          `${resize.name} from ${from} to ${to}, ${alignCorners}, ${halfPixelCenters}: ${error}`,
        );
      }
    });
  }
});

test('matrix products have both derivatives, transposed and in batches that broadcast', () => {
  const transposed = (shape, is) => (is ? [...shape.slice(0, -2), shape.at(-1), shape.at(-2)] : shape);
  const draw = (shape) => tf.randomUniform(shape, -1, 1, 'float32', 1);
  for (const [a, b] of [
    [
      [3, 5],
      [5, 4],
    ],
    [
      [2, 3, 5],
      [5, 4],
    ],
    [
      [2, 1, 3, 2],
      [4, 2, 3],
    ],
    [
      [1, 3],
      [2, 3, 1],
    ],
  ]) {
    for (const which of [0, 1, 2, 3]) {
      const [transposeA, transposeB] = [which % 2 === 1, which >= 2];
      const shapes = [transposed(a, transposeA), transposed(b, transposeB)];
      const f = (a, b) => square(tf.matMul(a, b, transposeA, transposeB));
      tf.tidy(() => assertFirstDerivatives(f, shapes.map(draw), shapes.join(' · ')));
      assertSecondDerivatives(f, shapes);
    }
  }
});

test('fused matrix products have both derivatives', () => {
  for (const which of [0, 1, 2, 3]) {
    const [transposeA, transposeB] = [which % 2 === 1, which >= 2];
    const f = (a, b, bias) => square(tf.fused.matMul({ a, b, bias, transposeA, transposeB }));
    const shapes = [transposeA ? [5, 3] : [3, 5], transposeB ? [4, 5] : [5, 4], [4]];
    const inputs = () => shapes.map((shape) => tf.randomUniform(shape, -1, 1, 'float32', 1));
    tf.tidy(() => assertFirstDerivatives(f, inputs(), shapes.join(' · ')));
    assertSecondDerivatives(f, shapes);
  }
});

/** Returns a critic with seeded weights, and its loss with a gradient penalty as a function of nothing. */
function makeCritic(activation) {
  const { layers } = tfl;
  const convolve = (others) => layers.conv2d({ filters: 6, kernelSize: 3, strides: 2, padding: 'same', ...others });
  const stack = [convolve({ inputShape: [8, 8, 2] }), activation(), convolve({}), activation(), layers.flatten()];
  const critic = tfl.sequential({ layers: [...stack, layers.dense({ units: 1 })] });
  const random = new Random('critic');
  tf.tidy(() => {
    const draw = ({ shape }) => tf.mul(tf.tensor(random.fractions(sizeOf(shape)), shape), 0.4);
    critic.setWeights(critic.weights.map(draw));
  });
  const [real, fake] = [0, 1].map(() => tf.tensor(random.fractions(256), [2, 8, 8, 2]));
  const score = (x) => critic.apply(x);
  const lossOf = () => {
    const gradient = tf.grad((x) => tf.sum(score(x)))(tf.div(tf.add(real, fake), 2));
    const norm = tf.sqrt(tf.sum(tf.square(gradient), [1, 2, 3]));
    const penalty = tf.mean(tf.square(tf.sub(norm, 1)));
    return tf.add(tf.sub(tf.mean(score(fake)), tf.mean(score(real))), tf.mul(10, penalty));
  };
  return { critic, lossOf, dispose: () => tf.dispose([critic, real, fake]) };
}

test('the loss of a critic with gradient penalty has the gradients of its differences', () => {
  // With tanh: with leakyRelu the penalty jumps, and has no differences.
  const { critic, lossOf, dispose } = makeCritic(() => tfl.layers.activation({ activation: 'tanh' }));
  tf.tidy(() => {
    const { grads } = tf.variableGrads(lossOf);
    for (const { val: variable } of critic.trainableWeights) {
      const gradient = grads[variable.name];
      const length = tf.norm(gradient).dataSync()[0];
      const start = tf.clone(variable);
      const lossAt = (step) => {
        variable.assign(tf.add(start, tf.mul(gradient, step / (length || 1))));
        return lossOf().dataSync()[0];
      };
      const expected = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
      variable.assign(start);
      assert.ok(Math.abs(length - expected) <= 3e-3 * length + 1e-5, `${variable.name}: ${length}, not ${expected}`);
    }
  });
  dispose();
});

test('a WGAN-GP critic of convolutions and leakyRelu trains', () => {
  const { lossOf, dispose } = makeCritic(() => tfl.layers.leakyReLU({ alpha: 0.2 }));
  const optimizer = tf.train.adam(0.01);
  const losses = Array.from({ length: 15 }, () => tf.tidy(() => optimizer.minimize(lossOf, true).dataSync()[0]));
  assert.ok(losses.at(-1) < losses[0] / 2, `the loss went from ${losses[0]} to ${losses.at(-1)}`);
  optimizer.dispose();
  dispose();
});

test('a network of convolutions, batch norm, clipping and a mean has second derivatives', () => {
  for (const activation of [tf.softplus, tf.tanh, (y) => tf.clipByValue(y, -6, 6)]) {
    const network = (x, depthwise, scale, offset, pointwise) => {
      const y = tf.depthwiseConv2d(x, depthwise, 1, 'same');
      const { mean, variance } = tf.moments(y, [0, 1, 2]);
      const normed = tf.batchNorm(y, mean, variance, offset, scale, 0.1);
      return square(tf.mean(tf.conv2d(activation(normed), pointwise, 1, 'valid'), [1, 2]));
    };
    assertSecondDerivatives(network, [[2, 4, 4, 3], [3, 3, 3, 1], [3], [3], [1, 1, 3, 4]]); // prettier-ignore
  }
});

test('under a second tape, batch norm is differentiated by kernels that have gradients', () => {
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

test('a fused convolution with a bias of any shape has the gradients of a convolution and an addition', () => {
  const random = new Random('fused');
  const draw = (shape) => tf.tensor(random.fractions(sizeOf(shape)), shape);
  const filter = draw([2, 2, 2, 3]);
  const cases = [
    ...[[3], [1], [], [1, 1, 1, 3], [2, 3, 1, 1]].map((shape) => ['NHWC', shape, shape]), // prettier-ignore
    ['NCHW', [3], [3, 1, 1]],
    ['NCHW', [1], [1, 1, 1]],
    ['NCHW', [3, 1, 1], [3, 1, 1]],
    ['NCHW', [2, 1, 3, 3], [2, 1, 3, 3]],
  ];
  for (const [dataFormat, shape, broadcast] of cases) {
    tf.tidy(() => {
      const x = draw(dataFormat === 'NHWC' ? [2, 3, 3, 2] : [2, 2, 3, 3]);
      const bias = draw(shape);
      const weights = draw([2, 3, 3, 3]);
      const attrs = { strides: [1, 1], pad: 'same', dataFormat, dilations: [1, 1], activation: 'linear' };
      const lossOf = (y) => tf.sum(tf.mul(y, weights));
      const fused = (x, filter, bias) => lossOf(tf.engine().runKernel('FusedConv2D', { x, filter, bias }, attrs));
      const composed = (x, filter, bias) =>
        lossOf(tf.add(tf.conv2d(x, filter, 1, 'same', dataFormat), tf.reshape(bias, broadcast)));
      const [got, expected] = [fused, composed].map((f) => tf.grads(f)([x, filter, bias]));
      expected.forEach((gradient, i) => {
        assert.deepEqual(got[i].shape, gradient.shape);
        const error = tf.max(tf.abs(tf.sub(got[i], gradient))).dataSync()[0];
        assert.ok(error <= 1e-5, `input ${i}, ${dataFormat}, bias [${shape}]: the error is ${error}`);
      });
    });
  }
  const relu = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1, activation: 'relu' };
  const f = (x) => tf.engine().runKernel('FusedConv2D', { x, filter }, relu);
  tf.tidy(() => assert.throws(() => tf.grad(f)(draw([1, 3, 3, 2])), /activation must be 'linear' for a gradient, got 'relu'/)); // prettier-ignore
  filter.dispose();
});
