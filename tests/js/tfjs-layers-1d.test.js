// The layers DepthwiseConv1D and SeparableConv1D of depthwise-wasm/tfjs-layers, against the definition.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { layersFor } from 'depthwise-wasm/tfjs-layers';

import { assertClose, assertMatches } from './support/compare.js';
import { combine } from './support/grids.js';
import { filterGradient, forward, inputGradient } from './support/oracle.js';
import { Random } from './support/random.js';
import { useBackend } from './support/tfjs.js';
import { plain, randomTensor, tf, tfjsGradients, tfl, toTfjs } from './support/tfjs-layers.js';

await useBackend('wasm');
await registerKernels(tf);
const { depthwiseConv1d, separableConv1d, registerClasses } = layersFor(tf, tfl);

const [BATCH, LENGTH, CHANNELS] = [2, 11, 3];
const configs = combine({
  kernelSize: [1, 4],
  padding: ['valid', 'same', 'causal'],
  depthMultiplier: [1, 2],
  useBias: [true, false],
}).flatMap((config) => [
  config,
  { ...config, strides: 2 },
  { ...config, dilationRate: 3 },
  { ...config, strides: 2, dilationRate: 2 },
]);

/** Returns the same convolution over images of one row. */
function convolutionOf({ kernelSize, padding, depthMultiplier, strides = 1, dilationRate = 1 }) {
  const before = (kernelSize - 1) * dilationRate;
  return {
    xShape: [BATCH, 1, LENGTH, CHANNELS],
    filterShape: [1, kernelSize, CHANNELS, depthMultiplier],
    strides: [1, strides],
    dilations: [1, dilationRate],
    pad: padding === 'causal' ? [[0, 0], [0, 0], [before, 0], [0, 0]] : padding, // prettier-ignore
  };
}

function withLayer(make, config, body) {
  const random = new Random(JSON.stringify(config));
  const layer = make(config);
  layer.build([BATCH, LENGTH, CHANNELS]);
  tf.tidy(() => {
    const weights = layer.getWeights().map(({ shape }) => randomTensor(random, shape));
    layer.setWeights(weights.map(toTfjs));
    const x = randomTensor(random, [BATCH, LENGTH, CHANNELS]);
    body({ layer, weights, x, random, convolution: convolutionOf(config), what: JSON.stringify(config) });
  });
  layer.disposeWeights();
}

/** Returns a result of the oracle with the shape of a sequence. */
const withShape = (result, shape) => ({ ...result, shape });

/** Adds a bias to each value, and returns the sums. */
const plus = (values, bias) => values.map((value, i) => value + (bias ? bias[i % bias.length] : 0));

test('DepthwiseConv1D computes the definition, with its gradients', () => {
  for (const config of configs) {
    withLayer(depthwiseConv1d, config, ({ layer, weights: [kernel, bias], x, random, convolution, what }) => {
      const { values } = forward(convolution, x.data, kernel.data);
      const y = layer.apply(toTfjs(x));
      assert.deepEqual(layer.computeOutputShape(x.shape), y.shape, what);
      assertClose(plain(y), { data: plus(values, bias?.data), shape: y.shape }, what);
      const dy = randomTensor(random, y.shape);
      const { dx, gradients } = tfjsGradients(layer, x, dy);
      assertMatches(dx, withShape(inputGradient(convolution, dy.data, kernel.data), x.shape), what);
      const dKernel = withShape(filterGradient(convolution, x.data, dy.data), kernel.shape);
      assertMatches(gradients.depthwise_kernel, dKernel, what);
      assert.equal('bias' in gradients, config.useBias);
    });
  }
});

test('SeparableConv1D computes the definition, with its gradients', () => {
  for (const config of configs.map((each) => ({ ...each, filters: 4 }))) {
    withLayer(
      separableConv1d,
      config,
      ({ layer, weights: [kernel, pointwise, bias], x, random, convolution, what }) => {
        const { values } = forward(convolution, x.data, kernel.data);
        const inner = CHANNELS * config.depthMultiplier;
        const rows = values.length / inner;
        const mixed = Array.from({ length: rows * 4 }, (_, i) => {
          const [row, filter] = [Math.floor(i / 4), i % 4];
          let sum = 0;
          for (let j = 0; j < inner; ++j) sum += values[row * inner + j] * pointwise.data[j * 4 + filter];
          return sum;
        });
        const y = layer.apply(toTfjs(x));
        assert.deepEqual(layer.computeOutputShape(x.shape), y.shape, what);
        assert.deepEqual(pointwise.shape, [1, inner, 4]);
        assertClose(plain(y), { data: plus(mixed, bias?.data), shape: y.shape }, what);
        const { dx, gradients } = tfjsGradients(layer, x, randomTensor(random, y.shape));
        assert.deepEqual(dx.shape, x.shape);
        assert.deepEqual(gradients.depthwise_kernel.shape, kernel.shape);
      },
    );
  }
});

