// The layers of depthwise-wasm/tfjs-layers with our kernels, against the definition, and the faults of tfjs-layers 4.22 that they repair. If
// a test fails because tfjs is right now, delete the part about tfjs.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { layersFor } from 'depthwise-wasm/tfjs-layers';

import { runInChild } from './support/child.js';
import { assertClose, assertMatches } from './support/compare.js';
import { combine } from './support/grids.js';
import { filterGradient, forward, fusedForward, geometryOf, inputGradient } from './support/oracle.js';
import { Random } from './support/random.js';
import { useBackend } from './support/tfjs.js';
import { plain, randomTensor, tf, tfjsGradients, tfl, toTfjs } from './support/tfjs-layers.js';
import { batchNorm } from './support/tfjs-oracle.js';

await useBackend('wasm');
await registerKernels(tf);
const ours = layersFor(tf, tfl);
const { DepthwiseConv2D, SeparableConv2D, conv2d, depthwiseConv2d, separableConv2d, registerClasses } = ours;

beforeEach(() => useBackend('wasm'));

const CHANNELS = 3;
const dataFormat = ['channelsLast', 'channelsFirst'];
const choices = { padding: ['valid', 'same'], dataFormat, depthMultiplier: [1, 2], useBias: [true, false] };
const dilationRate = [2, [1, 3]];
const dilated = combine({ ...choices, dilationRate, kernelSize: [3, [3, 2]] });
/** The cpu backend of tfjs refuses these, and so does the layer Conv2D. */
const both = combine({ ...choices, strides: [[2, 3]], dilationRate, kernelSize: [3, [3, 2]] });
const separable = combine({ ...choices, strides: [1, [2, 3]], dilationRate, kernelSize: [[3, 2]], filters: [4] });

const pair = (value) => [value, value].flat().slice(0, 2);
const isFirst = (config) => config.dataFormat === 'channelsFirst';

function convolutionOf(config, xShape) {
  const { kernelSize, dilationRate: rate = 1, strides = 1, padding = 'valid', depthMultiplier = 1 } = config;
  const filterShape = [...pair(kernelSize), CHANNELS, depthMultiplier];
  return {
    xShape,
    filterShape,
    strides: pair(strides),
    dilations: pair(rate),
    pad: padding,
    dataFormat: config.dataFormat,
  };
}

/** Runs `body` with a layer, its weights, an x and a dy, all random. */
function withLayer(make, config, body) {
  const random = new Random(JSON.stringify(config));
  const xShape = isFirst(config) ? [2, CHANNELS, 9, 8] : [2, 9, 8, CHANNELS];
  const layer = make(config);
  layer.build(xShape);
  try {
    tf.tidy(() => {
      const weights = layer.getWeights().map(({ shape }) => randomTensor(random, shape));
      layer.setWeights(weights.map(toTfjs));
      const x = randomTensor(random, xShape);
      const dy = randomTensor(random, layer.computeOutputShape(xShape));
      body({ layer, weights, x, dy, convolution: convolutionOf(config, xShape), what: JSON.stringify(config) });
    });
  } finally {
    layer.disposeWeights();
  }
}

