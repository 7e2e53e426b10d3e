// The layers of depthwise-wasm/tfjs-layers on tfjs's wasm backend with this package's kernels, against the definition; beside each fault
// of tfjs-layers 4.22 that they put right. If tfjs has become right, delete its half.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { layersFor } from 'depthwise-wasm/tfjs-layers';

import { runInChild } from './support/child.js';
import { assertClose, assertMatches } from './support/compare.js';
import { combine } from './support/grids.js';
import { filterGradient, forward, fusedForward, geometryOf, inputGradient, sizeOf } from './support/oracle.js';
import { Random } from './support/random.js';
import { useBackend } from './support/tfjs.js';
import { plain, randomTensor, tf, tfjsGradients, tfl, toTfjs } from './support/tfjs-layers.js';

await useBackend('wasm');
await registerKernels(tf);
const { DepthwiseConv2D, SeparableConv2D, depthwiseConv2d, separableConv2d, registerClasses } = layersFor(tf, tfl);

beforeEach(() => useBackend('wasm'));

const formats = ['channelsLast', 'channelsFirst'];
const channels = 3;

const dilated = combine({
  kernelSize: [3, [3, 2]],
  dilationRate: [2, [1, 3]],
  padding: ['valid', 'same'],
  dataFormat: formats,
  depthMultiplier: [1, 2],
  useBias: [true, false],
});

const inFormat = ({ dataFormat }, [batch, height, width, depth]) =>
  dataFormat === 'channelsFirst' ? [batch, depth, height, width] : [batch, height, width, depth];

const pair = (value) => [value, value].flat().slice(0, 2);

/** The depthwise convolution of a layer, as the oracle takes it. */
function convolutionOf(config, xShape) {
  const { kernelSize, dilationRate = 1, strides = 1, padding = 'valid', depthMultiplier = 1, dataFormat } = config;
  return {
    xShape,
    filterShape: [...pair(kernelSize), channels, depthMultiplier],
    strides: pair(strides),
    dilations: pair(dilationRate),
    pad: padding,
    dataFormat,
  };
}