describe('both layers', () => {
  const makers = { DepthwiseConv1D: depthwiseConv1d, SeparableConv1D: separableConv1d };

  test('take the channels first', () => {
    for (const make of Object.values(makers)) {
      const config = { kernelSize: 3, filters: 4, padding: 'causal', activation: 'relu' };
      const [last, first] = [make(config), make({ ...config, dataFormat: 'channelsFirst' })];
      const x = toTfjs(randomTensor(new Random('channels'), [BATCH, LENGTH, CHANNELS]));
      const y = last.apply(x);
      first.build([BATCH, CHANNELS, LENGTH]);
      first.setWeights(last.getWeights());
      const other = first.apply(tf.transpose(x, [0, 2, 1]));
      assert.deepEqual(first.computeOutputShape([BATCH, CHANNELS, LENGTH]), other.shape);
      assert.deepEqual(plain(tf.transpose(other, [0, 2, 1])), plain(y));
    }
  });

  test('train in a model with an unknown length, and return from its file', async () => {
    const unregister = registerClasses();
    try {
      const shared = { kernelSize: 3, padding: 'causal', depthwiseRegularizer: 'l1l2' };
      const layers = [
        depthwiseConv1d({ ...shared, depthMultiplier: 2, dilationRate: 2, inputShape: [null, CHANNELS] }),
        separableConv1d({ ...shared, filters: 4, strides: 2, pointwiseInitializer: 'ones' }),
        tfl.layers.globalAveragePooling1d({}),
      ];
      const model = tfl.sequential({ layers });
      assert.deepEqual(model.layers[1].outputShape, [null, null, 4]);
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const { history } = await model.fit(tf.ones([4, LENGTH, CHANNELS]), tf.ones([4, 4]), { epochs: 3, verbose: 0 });
      assert.ok(history.loss[2] < history.loss[0], history.loss.join());

      const copy = await tfl.models.modelFromJSON(model.toJSON(null, false));
      copy.setWeights(model.getWeights());
      assert.deepEqual(copy.layers[0].getConfig(), model.layers[0].getConfig());
      assert.deepEqual(copy.layers[1].getConfig(), model.layers[1].getConfig());
      const x = tf.ones([1, 8, CHANNELS]);
      assert.deepEqual(plain(copy.predict(x)), plain(model.predict(x)));
    } finally {
      unregister();
    }
    const { classNameMap } = tf.serialization.SerializationMap.getMap();
    assert.ok(!('DepthwiseConv1D' in classNameMap) && 'SeparableConv2D' in classNameMap);
  });

  test('write configurations that give the same configuration', () => {
    for (const make of Object.values(makers)) {
      const given = {
        ...{ kernelSize: 3, filters: 2, padding: 'causal', depthMultiplier: 2, dilationRate: 2, name: 'layer' },
        ...{ depthwiseInitializer: 'ones', depthwiseRegularizer: 'l1l2', depthwiseConstraint: 'nonNeg' },
      };
      const { constructor } = make(given);
      const config = make(given).getConfig();
      assert.equal(config.depthwiseConstraint.className, 'NonNeg');
      assert.deepEqual(constructor.fromConfig(constructor, structuredClone(config)).getConfig(), config);
    }
  });

  test('read configurations of Keras 3', () => {
    for (const [name, make] of Object.entries(makers)) {
      const { constructor } = make({ kernelSize: 1, filters: 1 });
      const policy = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' } };
      const layer = constructor.fromConfig(constructor, {
        kernelSize: [3],
        filters: 2,
        padding: 'causal',
        dtype: policy,
      });
      assert.deepEqual([layer.padding, layer.getClassName()], ['causal', name]);
    }
  });

  test('refuse shapes and arguments that have no meaning', () => {
    for (const [name, make] of Object.entries(makers)) {
      const layer = () => make({ kernelSize: 4, filters: 2 });
      assert.throws(() => layer().build([2, 8]), {
        name: 'RangeError',
        message: new RegExp(`^Error in ${name}: the shape of`),
      });
      assert.throws(() => layer().build([2, 8, null]), {
        name: 'RangeError',
        message: /known channels, got \[2,8,null\]$/,
      });
      const tooShort = /kernelSize must not be larger than the input: its length is 4, the input's 3$/;
      assert.throws(() => layer().computeOutputShape([2, 3, 3]), { name: 'RangeError', message: tooShort });
      assert.throws(() => make({ kernelSize: 3, filters: 2, dilationRate: 0 }), /dilationRate must be whole numbers/);
      assert.throws(() => make({ kernelSize: 3, filters: 2, kernelInitializer: 'ones' }), /kernelInitializer/);
    }
  });
});