/** Returns the error of a body. The errors of tfjs have no class of their own. */
function errorOf(body) {
  try {
    body();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

/** Returns Σ over all but the channels, in float64. */
function biasGradient({ data, shape }, config) {
  const [count, inner] = isFirst(config) ? [shape[1], shape[2] * shape[3]] : [shape[3], 1];
  const sums = new Float64Array(count);
  data.forEach((value, i) => (sums[Math.floor(i / inner) % count] += value));
  return { data: sums, shape: [count] };
}

const asTensor = ({ values, shape }) => ({ data: values, shape });
const topologyOf = (...layers) => tfl.sequential({ layers }).toJSON(null, false);

describe('DepthwiseConv2D', () => {
  for (const backend of ['wasm', 'cpu']) {
    test(`computes the definition with a dilation on ${backend}`, async () => {
      await useBackend(backend);
      const configs = backend === 'wasm' ? [...dilated, ...both] : dilated;
      for (const config of configs.flatMap((each) => [each, { ...each, activation: 'relu' }])) {
        withLayer(depthwiseConv2d, config, ({ layer, weights: [kernel, bias], x, convolution, what }) => {
          const { activation = 'linear' } = config;
          const expected = fusedForward(convolution, x.data, kernel.data, { bias: bias?.data, activation });
          const y = layer.apply(toTfjs(x));
          assertMatches(plain(y), expected, what, 1);
          assert.deepEqual(layer.computeOutputShape(x.shape), y.shape, what);
        });
      }
    });
  }

  test('has the gradients of the definition, which needs the kernels of this package', async () => {
    for (const config of [...dilated, ...both]) {
      withLayer(depthwiseConv2d, config, ({ layer, weights: [kernel], x, dy, convolution, what }) => {
        const { dx, gradients } = tfjsGradients(layer, x, dy);
        assertMatches(dx, inputGradient(convolution, dy.data, kernel.data), what);
        assertMatches(gradients.depthwise_kernel, filterGradient(convolution, x.data, dy.data), what);
        assert.equal('bias' in gradients, config.useBias);
        if (config.useBias) assertClose(gradients.bias, biasGradient(dy, config), what);
      });
    }
    await useBackend('cpu'); // with the kernels of tfjs
    withLayer(depthwiseConv2d, { kernelSize: 3, dilationRate: 2 }, ({ layer, x, dy }) => {
      assert.match(errorOf(() => tfjsGradients(layer, x, dy)).message, /dilation rates greater than 1 are not yet/);
    });
  });

  test("applies softmax over the format's last axis, and leaves no tensors", () => {
    for (const format of dataFormat) {
      const config = { kernelSize: 3, dilationRate: 2, padding: 'same', activation: 'softmax', dataFormat: format };
      withLayer(depthwiseConv2d, config, ({ layer, x }) => {
        const input = toTfjs(x);
        const { numTensors } = tf.memory();
        const y = layer.apply(input);
        assert.equal(tf.memory().numTensors, numTensors + 1);
        assert.ok(
          tf
            .sum(y, -1)
            .dataSync()
            .every((sum) => Math.abs(sum - 1) < 1e-5),
        );
      });
    }
  });

  test('computes what tfjs computes without a dilation', () => {
    for (const config of combine({ strides: [1, 2], padding: ['valid', 'same', 'causal'], dataFormat })) {
      withLayer(depthwiseConv2d, { kernelSize: 3, ...config }, ({ layer, weights, x }) => {
        const theirs = tfl.layers.depthwiseConv2d({ kernelSize: 3, ...config });
        theirs.build(x.shape);
        theirs.setWeights(weights.map(toTfjs));
        assert.deepEqual(plain(layer.apply(toTfjs(x))), plain(theirs.apply(toTfjs(x))));
        assert.deepEqual(layer.computeOutputShape(x.shape), theirs.computeOutputShape(x.shape));
        theirs.disposeWeights();
      });
    }
  });

  test('computes the output shape with a dilation, and keeps unknown sizes', () => {
    const shapeOf = (config, shape) => depthwiseConv2d({ kernelSize: [3, 2], ...config }).computeOutputShape(shape);
    const config = { dilationRate: [2, 3], depthMultiplier: 2 };
    assert.deepEqual(shapeOf(config, [2, 9, 8, 3]), [2, 5, 5, 6]);
    assert.deepEqual(shapeOf(config, [[2, 9, 8, 3]]), [2, 5, 5, 6]);
    assert.deepEqual(shapeOf({ ...config, strides: [2, 3] }, [2, 10, 8, 3]), [2, 3, 2, 6]);
    assert.deepEqual(shapeOf(config, [null, null, 8, 3]), [null, null, 5, 6]);
    assert.deepEqual(shapeOf({ ...config, padding: 'same' }, [null, 9, null, 3]), [null, 9, null, 6]);
    assert.deepEqual(shapeOf({ ...config, dataFormat: 'channelsFirst' }, [null, 3, 9, null]), [null, 6, 5, null]);
    assert.throws(() => shapeOf(config, [1, 4, 8, 3]), {
      name: 'RangeError',
      message:
        "Error in DepthwiseConv2D: kernelSize must not be larger than the input: its height is 5 (3 dilated by 2), the input's 4",
    });
    const theirs = tfl.layers.depthwiseConv2d({ kernelSize: [3, 2], ...config });
    assert.deepEqual(theirs.computeOutputShape([2, 9, 8, 3]), [2, 7, 7, 6]);
  });

  test('learns a dilated kernel', async () => {
    const config = { kernelSize: 3, dilationRate: 2, useBias: false };
    const random = new Random('learns');
    const x = randomTensor(random, [8, 9, 9, CHANNELS]);
    const kernel = randomTensor(random, [3, 3, CHANNELS, 1]);
    const target = forward(convolutionOf(config, x.shape), x.data, kernel.data);
    const model = tfl.sequential({ layers: [depthwiseConv2d({ ...config, inputShape: [9, 9, CHANNELS] })] });
    model.compile({ optimizer: tf.train.sgd(1), loss: 'meanSquaredError' });
    const y = toTfjs({ data: Float32Array.from(target.values), shape: target.shape });
    const { history } = await model.fit(toTfjs(x), y, { epochs: 60, batchSize: 8, verbose: 0 });
    assert.ok(history.loss.at(-1) < 1e-6 * history.loss[0], String(history.loss.at(-1)));
    assertClose(plain(model.getWeights()[0]), kernel, 'the kernel', 1e-2);
  });

  test('accepts one tensor of 4 dimensions', () => {
    const layer = depthwiseConv2d({ kernelSize: 1, dilationRate: 2 });
    layer.build([1, 2, 2, 1]);
    const x = tf.ones([1, 2, 2, 1]);
    assert.deepEqual(layer.call([x]).shape, [1, 2, 2, 1]);
    for (const [inputs, got] of [
      [[x, x], '[1,2,2,1] and [1,2,2,1]'],
      [tf.ones([2, 2, 1]), '[2,2,1]'],
    ]) {
      const message = `Error in DepthwiseConv2D: the input must be one tensor of 4 dimensions, got ${got}`;
      assert.throws(() => layer.call(inputs), { name: 'TypeError', message });
    }
  });
});

describe('Conv2D', () => {
  test('computes the definition with a dilation, and has its gradients, which the layer of tfjs refuses', () => {
    for (const config of dilated) {
      withLayer(
        (args) => conv2d({ ...args, depthMultiplier: undefined, filters: 5 }),
        config,
        ({ layer, weights, x, dy, convolution, what }) => {
          const [kernel, bias] = weights;
          const dense = { ...convolution, isDense: true, filterShape: kernel.shape };
          const y = layer.apply(toTfjs(x));
          assertMatches(plain(y), fusedForward(dense, x.data, kernel.data, { bias: bias?.data }), what, 1);
          const { dx, gradients } = tfjsGradients(layer, x, dy);
          assertMatches(dx, inputGradient(dense, dy.data, kernel.data), what);
          assertMatches(gradients.kernel, filterGradient(dense, x.data, dy.data), what);
          if (config.useBias) assertClose(gradients.bias, biasGradient(dy, config), what);
        },
      );
    }
    withLayer(tfl.layers.conv2d, { kernelSize: 3, filters: 5, dilationRate: 2 }, ({ layer, x, dy }) => {
      assert.match(errorOf(() => tfjsGradients(layer, x, dy)).message, /dilation rates greater than 1 are not yet/);
    });
  });
});

describe('SeparableConv2D', () => {
  /** Returns the tensor with the channels last, and the other way round. */
  const toLast = (tensor, config) => (isFirst(config) ? transposed(tensor, [0, 2, 3, 1]) : tensor);
  const fromLast = (tensor, config) => (isFirst(config) ? transposed(tensor, [0, 3, 1, 2]) : tensor);

  function transposed({ data, shape }, order) {
    const result = { data: new Float64Array(data.length), shape: order.map((axis) => shape[axis]) };
    const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
    for (let i = 0; i < data.length; ++i) {
      let [rest, from] = [i, 0];
      for (let axis = 3; axis >= 0; --axis) {
        from += (rest % result.shape[axis]) * steps[order[axis]];
        rest = Math.floor(rest / result.shape[axis]);
      }
      result.data[i] = data[from];
    }
    return result;
  }

  test('computes the definition with a dilation, and has its gradients', () => {
    for (const config of separable) {
      withLayer(separableConv2d, config, ({ layer, weights: [kernel, point, bias], x, dy, convolution, what }) => {
        const half = toLast({ ...asTensor(forward(convolution, x.data, kernel.data)), shape: geometryOf(convolution).yShape }, config); // prettier-ignore
        const pointwise = { isDense: true, xShape: half.shape, filterShape: point.shape, pad: 'valid' };
        const y = forward(pointwise, half.data, point.data);
        if (bias) y.values.forEach((value, i) => (y.values[i] = value + bias.data[i % config.filters]));
        assertClose(plain(layer.apply(toTfjs(x))), fromLast(asTensor(y), config), what);

        const dyLast = toLast(dy, config);
        const dHalf = fromLast(asTensor(inputGradient(pointwise, dyLast.data, point.data)), config);
        const { dx, gradients } = tfjsGradients(layer, x, dy);
        assertClose(dx, asTensor(inputGradient(convolution, dHalf.data, kernel.data)), what);
        assertClose(gradients.depthwise_kernel, asTensor(filterGradient(convolution, x.data, dHalf.data)), what);
        const dPoint = filterGradient(pointwise, half.data, dyLast.data);
        assertClose(gradients.pointwise_kernel, asTensor(dPoint), what);
        if (config.useBias) assertClose(gradients.bias, biasGradient(dy, config), what);
      });
    }
  });

  test('adds the bias to channels with channelsFirst, where tfjs adds it to rows or throws', () => {
    const config = { kernelSize: 1, filters: 2, dataFormat: 'channelsFirst', biasInitializer: 'randomNormal' };
    const theirs = tfl.layers.separableConv2d({ ...config, kernelSize: 3, dilationRate: 2 });
    assert.deepEqual(theirs.computeOutputShape([null, 1, 9, null]), [null, 2, 5, null]);
    assert.match(errorOf(() => theirs.apply(tf.ones([1, 1, 9, 9]))).message, /could not be broadcast/);
    for (const [make, order] of [
      [tfl.layers.separableConv2d, [0, 0, 1, 1, 0, 0, 1, 1]],
      [separableConv2d, [0, 0, 0, 0, 1, 1, 1, 1]],
    ]) {
      const layer = make(config);
      const y = layer.apply(tf.zeros([1, 1, 2, 2])).dataSync();
      const bias = layer.getWeights()[2].dataSync();
      assert.deepEqual(
        [...y],
        order.map((i) => bias[i]),
      );
    }
  });

  test('uses pointwiseInitializer, in whose place tfjs uses depthwiseInitializer', () => {
    const initializers = { depthwiseInitializer: 'zeros', pointwiseInitializer: 'ones' };
    for (const [make, point] of [
      [tfl.layers.separableConv2d, 0],
      [separableConv2d, 1],
    ]) {
      const layer = make({ kernelSize: 1, filters: 1, ...initializers });
      layer.build([1, 1, 1, 1]);
      const values = layer.getWeights().map((weight) => weight.dataSync()[0]);
      assert.deepEqual(values.slice(0, 2), [0, point]);
      assert.equal(layer.getConfig().pointwiseInitializer.className, point === 1 ? 'Ones' : 'Zeros');
    }
    const config = (others) => separableConv2d({ kernelSize: 1, filters: 1, ...others }).getConfig();
    const byDefault = config({}).depthwiseInitializer;
    assert.deepEqual(config({ depthwiseInitializer: 'zeros' }).pointwiseInitializer, byDefault);
  });

  test('writes depthMultiplier into its configuration, where tfjs does not', () => {
    const config = { kernelSize: 3, filters: 2, depthMultiplier: 2 };
    assert.equal(separableConv2d(config).getConfig().depthMultiplier, 2);
    assert.ok(!('depthMultiplier' in tfl.layers.separableConv2d(config).getConfig()));
  });
});

describe('BatchNormalization', () => {
  const { BatchNormalization, batchNormalization } = ours;
  const fullShape = (axis, shape) => shape.map((size, i) => (i === (axis + shape.length) % shape.length ? size : 1));
  const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  /** Returns the mean and the variance of each channel, in float64. */
  function momentsOf({ data, shape }, axis) {
    const inner = shape.slice((axis + shape.length) % shape.length).reduce((size, each, i) => (i ? size * each : 1), 1);
    const count = shape.at(axis);
    const groups = Array.from({ length: count }, (_, c) =>
      [...data].filter((_, i) => Math.floor(i / inner) % count === c),
    );
    const mean = groups.map(meanOf);
    return { mean, variance: groups.map((values, c) => meanOf(values.map((value) => (value - mean[c]) ** 2))) };
  }

  test('computes the definition in training and in inference', () => {
    for (const { scale, center, axis, shape } of combine({
      scale: [true, false],
      center: [true, false],
      axis: [-1, 1],
      shape: [
        [6, 5],
        [3, 4, 5],
        [2, 4, 3, 5],
        [2, 3, 2, 2, 4],
      ],
    })) {
      const what = JSON.stringify({ scale, center, axis, shape });
      const random = new Random(`norm ${shape}`);
      const layer = batchNormalization({ scale, center, axis, momentum: 0.75, epsilon: 0.1 });
      layer.build(shape);
      const x = randomTensor(random, shape);
      const count = [shape.at(axis)];
      const gamma = scale ? [randomTensor(random, count)] : [];
      const beta = center ? [randomTensor(random, count)] : [];
      const moving = [
        randomTensor(random, count),
        { data: Float32Array.from({ length: count[0] }, (_, i) => 1 + i), shape: count },
      ];
      tf.tidy(() => {
        layer.setWeights([...gamma, ...beta, ...moving].map(toTfjs));
        const expected = ({ mean, variance }) => {
          const norm = { mean, variance, scale: gamma[0]?.data, offset: beta[0]?.data, epsilon: 0.1 };
          return batchNorm(x.data, shape, { ...norm, shape: fullShape(axis, shape) });
        };
        const [movingMean, movingVariance] = moving.map(({ data }) => data);
        const inference = plain(layer.apply(toTfjs(x)));
        assertMatches(inference, expected({ mean: movingMean, variance: movingVariance }), `inference ${what}`, 8);
        const moments = momentsOf(x, axis);
        const training = plain(layer.apply(toTfjs(x), { training: true }));
        const right = expected(moments);
        assertClose(training, { data: right.values, shape: right.shape }, `training ${what}`);
        const averages = layer.getWeights().slice(-2).map(plain);
        [moments.mean, moments.variance].forEach((value, i) => {
          const right = moving[i].data.map((before, c) => 0.75 * before + 0.25 * value[c]);
          assert.ok(averages[i].data.every((value, c) => Math.abs(value - right[c]) < 1e-5));
        });
      });
      layer.disposeWeights();
    }
  });

  test('trains a convolutional network without scale or center, which fails in tfjs', async () => {
    const [x, y] = [
      tf.randomUniform([8, 6, 6, 2], 0, 1, 'float32', 'x'),
      tf.oneHot(tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1], 'int32'), 2),
    ];
    const fit = async (norm, config) => {
      const kernelInitializer = tfl.initializers.glorotUniform({ seed: 1 }); // some weights learn too little in eight steps
      const model = tfl.sequential({
        layers: [
          tfl.layers.conv2d({ filters: 4, kernelSize: 3, useBias: false, inputShape: [6, 6, 2], kernelInitializer }),
          norm(config),
          tfl.layers.activation({ activation: 'relu' }),
          tfl.layers.globalAveragePooling2d({}),
          tfl.layers.dense({ units: 2, activation: 'softmax', kernelInitializer }),
        ],
      });
      model.compile({ optimizer: tf.train.adam(0.02), loss: 'categoricalCrossentropy' });
      const { history } = await model.fit(x, y, { epochs: 8, batchSize: 8, verbose: 0, shuffle: false });
      model.dispose();
      return history.loss;
    };
    for (const config of [
      { scale: false },
      { center: false },
      { scale: false, center: false },
      { scale: false, axis: 1 },
    ]) {
      await assert.rejects(fit(tfl.layers.batchNormalization, config), /Cannot read properties of undefined/);
      const loss = await fit(batchNormalization, config);
      assert.ok(loss.at(-1) < loss[0] - 0.005, `${JSON.stringify(config)}: ${loss}`);
    }
    tf.dispose([x, y]);
  });

  test('uses and keeps its moving statistics if it is not trainable, where tfjs uses those of the batch', () => {
    for (const [norm, keeps] of [
      [tfl.layers.batchNormalization, false],
      [batchNormalization, true],
    ]) {
      // prettier-ignore
      const layer = norm({ trainable: false });
      tf.tidy(() => {
        const x = tf.tensor2d([1, 2, 3, 40], [2, 2]);
        const [inference, training] = [{}, { training: true }].map((options) => plain(layer.apply(x, options)).data);
        const [mean] = layer.getWeights().slice(-2).map(plain);
        assert.equal(String(training) === String(inference), keeps);
        assert.equal(String(mean.data) === '0,0', keeps);
      });
      layer.disposeWeights();
    }
  });

  test('is restored from a configuration of tf.keras, whose axis is a list, and refuses several axes', () => {
    const config = { name: 'bn', axis: [3], momentum: 0.9, epsilon: 0.001, scale: false, center: true };
    assert.equal(BatchNormalization.fromConfig(BatchNormalization, config).axis, 3);
    const { axis, scale } = BatchNormalization.fromConfig(BatchNormalization, batchNormalization(config).getConfig());
    assert.deepEqual([axis, scale], [3, false]);
    for (const wrong of [[1, 2], 1.5, 'last']) {
      assert.throws(
        () => batchNormalization({ axis: wrong }),
        /^TypeError: Error in BatchNormalization: axis must be a whole number, got /,
      );
    }
  });
});

