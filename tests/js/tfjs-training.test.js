// Training in TensorFlow.js on its wasm backend with this package, against training on its cpu backend without: the same weights and the
// same data give the same losses, step by step.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { filterGradient, forward, geometryOf, inputGradient, sizeOf } from './support/oracle.js';
import { Random } from './support/random.js';
import { tf, useBackend } from './support/tfjs.js';
import { countCalls } from './support/count-calls.js';
import { networks, optimizers, train } from './support/tfjs-networks.js';

const STEPS = 5;

/**
 * Relative. The two sum in other orders, so a loss differs by its rounding: by at most 2.6e-7 of itself in 256 trainings (these networks
 * and optimizers with 8 seeds each). A step moves the loss by a thousand times as much.
 */
const LOSS_TOLERANCE = 2e-6;

/**
 * Of the way that a weight has gone in training, as the length of a vector: at most 2.6e-5 in the same trainings by SGD and momentum.
 * RMSProp and Adam divide by the size of the gradient, which makes all of a gradient that is nothing but rounding.
 */
const WEIGHT_TOLERANCE = 2e-4;

/** What tfjs's wasm backend itself makes of a max pooling in which nothing is positive: before ours takes its place. */
const theirPoolGradient = await poolGradientOf('wasm');

const { kernels } = await registerKernels(tf);
const calls = countCalls(tf, 'wasm', kernels);

const length = (values) => Math.hypot(...values);

for (const name of Object.keys(networks)) {
  describe(`training ${name}`, () => {
    for (const [optimizer, makeOptimizer] of Object.entries(optimizers)) {
      test(`by ${optimizer} gives the losses of cpu`, async () => {
        const cpu = await train('cpu', name, makeOptimizer, { steps: STEPS });
        const wasm = await train('wasm', name, makeOptimizer, { steps: STEPS });
        assertLosses(wasm.losses, cpu.losses);
        if (!['SGD', 'momentum'].includes(optimizer)) return;
        cpu.weights.forEach((weight, i) => {
          const off = length(weight.data.map((value, j) => value - wasm.weights[i].data[j]));
          const allowed = WEIGHT_TOLERANCE * length(weight.moved);
          assert.ok(allowed > 0, `${weight.name} has not moved`);
          assert.ok(off <= allowed, `${weight.name} is ${off} off after training, more than ${allowed}`);
        });
      });
    }
  });
}

describe('training two dilated depthwise convolutions', () => {
  // tfjs refuses their gradients, and its cpu kernels for them are wrong; so the other side is the oracle, in float64.
  const [xShape, filterShapes] = [
    [2, 12, 11, 3],
    [
      [3, 3, 3, 2],
      [3, 2, 6, 1],
    ],
  ];
  const first = { xShape, filterShape: filterShapes[0], dilations: [2, 3], pad: 'same' };
  const second = { xShape: geometryOf(first).yShape, filterShape: filterShapes[1], dilations: [3, 2], pad: 'valid' };
  const yShape = geometryOf(second).yShape;

  /** Each takes a gradient and gives what is subtracted from the weight; as tfjs defines them. */
  const references = {
    SGD: () => (gradient) => 1e-2 * gradient,
    momentum: () => {
      let velocity = 0;
      return (gradient) => 1e-2 * (velocity = 0.9 * velocity + gradient);
    },
    RMSProp: () => {
      let square = 0;
      return (gradient) => {
        square = 0.9 * square + 0.1 * gradient ** 2;
        return (1e-3 * gradient) / Math.sqrt(square + 1e-7);
      };
    },
    Adam: () => {
      let [mean, square, step] = [0, 0, 0];
      return (gradient) => {
        mean = 0.9 * mean + 0.1 * gradient;
        square = 0.999 * square + 0.001 * gradient ** 2;
        ++step;
        return (1e-3 * (mean / (1 - 0.9 ** step))) / (Math.sqrt(square / (1 - 0.999 ** step)) + 1e-7);
      };
    },
  };

  for (const [optimizer, makeOptimizer] of Object.entries(optimizers)) {
    test(`by ${optimizer} gives the losses of the oracle`, async () => {
      const random = new Random('dilated');
      const [x, target, ...filters] = [xShape, yShape, ...filterShapes].map((shape) => random.fractions(sizeOf(shape)));
      assertLosses(
        await lossesInTfjs(makeOptimizer(tf), x, target, filters),
        lossesOfOracle(references[optimizer], x, target, filters),
      );
    });
  }

  async function lossesInTfjs(optimizer, xData, targetData, filterData) {
    await useBackend('wasm');
    const [x, target] = [tf.tensor(xData, xShape), tf.tensor(targetData, yShape)];
    const filters = filterData.map((data, i) => tf.variable(tf.tensor(data, filterShapes[i])));
    const layer = (input, i) =>
      tf.depthwiseConv2d(input, filters[i], 1, [first, second][i].pad, 'NHWC', [first, second][i].dilations);
    const loss = () => tf.mean(tf.square(tf.sub(layer(layer(x, 0), 1), target)));
    const losses = Array.from({ length: STEPS }, () => optimizer.minimize(loss, true, filters).dataSync()[0]);
    tf.disposeVariables();
    return losses;
  }

  function lossesOfOracle(makeUpdate, x, target, filterData) {
    const filters = filterData.map((data) => Float64Array.from(data));
    const updates = filters.map((filter) => Array.from(filter, makeUpdate));
    return Array.from({ length: STEPS }, () => {
      const hidden = forward(first, x, filters[0]).values;
      const y = forward(second, hidden, filters[1]).values;
      const difference = y.map((value, i) => value - target[i]);
      const dy = difference.map((value) => (2 * value) / y.length);
      const gradients = [
        filterGradient(first, x, inputGradient(second, dy, filters[1]).values).values,
        filterGradient(second, hidden, dy).values,
      ];
      filters.forEach((filter, i) => {
        filter.forEach((value, j) => (filter[j] = value - updates[i][j](gradients[i][j])));
      });
      return difference.reduce((sum, value) => sum + value ** 2, 0) / y.length;
    });
  }
});

