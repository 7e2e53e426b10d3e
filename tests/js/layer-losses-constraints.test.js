// What a layer does with its weights besides convolving: what they begin with, what they cost and where they must stay.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertClose, assertExact, assertSameBits } from './support/compare.js';
import { combine } from './support/grids.js';
import { sizeOf } from './support/oracle.js';
import { Random } from './support/random.js';
import { plain, randomTensor, tf, tfl, toTfjs, withBoth } from './support/tfjs-layers.js';

const dw = await load();

describe('losses', () => {
  const regularizers = [
    null,
    'l1l2',
    { className: 'L1L2', config: { l1: 0.3, l2: 0 } },
    { className: 'L1L2', config: { l1: 0, l2: 0.7 } },
    { className: 'L1L2', config: { l1: 0.2 } },
    { className: 'L1L2', config: { l1: 0, l2: 0 } },
  ];

  function assertLosses(got, expected, what) {
    assert.equal(got.length, expected.length, what);
    got.forEach((loss, i) => {
      assert.ok(Math.abs(loss - expected[i]) <= 1e-6 * expected[i], `${what}: ${loss}, not ${expected[i]}`);
    });
  }

  test('are those of tfjs, that of the kernel first', () => {
    for (const config of combine({
      depthwiseRegularizer: regularizers,
      biasRegularizer: regularizers,
      useBias: [true, false],
    })) {
      withBoth(dw, { kernelSize: [2, 3], depthMultiplier: 2, ...config }, [1, 4, 4, 3], ({ ours, theirs }) => {
        const expected = theirs.calculateLosses().map((loss) => loss.dataSync()[0]);
        assertLosses(ours.losses(), expected, JSON.stringify(config));
      });
    }
  });

  test('are those of the weights as they are, trainable or not', () => {
    for (const trainable of [true, false]) {
      const config = { kernelSize: 3, depthwiseRegularizer: 'l1l2', biasRegularizer: 'l1l2', trainable };
      withBoth(dw, config, [1, 4, 4, 2], ({ ours, theirs, weights }) => {
        const tripled = weights.map(({ data, shape }) => ({ data: data.map((value) => 3 * value), shape }));
        for (const given of [tripled, weights]) {
          ours.setWeights(given);
          theirs.setWeights(given.map(toTfjs));
          const expected = theirs.calculateLosses().map((loss) => loss.dataSync()[0]);
          assert.equal(expected.length, 2);
          assertLosses(ours.losses(), expected, `trainable: ${trainable}`);
        }
      });
    }
  });

  test('end with that of the last output, divided by its batch', () => {
    const config = { kernelSize: 2, activation: 'relu', activityRegularizer: regularizers[4], biasRegularizer: 'l1l2' };
    withBoth(dw, config, [4, 5, 5, 3], ({ ours, theirs, x }) => {
      const [ofBias] = theirs.calculateLosses().map((loss) => loss.dataSync()[0]);
      assertLosses(ours.losses(), [ofBias], 'before the first call');
      const regularizer = tfl.regularizers.l1l2({ l1: 0.2 });
      const half = { data: x.data.subarray(0, x.data.length / 2), shape: [2, 5, 5, 3] };
      for (const [input, options] of [
        [x, { training: true }],
        [half, {}],
        [x, {}],
      ]) {
        const y = ours.call(input, options);
        const ofOutput = regularizer.apply(toTfjs(plain(y))).dataSync()[0] / input.shape[0];
        assertLosses(ours.losses(), [ofBias, ofOutput], `a batch of ${input.shape[0]}`);
      }
    });
  });
});