test('the layer conv2d refuses strides with a dilation, as Keras', () => {
  for (const [strides, rate, got] of [
    [2, 2, 'strides [2,2] and dilationRate [2,2]'],
    [[1, 2], [3, 1], 'strides [1,2] and dilationRate [3,1]'], // prettier-ignore
  ]) {
    const message = `Error in Conv2D: strides must be 1 if dilationRate is above 1, got ${got}`;
    const create = () => conv2d({ kernelSize: 3, filters: 2, strides, dilationRate: rate });
    assert.throws(create, { name: 'RangeError', message });
  }
  conv2d({ kernelSize: 3, filters: 2, strides: 2 });
});

test('the convolution layers refuse arguments that are not an object', () => {
  const { depthwiseConv1d, separableConv1d, separableConv2d } = ours;
  const layers = { Conv2D: conv2d, DepthwiseConv1D: depthwiseConv1d, DepthwiseConv2D: depthwiseConv2d };
  for (const [className, make] of Object.entries({
    ...layers,
    SeparableConv1D: separableConv1d,
    SeparableConv2D: separableConv2d,
  })) {
    for (const args of [undefined, null, 3]) {
      const message = `Error in ${className}: args must be an object, got ${args}`;
      assert.throws(() => make(args), { name: 'TypeError', message });
    }
  }
});