test('training that goes from one backend to the other and back gives the same losses', async () => {
  const name = 'max pooling of what batch norm gives';
  const cpu = await train('cpu', name, optimizers.Adam, { steps: STEPS });
  const both = await train('wasm', name, optimizers.Adam, {
    steps: STEPS,
    afterStep: (step) => useBackend(step % 2 ? 'wasm' : 'cpu'),
  });
  assertLosses(both.losses, cpu.losses);
});

test('max pooling passes a gradient on where no value is positive, which that of tfjs does not', async () => {
  const cpu = await poolGradientOf('cpu');
  assert.deepEqual(await poolGradientOf('wasm'), cpu);
  assert.deepEqual(cpu, [1, 0, 0, 2, 0, 0, 0, 0]); // each dy at the largest of its window
  assert.deepEqual(theirPoolGradient, [1, 0, 0, 0, 0, 0, 0, 0]);
});

test('a loss that takes the mean over height and width goes through our gradient of the mean', async () => {
  await useBackend('wasm');
  const before = calls.MeanGrad;
  const random = new Random('mean');
  const shape = [3, 8, 9, 5];
  tf.tidy(() => {
    const x = tf.tensor(random.fractions(sizeOf(shape)), shape);
    const gradient = tf.grad((input) => tf.sum(tf.square(tf.mean(input, [1, 2]))))(x);
    const means = tf.mean(x, [1, 2]).arraySync();
    gradient.arraySync().forEach((image, n) => {
      const expected = means[n].map((mean) => (2 * mean) / (shape[1] * shape[2]));
      for (const pixel of image.flat()) {
        pixel.forEach((value, c) => assert.ok(Math.abs(value - expected[c]) <= 1e-6 * Math.abs(expected[c])));
      }
    });
  });
  assert.equal(calls.MeanGrad, before + 1);
});

test('all of that has called every kernel that has a part in training', () => {
  // Under a gradient, tfjs takes fused convolutions apart.
  const uncalled = kernels.filter((name) => calls[name] === 0 && name !== 'FusedDepthwiseConv2D');
  assert.deepEqual(uncalled, []);
});

function assertLosses(losses, expected) {
  assert.equal(losses.length, STEPS);
  losses.forEach((loss, step) => {
    const off = Math.abs(loss - expected[step]) / Math.abs(expected[step]);
    assert.ok(off <= LOSS_TOLERANCE, `the loss before step ${step + 1} is ${loss}, not ${expected[step]}: ${off} off`);
  });
  const moved = Math.abs(expected[STEPS - 1] - expected[0]) / Math.abs(expected[0]);
  assert.ok(moved > 500 * LOSS_TOLERANCE, `training has hardly moved the loss: by ${moved} of it`);
}

/** Of two windows, in the second of which nothing is positive. */
async function poolGradientOf(backend) {
  await useBackend(backend);
  return tf.tidy(() => {
    const x = tf.tensor([0.5, 0, -3, -1, -2, -5, -4, -2], [1, 2, 4, 1]);
    const dy = tf.tensor([1, 2], [1, 1, 2, 1]);
    return Array.from(
      tf
        .grad((input) => tf.maxPool(input, 2, 2, 'valid'))(x, dy)
        .dataSync(),
    );
  });
}