describe('constraints', () => {
  const kernelAxes = [0, 1, 2, 3, -1, -3, [0, 1], [0, 1, 2], [1, 3], [-4, -3], [0, 1, 2, 3]];
  const forAxes = (axes) => [
    ...combine({ axis: axes, maxValue: [0.4, 1, 100] }).map((config) => ({ className: 'MaxNorm', config })),
    ...combine({ axis: axes, minValue: [0, 0.9], maxValue: [0.95, 3], rate: [1, 0.3, 0] }).map((config) => ({
      className: 'MinMaxNorm',
      config,
    })),
    ...combine({ axis: axes }).map((config) => ({ className: 'UnitNorm', config })),
    { className: 'NonNeg', config: {} },
  ];
  const named = ['maxNorm', 'minMaxNorm', 'unitNorm', 'nonNeg'];

  /** tfjs's constraint of the same description. */
  function ofTfjs(constraint) {
    if (typeof constraint === 'string') return tfl.constraints[constraint]({});
    const { className, config } = constraint;
    return tfl.constraints[className[0].toLowerCase() + className.slice(1)](config);
  }

  test('of the kernel move it to where those of tfjs do, along every axis', () => {
    const random = new Random('constraints');
    const bias = randomTensor(random, [12]);
    for (const depthwiseConstraint of [...named, ...forAxes(kernelAxes)]) {
      const shape = [2, 3, 4, 3];
      const data = random.fractions(sizeOf(shape)).map((value, i) => (i % 3 === 0 ? 0 : 2 * value)); // norms of 0 too
      const config = { kernelSize: [2, 3], depthMultiplier: 3, depthwiseConstraint, weights: [{ data, shape }, bias] };
      const layer = new dw.DepthwiseConv2D(config);
      layer.build([1, 4, 4, 4]);
      layer.applyConstraints();
      const [got, gotBias] = layer.getWeights();
      const expected = plain(ofTfjs(depthwiseConstraint).apply(toTfjs({ data, shape })));
      assertClose(got, expected, JSON.stringify(depthwiseConstraint), 1e-6);
      assertSameBits(gotBias, bias, 'the bias, which has none');
      layer.dispose();
    }
  });

  test('of the bias move it to where those of tfjs do', () => {
    for (const biasConstraint of [...named, ...forAxes([0, -1, [0]])]) {
      const config = { kernelSize: 2, biasConstraint };
      withBoth(dw, config, [1, 4, 4, 7], ({ ours, weights }) => {
        ours.applyConstraints();
        const [kernel, bias] = ours.getWeights();
        const expected = plain(ofTfjs(biasConstraint).apply(toTfjs(weights[1])));
        assertClose(bias, expected, JSON.stringify(biasConstraint), 1e-6);
        assertSameBits(kernel, weights[0], 'the kernel, which has none');
      });
    }
  });

  test('keep their word: norms and values are where they must be', () => {
    const cases = [
      [{ className: 'MaxNorm', config: { maxValue: 0.5, axis: [0, 1] } }, (norm) => norm < 0.5 + 1e-6],
      [{ className: 'MinMaxNorm', config: { minValue: 4, maxValue: 5, axis: [0, 1] } }, (norm) => norm > 4 - 1e-5],
      [{ className: 'UnitNorm', config: { axis: [0, 1] } }, (norm) => Math.abs(norm - 1) < 1e-5],
    ];
    for (const [depthwiseConstraint, holds] of cases) {
      withBoth(dw, { kernelSize: 3, depthwiseConstraint }, [1, 4, 4, 5], ({ ours }) => {
        ours.applyConstraints();
        const { data } = ours.weights[0];
        for (let channel = 0; channel < 5; ++channel) {
          const norm = Math.hypot(...data.filter((_, i) => i % 5 === channel));
          assert.ok(holds(norm), `${depthwiseConstraint.className}: ${norm}`);
        }
      });
    }
    withBoth(dw, { kernelSize: 3, depthwiseConstraint: 'nonNeg' }, [1, 4, 4, 5], ({ ours, weights }) => {
      assert.ok(weights[0].data.some((value) => value < 0));
      ours.applyConstraints();
      assert.ok(ours.weights[0].data.every((value) => value >= 0));
    });
  });

  test('wait for applyConstraints: setWeights sets what it is given, as Keras does and tfjs does not', () => {
    const config = { kernelSize: 2, depthwiseConstraint: 'nonNeg', biasConstraint: 'nonNeg' };
    withBoth(dw, config, [1, 4, 4, 6], ({ ours, theirs, weights }) => {
      const moved = weights.map(({ data, shape }) => ({ data: data.map((value) => Math.max(0, value)), shape }));
      assert.deepEqual(ours.getWeights().map(plain), weights);
      assert.deepEqual(theirs.getWeights().map(plain), moved);
      ours.applyConstraints();
      assert.deepEqual(ours.getWeights().map(plain), moved);
    });
  });

  test('change nothing where there are none', () => {
    withBoth(dw, { kernelSize: 2 }, [1, 4, 4, 6], ({ ours, weights }) => {
      ours.applyConstraints();
      assert.deepEqual(ours.getWeights().map(plain), weights);
    });
  });
});