test('the layers refuse dilations that are not positive integers', () => {
  for (const [className, make, others] of [
    ['DepthwiseConv2D', depthwiseConv2d, {}],
    ['SeparableConv2D', separableConv2d, { filters: 2 }],
  ]) {
    for (const rate of [0, -1, 1.5, NaN]) {
      const message = new RegExp(`^Error in ${className}: dilationRate must be whole numbers from 1`);
      assert.throws(() => make({ kernelSize: 3, dilationRate: rate, ...others }), { name: 'RangeError', message });
    }
  }
});

test('the layers refuse the arguments of a dense kernel', () => {
  for (const [argument, value] of [
    ['kernelInitializer', 'zeros'],
    ['kernelRegularizer', 'l1l2'],
    ['kernelConstraint', 'nonNeg'],
  ]) {
    const right = argument.replace('kernel', 'depthwise');
    assert.throws(() => depthwiseConv2d({ kernelSize: 3, [argument]: value }), {
      name: 'TypeError',
      message: `Error in DepthwiseConv2D: ${argument} is not an argument of this layer; ${right} is`,
    });
    depthwiseConv2d({ kernelSize: 3, [argument]: null });
    tfl.layers.depthwiseConv2d({ kernelSize: 3, [argument]: value }); // tfjs ignores it
    const theirs = errorOf(() => separableConv2d({ kernelSize: 3, filters: 1, [argument]: value }));
    assert.match(theirs.message, /are invalid for SeparableConv2D/);
  }
});