/** Runs `body` with a layer, its weights, an x and a dy, all random; what is made in it is disposed of. */
function withLayer(make, config, body) {
  const random = new Random(JSON.stringify(config));
  const xShape = inFormat(config, [2, 9, 8, channels]);
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

/** What a body throws, whatever its class: tfjs's errors have none of their own. */
function errorOf(body) {
  try {
    body();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

/** How many channels a shape has, and the channel of element i. */
function channelsOf(shape, { dataFormat }) {
  const [count, inner] = dataFormat === 'channelsFirst' ? [shape[1], shape[2] * shape[3]] : [shape[3], 1];
  return { count, at: (i) => Math.floor(i / inner) % count };
}

/** Σ over all but the channels, in float64. */
function biasGradient({ data, shape }, config) {
  const { count, at } = channelsOf(shape, config);
  const sums = new Float64Array(count);
  data.forEach((value, i) => (sums[at(i)] += value));
  return { data: sums, shape: [count] };
}

const topologyOf = (...layers) => tfl.sequential({ layers }).toJSON(null, false);

describe('DepthwiseConv2D', () => {
  for (const backend of ['wasm', 'cpu']) {
    test(`is what the definition says with a dilation, on ${backend}`, async () => {
      await useBackend(backend);
      for (const config of dilated.flatMap((each) =>
        ['linear', 'relu'].map((activation) => ({ ...each, activation })),
      )) {
        withLayer(depthwiseConv2d, config, ({ layer, weights: [kernel, bias], x, convolution, what }) => {
          const { activation } = config;
          const expected = fusedForward(convolution, x.data, kernel.data, { bias: bias?.data, activation });
          const y = layer.apply(toTfjs(x));
          assertMatches(plain(y), expected, what, 1);
          assert.deepEqual(layer.computeOutputShape(x.shape), y.shape, what);
        });
      }
    });
  }

  test('has the gradients that the definition says, and tfjs on the kernels of this package only', async () => {
    for (const config of dilated) {
      withLayer(depthwiseConv2d, config, ({ layer, weights: [kernel], x, dy, convolution, what }) => {
        const { dx, gradients } = tfjsGradients(layer, x, dy);
        assertMatches(dx, inputGradient(convolution, dy.data, kernel.data), what);
        assertMatches(gradients.depthwise_kernel, filterGradient(convolution, x.data, dy.data), what);
        assert.equal('bias' in gradients, config.useBias);
        if (config.useBias) assertClose(gradients.bias, biasGradient(dy, config), what);
      });
    }
    await useBackend('cpu'); // without kernels of this package
    withLayer(depthwiseConv2d, { kernelSize: 3, dilationRate: 2 }, ({ layer, x, dy }) => {
      assert.match(errorOf(() => tfjsGradients(layer, x, dy)).message, /dilation rates greater than 1 are not yet/);
    });
  });

  test("goes through an activation over the format's last axis", () => {
    for (const dataFormat of formats) {
      const config = { kernelSize: 3, dilationRate: 2, padding: 'same', activation: 'softmax', dataFormat };
      withLayer(depthwiseConv2d, config, ({ layer, x }) => {
        const sums = tf.sum(layer.apply(toTfjs(x)), -1).dataSync();
        assert.ok(sums.every((sum) => Math.abs(sum - 1) < 1e-5));
      });
    }
  });

  test('is what tfjs has without a dilation', () => {
    for (const config of combine({ strides: [1, 2], padding: ['valid', 'same', 'causal'], dataFormat: formats })) {
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

  test('knows its shapes, and leaves sizes that are not known', () => {
    const shapeOf = (config, shape) => depthwiseConv2d({ kernelSize: [3, 2], ...config }).computeOutputShape(shape);
    const config = { dilationRate: [2, 3], depthMultiplier: 2 };
    assert.deepEqual(shapeOf(config, [2, 9, 8, 3]), [2, 5, 5, 6]);
    assert.deepEqual(shapeOf(config, [[2, 9, 8, 3]]), [2, 5, 5, 6]);
    assert.deepEqual(shapeOf(config, [null, null, 8, 3]), [null, null, 5, 6]);
    assert.deepEqual(shapeOf({ ...config, padding: 'same' }, [null, 9, null, 3]), [null, 9, null, 6]);
    assert.deepEqual(shapeOf({ ...config, dataFormat: 'channelsFirst' }, [null, 3, 9, null]), [null, 6, 5, null]);
    assert.throws(() => shapeOf(config, [1, 4, 8, 3]), {
      name: 'RangeError',
      message:
        'Error in DepthwiseConv2D: kernelSize must not be larger than the input: ' +
        "its height is 5 (3 dilated by 2), the input's 4",
    });
    const theirs = tfl.layers.depthwiseConv2d({ kernelSize: [3, 2], ...config });
    assert.deepEqual(theirs.computeOutputShape([2, 9, 8, 3]), [2, 7, 7, 6]);
  });

  test('learns through a dilation', async () => {
    const config = { kernelSize: 3, dilationRate: 2, useBias: false };
    const random = new Random('learns');
    const x = randomTensor(random, [8, 9, 9, channels]);
    const kernel = randomTensor(random, [3, 3, channels, 1]);
    const target = forward(convolutionOf(config, x.shape), x.data, kernel.data);
    const model = tfl.sequential({ layers: [depthwiseConv2d({ ...config, inputShape: [9, 9, channels] })] });
    model.compile({ optimizer: tf.train.sgd(1), loss: 'meanSquaredError' });
    const y = toTfjs({ data: Float32Array.from(target.values), shape: target.shape });
    const { history } = await model.fit(toTfjs(x), y, { epochs: 60, batchSize: 8, verbose: 0 });
    assert.ok(history.loss.at(-1) < 1e-6 * history.loss[0], String(history.loss.at(-1)));
    assertClose(plain(model.getWeights()[0]), kernel, 'the kernel', 1e-2);
  });

  test('leaves no tensors in a call', () => {
    for (const dataFormat of formats) {
      withLayer(depthwiseConv2d, { kernelSize: 3, dilationRate: 2, activation: 'relu', dataFormat }, ({ layer, x }) => {
        const input = toTfjs(x);
        const before = tf.memory().numTensors;
        layer.apply(input).dispose();
        assert.equal(tf.memory().numTensors, before);
      });
    }
  });

  test('takes one tensor of 4 dimensions, as tfjs does', () => {
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

describe('SeparableConv2D', () => {
  const separable = combine({
    dilationRate: [2, [1, 3]],
    padding: ['valid', 'same'],
    dataFormat: formats,
    depthMultiplier: [1, 2],
    useBias: [true, false],
  }).map((config) => ({ kernelSize: [3, 2], filters: 4, ...config }));

  /** The pointwise convolution and its gradients, in float64: pixels × channels, whatever the format. */
  function pointwise({ data, shape }, filters, config) {
    const last = config.dataFormat !== 'channelsFirst';
    const [batch, depth, pixels] = last
      ? [1, shape[3], sizeOf(shape) / shape[3]]
      : [shape[0], shape[1], shape[2] * shape[3]];
    const at = (count) => (n, p, c) => (last ? p * count + c : (n * count + c) * pixels + p);
    const [inAt, outAt] = [at(depth), at(filters)];
    const forEach = (visit) => {
      for (let n = 0; n < batch; ++n) {
        for (let p = 0; p < pixels; ++p) {
          for (let c = 0; c < depth; ++c) {
            for (let f = 0; f < filters; ++f) visit(inAt(n, p, c), c * filters + f, outAt(n, p, f));
          }
        }
      }
    };
    const sum = (size, add) => {
      const sums = new Float64Array(size);
      forEach((i, w, o) => add(sums, i, w, o));
      return sums;
    };
    return {
      forward: (w) => sum((data.length / depth) * filters, (y, i, k, o) => (y[o] += data[i] * w[k])),
      inputGradient: (w, dy) => sum(data.length, (dx, i, k, o) => (dx[i] += dy[o] * w[k])),
      filterGradient: (dy) => sum(depth * filters, (dw, i, k, o) => (dw[k] += data[i] * dy[o])),
    };
  }

  /** The depthwise half of a layer with these values, as `pointwise` takes it. */
  function depthwiseHalf(convolution, x, kernel) {
    return { data: forward(convolution, x.data, kernel.data).values, shape: geometryOf(convolution).yShape };
  }

  test('is what the definition says with a dilation', () => {
    for (const config of separable) {
      withLayer(separableConv2d, config, ({ layer, weights: [kernel, point, bias], x, dy, convolution, what }) => {
        const half = depthwiseHalf(convolution, x, kernel);
        const data = pointwise(half, config.filters, config).forward(point.data);
        const { shape } = dy;
        const { at } = channelsOf(shape, config);
        if (bias) data.forEach((_, i) => (data[i] += bias.data[at(i)]));
        assertClose(plain(layer.apply(toTfjs(x))), { data, shape }, what);
      });
    }
  });

  test('has the gradients that the definition says', () => {
    for (const config of separable) {
      withLayer(separableConv2d, config, ({ layer, weights: [kernel, point], x, dy, convolution, what }) => {
        const half = depthwiseHalf(convolution, x, kernel);
        const second = pointwise(half, config.filters, config);
        const dHalf = second.inputGradient(point.data, dy.data);
        const { dx, gradients } = tfjsGradients(layer, x, dy);
        const values = ({ values: data, shape }) => ({ data, shape });
        assertClose(dx, values(inputGradient(convolution, dHalf, kernel.data)), what);
        assertClose(gradients.depthwise_kernel, values(filterGradient(convolution, x.data, dHalf)), what);
        const dPoint = { data: second.filterGradient(dy.data), shape: point.shape };
        assertClose(gradients.pointwise_kernel, dPoint, what);
        if (config.useBias) assertClose(gradients.bias, biasGradient(dy, config), what);
      });
    }
  });

  test('of tfjs knows dilationRate, but with the channels first it adds the bias to rows, or throws', () => {
    const config = { kernelSize: 1, filters: 2, dataFormat: 'channelsFirst', biasInitializer: 'randomNormal' };
    const theirs = tfl.layers.separableConv2d({ ...config, kernelSize: 3, dilationRate: 2 });
    assert.deepEqual(theirs.computeOutputShape([null, 1, 9, null]), [null, 2, 5, null]);
    assert.match(errorOf(() => theirs.apply(tf.ones([1, 1, 9, 9]))).message, /could not be broadcast/);
    for (const [make, isRight] of [
      [tfl.layers.separableConv2d, false],
      [separableConv2d, true],
    ]) {
      const layer = make(config);
      const y = layer.apply(tf.zeros([1, 1, 2, 2])).dataSync();
      const [first, second] = layer.getWeights()[2].dataSync();
      const [wrong, right] = [
        [first, first, second, second, first, first, second, second],
        [first, first, first, first, second, second, second, second],
      ];
      assert.deepEqual([...y], isRight ? right : wrong);
    }
  });

  test('has a pointwiseInitializer, for which tfjs takes the depthwise one', () => {
    const initializers = { depthwiseInitializer: 'zeros', pointwiseInitializer: 'ones' };
    for (const [make, expected] of [
      [tfl.layers.separableConv2d, [0, 0]],
      [separableConv2d, [0, 1]],
    ]) {
      const layer = make({ kernelSize: 1, filters: 1, ...initializers });
      layer.build([1, 1, 1, 1]);
      const [depthwise, point] = layer.getWeights().map((weight) => weight.dataSync()[0]);
      assert.deepEqual([depthwise, point], expected);
      const { pointwiseInitializer } = layer.getConfig();
      assert.equal(pointwiseInitializer.className, expected[1] === 1 ? 'Ones' : 'Zeros');
    }
    const { pointwiseInitializer } = separableConv2d({
      kernelSize: 1,
      filters: 1,
      depthwiseInitializer: 'zeros',
    }).getConfig();
    const byDefault = separableConv2d({ kernelSize: 1, filters: 1 }).getConfig().depthwiseInitializer;
    assert.deepEqual(pointwiseInitializer, byDefault);
  });

  test('writes depthMultiplier down, which tfjs leaves out', () => {
    const config = { kernelSize: 3, filters: 2, depthMultiplier: 2 };
    assert.equal(separableConv2d(config).getConfig().depthMultiplier, 2);
    assert.ok(!('depthMultiplier' in tfl.layers.separableConv2d(config).getConfig()));
  });
});

describe('what the layers refuse', () => {
  test('strides beside a dilation, as Keras up to 3.14', () => {
    for (const [className, make, others] of [
      ['DepthwiseConv2D', depthwiseConv2d, {}],
      ['SeparableConv2D', separableConv2d, { filters: 2 }],
    ]) {
      for (const [strides, dilationRate, got] of [
        [2, 2, '[2,2] beside [2,2]'],
        [[1, 2], [3, 1], '[1,2] beside [3,1]'],
      ]) {
        const message = `Error in ${className}: strides must be 1 beside a dilationRate above 1, got ${got}`;
        assert.throws(() => make({ kernelSize: 3, strides, dilationRate, ...others }), { name: 'RangeError', message });
      }
      make({ kernelSize: 3, strides: 2, ...others });
      for (const dilationRate of [0, -1, 1.5, NaN]) {
        const message = new RegExp(`^Error in ${className}: dilationRate must be whole numbers from 1`);
        assert.throws(() => make({ kernelSize: 3, dilationRate, ...others }), { name: 'RangeError', message });
      }
    }
  });

  test('in code the arguments of a dense kernel, which tfjs passes over in one and refuses in the other', () => {
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
      tfl.layers.depthwiseConv2d({ kernelSize: 3, [argument]: value });
      const theirs = errorOf(() => separableConv2d({ kernelSize: 3, filters: 1, [argument]: value }));
      assert.match(theirs.message, /are invalid for SeparableConv2D/);
    }
  });

  test('what is no TensorFlow.js', () => {
    for (const [args, message] of [
      [[], /tf must be TensorFlow.js .*, got undefined/],
      [[{}, tfl], /tf must be TensorFlow.js .*, got an object/],
      [[tf], /tfl must be the layers of TensorFlow.js .*tfjs-layers/],
      [[tf, null], /tfl must be the layers of TensorFlow.js .*, got null/],
      [
        [{ ...tf, serialization: { ...tf.serialization, Serializable: class {} } }, tfl],
        /tf must be the TensorFlow.js that tfl is built on, got another copy/,
      ],
    ]) {
      assert.throws(() => layersFor(...args), { name: 'TypeError', message });
    }
  });
});

describe('layersFor', () => {
  test('gives the same classes each time, which extend those of tfjs', () => {
    assert.equal(layersFor({ ...tf, ...tfl }).DepthwiseConv2D, DepthwiseConv2D); // as '@tensorflow/tfjs' has it
    const [depthwise, separable] = [depthwiseConv2d({ kernelSize: 1 }), separableConv2d({ kernelSize: 1, filters: 1 })];
    assert.ok(depthwise instanceof DepthwiseConv2D && separable instanceof SeparableConv2D);
    assert.ok(depthwise instanceof tfl.layers.depthwiseConv2d({ kernelSize: 1 }).constructor);
    assert.ok(separable instanceof tfl.layers.separableConv2d({ kernelSize: 1, filters: 1 }).constructor);
  });

  test('touches nothing of TensorFlow.js, names of layers included; importing it does not load TensorFlow.js', () => {
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

describe('models in files', () => {
  // New ones each time: tfjs writes into what it is given.
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

  /** The model after a trip through a file. */
  async function reloaded(model) {
    let file;
    await model.save(tf.io.withSaveHandler((artifacts) => (file = artifacts)));
    const modelTopology = JSON.parse(JSON.stringify(file.modelTopology));
    return tfl.loadLayersModel(tf.io.fromMemory({ ...file, modelTopology }));
  }

  const makeModel = () =>
    tfl.sequential({
      layers: [
        depthwiseConv2d({
          kernelSize: 3,
          dilationRate: 2,
          depthMultiplier: 2,
          activation: 'relu',
          biasInitializer: 'randomNormal',
          depthwiseConstraint: maxNorm(),
          depthwiseRegularizer: l1l2(),
          inputShape: [9, 9, 3],
        }),
        separableConv2d({
          kernelSize: 2,
          filters: 3,
          dilationRate: [1, 2],
          depthMultiplier: 2,
          depthwiseInitializer: 'ones',
          pointwiseInitializer: 'glorotNormal',
          pointwiseConstraint: maxNorm(),
        }),
      ],
    });

  test('come back as they were, with their weights', async () => {
    const model = makeModel();
    const again = await registered(() => reloaded(model));
    assert.ok(again.layers[0] instanceof DepthwiseConv2D && again.layers[1] instanceof SeparableConv2D);
    assert.deepEqual(again.toJSON(null, false), model.toJSON(null, false));
    const [before, after] = [model, again].map((each) => each.getWeights().map(plain));
    before.forEach((weight, i) => assertClose(after[i], weight)); // loading applies constraints, which round
    const x = toTfjs(randomTensor(new Random('file'), [2, 9, 9, 3]));
    assertClose(plain(again.predict(x)), plain(model.predict(x)));
    assert.deepEqual(again.outputShape, [null, 4, 3, 3]);
    const [config] = again.layers.map((layer) => layer.getConfig());
    assert.deepEqual(config.depthwiseConstraint, maxNorm());
    assert.deepEqual(config.depthwiseRegularizer, l1l2());
    const regularized = depthwiseConv2d({ kernelSize: 3, depthwiseRegularizer: l1l2() });
    assert.equal(regularized.getConfig().depthwiseConstraint, null);
  });

  test("become tfjs's classes unless these are registered, and again afterwards", async () => {
    const topology = topologyOf(depthwiseConv2d({ kernelSize: 3, dilationRate: 2, inputShape: [9, 9, 3] }));
    const [first] = topology.config.layers;
    assert.equal(first.class_name, 'DepthwiseConv2D');
    const load = async () => (await tfl.models.modelFromJSON(structuredClone(topology))).layers[0];
    const isOurs = async () => (await load()) instanceof DepthwiseConv2D;
    assert.equal(await isOurs(), false);
    assert.deepEqual((await load()).outputShape, [null, 7, 7, 3]); // the dilation is ignored
    const [outer, inner] = [registerClasses(), registerClasses()];
    assert.equal(await isOurs(), true);
    assert.deepEqual((await load()).outputShape, [null, 5, 5, 3]);
    assert.ok(!(tfl.layers.depthwiseConv2d({ kernelSize: 1 }) instanceof DepthwiseConv2D));
    inner();
    assert.equal(await isOurs(), true);
    outer();
    assert.equal(await isOurs(), false);
  });

  test('of tfjs with a depthwiseRegularizer can be used, which tfjs itself cannot', async () => {
    const args = { kernelSize: 3, depthwiseRegularizer: l1l2(), inputShape: [5, 5, 2] };
    const topology = topologyOf(tfl.layers.depthwiseConv2d(args));
    const weights = [tf.ones([3, 3, 2, 1]), tf.ones([2])];
    const load = () => tfl.models.modelFromJSON(structuredClone(topology));
    const theirs = await load();
    assert.throws(() => theirs.setWeights(weights), /Shape|shape/);
    const ours = await registered(load);
    ours.setWeights(weights);
    assert.deepEqual(plain(ours.getWeights()[0]), plain(weights[0]));
    assert.equal(ours.layers[0].getConfig().depthwiseConstraint, null);
    assert.deepEqual(ours.layers[0].getConfig().depthwiseRegularizer, l1l2());
  });

  test('of tf.keras can be read: tfjs refuses their SeparableConv2D', async () => {
    const glorot = { class_name: 'GlorotUniform', config: { seed: null } };
    const dense = { groups: 1, kernel_initializer: glorot, kernel_regularizer: null, kernel_constraint: null };
    const both = { kernel_size: [3, 3], strides: [1, 1], dilation_rate: [2, 2], depth_multiplier: 2, ...dense };
    const entries = [
      ['DepthwiseConv2D', { ...both, batch_input_shape: [null, 12, 12, 1], depthwise_initializer: glorot }],
      ['SeparableConv2D', { ...both, filters: 5, depthwise_initializer: glorot, pointwise_initializer: glorot }],
    ];
    const layers = entries.map(([class_name, config]) => ({ class_name, config }));
    const topology = { class_name: 'Sequential', config: { name: 'of_keras', layers } };
    const load = () => tfl.models.modelFromJSON(structuredClone(topology));
    await assert.rejects(load(), /Fields kernelInitializer.* are invalid for SeparableConv2D/);
    const model = await registered(load);
    assert.deepEqual(model.outputShape, [null, 4, 4, 5]);
    assert.deepEqual(model.predict(tf.ones([1, 12, 12, 1])).shape, [1, 4, 4, 5]);
    assert.equal(model.layers[1].getConfig().depthMultiplier, 2);
  });
});