describe('initializers', () => {
  // Of a kernel of the shape [5, 5, 32, 8], as Keras has them for all kernels.
  const [fanIn, fanOut] = [5 * 5 * 32, 5 * 5 * 8];
  const fans = { fanIn, fanOut, fanAvg: (fanIn + fanOut) / 2 };
  const TRUNCATED = 0.87962566; // the standard deviation of a standard normal number that is within 2 of 0

  function kernelOf(depthwiseInitializer, others = {}) {
    return weightsOf({ kernelSize: 5, depthMultiplier: 8, depthwiseInitializer, ...others }, 32)[0];
  }

  function weightsOf(config, channels) {
    const layer = new dw.DepthwiseConv2D(config);
    layer.build([null, null, null, channels]);
    const weights = layer.getWeights().map((weight) => plain(weight));
    layer.dispose();
    return weights;
  }

  /** That values have about this mean and variance; and a largest distance from the mean near `most`, below it. */
  function assertDistribution({ data }, { mean = 0, variance, most = Infinity }, what) {
    const deviation = Math.sqrt(variance);
    const average = data.reduce((sum, value) => sum + value, 0) / data.length;
    const spread = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    const farthest = data.reduce((far, value) => Math.max(far, Math.abs(value - mean)), 0);
    assert.ok(Math.abs(average - mean) < (5 * deviation) / Math.sqrt(data.length), `${what}: mean ${average}`);
    assert.ok(Math.abs(spread / variance - 1) < 0.08, `${what}: variance ${spread}, not ${variance}`);
    assert.ok(farthest <= most * 1.000001, `${what}: as far as ${farthest}, not ${most}`);
    if (most < Infinity) assert.ok(farthest > 0.97 * most, `${what}: no farther than ${farthest}, not ${most}`);
  }

  test('that scale the variance have that of Keras', () => {
    const distributions = {
      uniform: (variance) => ({ variance, most: Math.sqrt(3 * variance) }),
      normal: (variance) => ({ variance, most: (2 * Math.sqrt(variance)) / TRUNCATED }),
      truncatedNormal: (variance) => ({ variance, most: (2 * Math.sqrt(variance)) / TRUNCATED }),
      untruncatedNormal: (variance) => ({ variance }),
    };
    for (const { distribution, ...config } of combine({
      distribution: Object.keys(distributions),
      mode: Object.keys(fans),
      scale: [0.5, 3],
      seed: [7],
    })) {
      const initializer = { className: 'VarianceScaling', config: { distribution, ...config } };
      const expected = distributions[distribution](config.scale / fans[config.mode]);
      assertDistribution(kernelOf(initializer), expected, JSON.stringify(initializer));
      if (distribution !== 'untruncatedNormal') continue;
      const { data } = kernelOf(initializer);
      assert.ok(data.some((value) => Math.abs(value) > 3 * Math.sqrt(expected.variance)));
    }
  });

  test('of the six names have the scales and fans that Keras gives them', () => {
    const named = { Glorot: [1, fans.fanAvg], He: [2, fans.fanIn], LeCun: [1, fans.fanIn] };
    for (const [name, [scale, fan]] of Object.entries(named)) {
      const variance = scale / fan;
      const config = { seed: 11 };
      const uniform = { variance, most: Math.sqrt(3 * variance) };
      assertDistribution(kernelOf({ className: `${name}Uniform`, config }), uniform, `${name}Uniform`);
      const normal = { variance, most: (2 * Math.sqrt(variance)) / TRUNCATED };
      assertDistribution(kernelOf({ className: `${name}Normal`, config }), normal, `${name}Normal`);
      const theirs = tfl.initializers[`${name[0].toLowerCase()}${name.slice(1)}Uniform`](config);
      assertDistribution(plain(theirs.apply([5, 5, 32, 8], 'float32')), uniform, `${name}Uniform of tfjs`);
    }
  });

  test('take a vector of n to have n inputs and n outputs, as Keras does', () => {
    for (const mode of Object.keys(fans)) {
      const biasInitializer = { className: 'VarianceScaling', config: { mode, distribution: 'uniform', seed: 3 } };
      const [, bias] = weightsOf({ kernelSize: 1, depthMultiplier: 8, biasInitializer }, 1000);
      assert.deepEqual(bias.shape, [8000]);
      assertDistribution(bias, { variance: 1 / 8000, most: Math.sqrt(3 / 8000) }, mode);
    }
  });

  test('have the parameters that they are given', () => {
    const named = (className, config) => kernelOf({ className, config });
    const uniform = named('RandomUniform', { minval: 2, maxval: 6, seed: 1 });
    assertDistribution(uniform, { mean: 4, variance: 16 / 12, most: 2 }, 'RandomUniform');
    const normal = named('RandomNormal', { mean: -3, stddev: 2, seed: 1 });
    assertDistribution(normal, { mean: -3, variance: 4 }, 'RandomNormal');
    assert.ok(normal.data.some((value) => Math.abs(value + 3) > 3 * 2));
    const truncated = named('TruncatedNormal', { mean: 5, stddev: 0.5, seed: 1 });
    assertDistribution(truncated, { mean: 5, variance: (0.5 * TRUNCATED) ** 2, most: 1 }, 'TruncatedNormal');
    assert.ok(named('Constant', { value: 2.5 }).data.every((value) => value === 2.5));
    assert.ok(kernelOf('ones').data.every((value) => value === 1));
    assert.ok(kernelOf('zeros').data.every((value) => value === 0));
  });

  test('have the parameters of Keras and tfjs where they are given none', () => {
    const seeded = (className) => kernelOf({ className, config: { seed: 4 } });
    assertDistribution(seeded('RandomUniform'), { variance: 0.1 ** 2 / 12, most: 0.05 }, 'RandomUniform');
    assertDistribution(seeded('RandomNormal'), { variance: 0.05 ** 2 }, 'RandomNormal');
    const variance = (0.05 * TRUNCATED) ** 2;
    assertDistribution(seeded('TruncatedNormal'), { variance, most: 0.1 }, 'TruncatedNormal');
    const scaled = 1 / fanIn;
    const limit = (2 * Math.sqrt(scaled)) / TRUNCATED;
    assertDistribution(seeded('VarianceScaling'), { variance: scaled, most: limit }, 'VarianceScaling');
    assert.ok(kernelOf('constant').data.every((value) => value === 0));
    const [kernel, bias] = weightsOf({ kernelSize: 5, depthMultiplier: 8 }, 32);
    const glorot = 1 / fans.fanAvg;
    assertDistribution(kernel, { variance: glorot, most: Math.sqrt(3 * glorot) }, 'the default for the kernel');
    assert.ok(bias.data.every((value) => value === 0));
  });

  test('that are orthogonal give columns at right angles, rows where there are more columns', () => {
    for (const [size, channels, multiplier] of [
      [3, 2, 4],
      [1, 2, 5],
      [1, 3, 3],
    ]) {
      const gain = 1.5;
      const depthwiseInitializer = { className: 'Orthogonal', config: { gain, seed: 2 } };
      const [{ data }] = weightsOf({ kernelSize: size, depthMultiplier: multiplier, depthwiseInitializer }, channels);
      const rows = size * size * channels;
      const matrix = tf.tensor(data, [rows, multiplier], 'float32');
      const wide = multiplier > rows;
      const product = tf.matMul(matrix, matrix, !wide, wide);
      const expected = tf.mul(gain ** 2, tf.eye(Math.min(rows, multiplier)));
      assertClose(plain(product), plain(expected), `${rows} × ${multiplier}`, 1e-6);
    }
  });

  test('that cannot fill a kernel or a bias say so, as those of tfjs do', () => {
    for (const config of [{ depthwiseInitializer: 'identity' }, { biasInitializer: 'orthogonal' }]) {
      assert.throws(() => weightsOf({ kernelSize: 3, ...config }, 2), RangeError);
      assert.throws(() => tfl.layers.depthwiseConv2d({ kernelSize: 3, ...config }).build([1, 4, 4, 2]));
    }
  });

  const random = [
    ...['RandomUniform', 'RandomNormal', 'TruncatedNormal', 'VarianceScaling', 'GlorotUniform', 'GlorotNormal'],
    ...['HeUniform', 'HeNormal', 'LeCunUniform', 'LeCunNormal', 'Orthogonal'],
  ];

  test('draw the same with the same seed, something else with another, and each time without one', () => {
    for (const className of random) {
      const draw = (config) => kernelOf({ className, config }, { kernelSize: 2, depthMultiplier: 2 });
      const [first, again, other] = [5, 5, 6].map((seed) => draw({ seed }));
      assertSameBits(first, again, className);
      assert.notDeepEqual(first.data, other.data, className);
      assert.notDeepEqual(draw({}).data, draw({}).data, className);
      assert.notDeepEqual(draw({}).data, first.data, className);
    }
  });

  test('draw the same for a layer that is made from a configuration with a seed', () => {
    const seeded = { className: 'HeNormal', config: { seed: 123456789012345 } };
    const config = { kernelSize: 3, depthwiseInitializer: seeded, biasInitializer: seeded };
    const layer = new dw.DepthwiseConv2D(config);
    const expected = weightsOf(config, 4);
    for (const from of [layer.getConfig(), layer.toJSON(), JSON.parse(JSON.stringify(layer)), layer]) {
      const copy = dw.DepthwiseConv2D.fromConfig(from);
      copy.build([1, 5, 5, 4]);
      dw.tidy(() => assert.deepEqual(copy.getWeights().map(plain), expected));
      copy.dispose();
    }
    layer.dispose();
  });

  test('draw other numbers for the bias than for the kernel', () => {
    const config = { kernelSize: 1, depthwiseInitializer: 'randomNormal', biasInitializer: 'randomNormal' };
    const [kernel, bias] = weightsOf(config, 50);
    assert.equal(kernel.data.length, bias.data.length);
    assert.notDeepEqual(kernel.data, bias.data);
  });

  test('draw once: what is built stays', () => {
    const layer = new dw.DepthwiseConv2D({ kernelSize: 3 });
    layer.build([1, 5, 5, 2]);
    const [kernel] = layer.getWeights();
    layer.build([2, 7, 7, 2]);
    layer.call({ data: new Float32Array(50), shape: [1, 5, 5, 2] }).dispose();
    const [after] = layer.getWeights();
    assertExact(after, { shape: kernel.shape, values: kernel.data });
    layer.dispose();
  });
});