describe('layersFor', () => {
  test('refuses values that are not TensorFlow.js', () => {
    const anotherCopy = { ...tf, serialization: { ...tf.serialization, Serializable: class {} } };
    for (const [args, message] of [
      [[], /tf must be TensorFlow.js .*, got undefined/],
      [[{}, tfl], /tf must be TensorFlow.js .*, got an object/],
      [[tf], /tfl must be the layers of TensorFlow.js .*tfjs-layers/],
      [[tf, null], /tfl must be the layers of TensorFlow.js .*, got null/],
      [[anotherCopy, tfl], /tf must be the TensorFlow.js that tfl is built on, got another copy/],
    ]) {
      assert.throws(() => layersFor(...args), { name: 'TypeError', message });
    }
  });

  test('returns the same subclasses of the layers of tfjs each time', () => {
    assert.equal(layersFor({ ...tf, ...tfl }).DepthwiseConv2D, DepthwiseConv2D); // as '@tensorflow/tfjs' exports them
    const [depthwise, point] = [depthwiseConv2d({ kernelSize: 1 }), separableConv2d({ kernelSize: 1, filters: 1 })];
    assert.ok(depthwise instanceof DepthwiseConv2D && point instanceof SeparableConv2D);
    assert.ok(depthwise instanceof tfl.layers.depthwiseConv2d({ kernelSize: 1 }).constructor);
    assert.ok(point instanceof tfl.layers.separableConv2d({ kernelSize: 1, filters: 1 }).constructor);
  });

  test('changes nothing of TensorFlow.js, and importing it does not import TensorFlow.js', () => {
    const source = `
      import { layersFor } from 'depthwise-wasm/tfjs-layers';
      console.log(globalThis._tfengine === undefined);
      const tf = await import('@tensorflow/tfjs-core');
      const tfl = await import('@tensorflow/tfjs-layers');
      const { classNameMap } = tf.serialization.SerializationMap.getMap();
      const classes = () => Object.values(classNameMap).flat();
      const before = classes();
      layersFor(tf, tfl).separableConv2d({ kernelSize: 1, filters: 1, name: 'named' });
      console.log(classes().every((each, i) => each === before[i]));
      console.log(tfl.layers.depthwiseConv2d({ kernelSize: 1 }).name);
      console.log(tfl.layers.separableConv2d({ kernelSize: 1, filters: 1 }).name);
    `;
    const names = 'depthwise_conv2d_DepthwiseConv2D1\nseparable_conv2d_SeparableConv2D1';
    assert.equal(runInChild(source), `true\ntrue\n${names}\n`);
  });
});

describe('a model file', () => {
  // New objects each time: tfjs writes into them.
  const maxNorm = () => ({ className: 'MaxNorm', config: { maxValue: 2, axis: 0 } });
  const l1l2 = () => ({ className: 'L1L2', config: { l1: 0.25, l2: 0.5 } });

  /** Runs `body` while the classes are registered. */
  async function registered(body) {
    const unregister = registerClasses();
    try {
      return await body();
    } finally {
      unregister();
    }
  }

  async function saveAndLoad(model) {
    let file;
    await model.save(tf.io.withSaveHandler((artifacts) => (file = artifacts)));
    const modelTopology = JSON.parse(JSON.stringify(file.modelTopology));
    return tfl.loadLayersModel(tf.io.fromMemory({ ...file, modelTopology }));
  }

  test('restores the layers and their weights', async () => {
    const first = depthwiseConv2d({
      ...{ kernelSize: 3, dilationRate: 2, depthMultiplier: 2, activation: 'relu', biasInitializer: 'randomNormal' },
      ...{ depthwiseConstraint: maxNorm(), depthwiseRegularizer: l1l2(), inputShape: [9, 9, 3] },
    });
    const second = separableConv2d({
      ...{ kernelSize: 2, filters: 3, dilationRate: [1, 2], depthMultiplier: 2, depthwiseInitializer: 'ones' },
      ...{ pointwiseInitializer: 'glorotNormal', pointwiseConstraint: maxNorm() },
    });
    const model = tfl.sequential({ layers: [first, second] });
    const again = await registered(() => saveAndLoad(model));
    assert.ok(again.layers[0] instanceof DepthwiseConv2D && again.layers[1] instanceof SeparableConv2D);
    assert.deepEqual(again.toJSON(null, false), model.toJSON(null, false));
    const [before, after] = [model, again].map((each) => each.getWeights().map(plain));
    before.forEach((weight, i) => assertClose(after[i], weight)); // loading applies constraints, which round
    const x = toTfjs(randomTensor(new Random('file'), [2, 9, 9, 3]));
    assertClose(plain(again.predict(x)), plain(model.predict(x)));
    assert.deepEqual(again.outputShape, [null, 4, 3, 3]);
    const config = again.layers[0].getConfig();
    assert.deepEqual([config.depthwiseConstraint, config.depthwiseRegularizer], [maxNorm(), l1l2()]);
  });

  test('is loaded with these classes only while they are registered', async () => {
    const topology = topologyOf(depthwiseConv2d({ kernelSize: 3, dilationRate: 2, inputShape: [9, 9, 3] }));
    assert.equal(topology.config.layers[0].class_name, 'DepthwiseConv2D');
    const loadLayer = async () => (await tfl.models.modelFromJSON(structuredClone(topology))).layers[0];
    const isOurs = async () => (await loadLayer()) instanceof DepthwiseConv2D;
    assert.equal(await isOurs(), false);
    assert.deepEqual((await loadLayer()).outputShape, [null, 7, 7, 3]); // tfjs ignores the dilation
    const [outer, inner] = [registerClasses(), registerClasses()];
    assert.deepEqual((await loadLayer()).outputShape, [null, 5, 5, 3]);
    assert.ok(!(tfl.layers.depthwiseConv2d({ kernelSize: 1 }) instanceof DepthwiseConv2D));
    inner();
    assert.equal(await isOurs(), true);
    outer();
    assert.equal(await isOurs(), false);
  });

  test('of tfjs with a depthwiseRegularizer works, which fails in tfjs', async () => {
    const args = { kernelSize: 3, depthwiseRegularizer: l1l2(), inputShape: [5, 5, 2] };
    const topology = topologyOf(tfl.layers.depthwiseConv2d(args));
    const weights = [tf.ones([3, 3, 2, 1]), tf.ones([2])];
    const loadModel = () => tfl.models.modelFromJSON(structuredClone(topology));
    const theirs = await loadModel();
    assert.throws(() => theirs.setWeights(weights), /Shape|shape/);
    const ours = await registered(loadModel);
    ours.setWeights(weights);
    assert.deepEqual(plain(ours.getWeights()[0]), plain(weights[0]));
    const config = ours.layers[0].getConfig();
    assert.deepEqual([config.depthwiseConstraint, config.depthwiseRegularizer], [null, l1l2()]);
  });

  test('of tf.keras works, whose SeparableConv2D tfjs refuses', async () => {
    const glorot = { class_name: 'GlorotUniform', config: { seed: null } };
    const dense = { groups: 1, kernel_initializer: glorot, kernel_regularizer: null, kernel_constraint: null };
    const both = { kernel_size: [3, 3], strides: [1, 1], dilation_rate: [2, 2], depth_multiplier: 2, ...dense };
    const layers = [
      ['DepthwiseConv2D', { ...both, batch_input_shape: [null, 12, 12, 1], depthwise_initializer: glorot }],
      ['SeparableConv2D', { ...both, filters: 5, depthwise_initializer: glorot, pointwise_initializer: glorot }],
    ].map(([class_name, config]) => ({ class_name, config }));
    const topology = { class_name: 'Sequential', config: { name: 'of_keras', layers } };
    const loadModel = () => tfl.models.modelFromJSON(structuredClone(topology));
    await assert.rejects(loadModel(), /Fields kernelInitializer.* are invalid for SeparableConv2D/);
    const model = await registered(loadModel);
    assert.deepEqual(model.outputShape, [null, 4, 4, 5]);
    assert.deepEqual(model.predict(tf.ones([1, 12, 12, 1])).shape, [1, 4, 4, 5]);
    assert.equal(model.layers[1].getConfig().depthMultiplier, 2);
  });

  test('of Keras 3 works, with batch_shape, dtype policies and seed generators', async () => {
    const object = (module, class_name, config) => ({ module, class_name, config, registered_name: null });
    const dtype = object('keras', 'DTypePolicy', { name: 'float32' });
    const seed = (value) => object('keras.random', 'SeedGenerator', { name: 'seed_generator', seed: value });
    const initializer = (value) => object('keras.initializers', 'GlorotUniform', { seed: value });
    const layersWith = (value) => [
      ['InputLayer', { batch_shape: [null, 6, 6, 2], dtype, sparse: false, ragged: false, name: 'input' }],
      ['Conv2D', { name: 'conv', kernel_size: [3, 3], filters: 2, kernel_initializer: initializer(value), dtype }],
      ['BatchNormalization', { name: 'bn', axis: -1, dtype }],
      ['DepthwiseConv2D', { name: 'dw', kernel_size: [2, 2], depthwise_initializer: initializer(value), dtype }],
    ];
    const modelWith = (value) => {
      const layers = layersWith(value).map(([name, config]) => object('keras.layers', name, config));
      const topology = { class_name: 'Sequential', config: { name: 'of_keras_3', layers } };
      return tfl.models.modelFromJSON(structuredClone(topology));
    };
    await assert.rejects(modelWith(7), /batchInputShape/);
    const kernels = (model) => [1, 3].map((i) => Array.from(model.layers[i].getWeights()[0].dataSync()));
    const [plainSeed, generated, another, unseeded] = await registered(async () => {
      const models = [];
      for (const value of [7, seed(7), seed(8), seed(null)]) models.push(await modelWith(value));
      return models;
    });
    assert.deepEqual(plainSeed.inputs[0].shape, [null, 6, 6, 2]);
    assert.deepEqual(plainSeed.predict(tf.ones([1, 6, 6, 2])).shape, [1, 3, 3, 2]);
    assert.deepEqual(kernels(generated), kernels(plainSeed));
    assert.notDeepEqual(kernels(another), kernels(plainSeed));
    assert.notDeepEqual(kernels(unseeded), kernels(plainSeed));
  });

  test('of Keras 3 works with the dtype policy float32, and is refused with the name of another policy', async () => {
    const policy = (name) => ({
      module: 'keras',
      class_name: 'DTypePolicy',
      config: { name },
      registered_name: null,
    });
    const modelWith = (name) => {
      const config = { kernel_size: [3, 3], batch_input_shape: [null, 5, 5, 1], dtype: policy(name) };
      const layers = [{ class_name: 'DepthwiseConv2D', config }];
      return tfl.models.modelFromJSON({ class_name: 'Sequential', config: { name: 'of_keras_3', layers } });
    };
    const model = await registered(() => modelWith('float32'));
    assert.deepEqual(model.predict(tf.ones([1, 5, 5, 1])).shape, [1, 3, 3, 1]);
    await assert.rejects(
      registered(() => modelWith('mixed_float16')),
      {
        message: "Error in DepthwiseConv2D: dtype must be 'float32', got the policy 'mixed_float16'",
      },
    );
  });
});
