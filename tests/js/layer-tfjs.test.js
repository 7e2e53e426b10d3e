// Outputs, shapes, weights, losses and constraints of the layer equal those of the layer of tfjs-layers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertClose, assertSameBits } from './support/compare.js';
import { combine } from './support/grids.js';
import { forward, sizeOf } from './support/oracle.js';
import { Random } from './support/random.js';
import { callTfjs, plain, randomTensor, tfjsActivations, tfl, toTfjs, withBoth } from './support/tfjs-layers.js';

const dw = await load();

/** Of x, for a layer of this dataFormat. */
function shapeFor(dataFormat, [batch, height, width, channels]) {
  return dataFormat === 'channelsFirst' ? [batch, channels, height, width] : [batch, height, width, channels];
}

const configs = combine({
  kernelSize: [3, [2, 4], [1, 5]],
  strides: [1, 2, [2, 1]],
  padding: ['valid', 'same'],
  depthMultiplier: [1, 3],
  dataFormat: ['channelsLast', 'channelsFirst'],
  useBias: [true, false],
});

test('outputs equal those of tfjs with the same weights', () => {
  for (const config of configs) {
    for (const channels of [1, 3, 8]) {
      withBoth(dw, config, shapeFor(config.dataFormat, [2, 7, 6, channels]), ({ ours, theirs, x }) => {
        assertClose(ours.call(x), callTfjs(theirs, x), `${JSON.stringify(config)}, ${channels} channels`);
      });
    }
  }
});

test('every activation of tfjs, for small and large outputs, in both layouts', () => {
  const activations = tfjsActivations();
  const wellKnown = ['elu', 'gelu_new', 'hardSigmoid', 'linear', 'logSoftmax', 'mish', 'softmax', 'swish', 'tanh'];
  for (const name of wellKnown) assert.ok(activations.includes(name), name);
  for (const config of combine({ activation: activations, dataFormat: ['channelsLast', 'channelsFirst'] })) {
    withBoth(dw, { kernelSize: 2, ...config }, [2, 5, 6, 5], ({ ours, theirs, x }) => {
      for (const scale of [0.1, 1, 10, 100]) {
        const scaled = { data: x.data.map((value) => value * scale), shape: x.shape };
        assertClose(
          ours.call(scaled),
          callTfjs(theirs, scaled),
          `${JSON.stringify(config)}, x ${scale} times as large`,
        );
      }
    });
  }
});

test('a training call gives the same outputs', () => {
  for (const activation of tfjsActivations()) {
    withBoth(dw, { kernelSize: 3, activation }, [2, 5, 6, 5], ({ ours, x }) => {
      const before = plain(ours.call(x));
      assertSameBits(ours.call(x, { training: true }), before, activation);
      assertSameBits(ours.call(x), before, activation);
    });
  }
});

test('one layer takes images of any size and batches of any length', () => {
  const config = { kernelSize: [3, 2], strides: 2, padding: 'same', activation: 'elu' };
  withBoth(dw, config, [1, 8, 8, 4], ({ ours, theirs }) => {
    const random = new Random('sizes');
    for (const [batch, height, width] of [
      [1, 1, 1],
      [5, 2, 3],
      [0, 4, 4],
      [2, 40, 33],
      [1, 3, 2],
    ]) {
      const x = randomTensor(random, [batch, height, width, 4]);
      assertClose(ours.call(x), callTfjs(theirs, x), String(x.shape));
    }
  });
});

test('computeOutputShape, with null for unknown sizes', () => {
  for (const config of configs) {
    const ours = new dw.DepthwiseConv2D(config);
    const theirs = tfl.layers.depthwiseConv2d(config);
    for (const sizes of [
      [2, 7, 6, 3],
      [null, 7, 6, 3],
      [null, null, 6, 1],
      [4, 9, null, 2],
      [null, null, null, 5],
    ]) {
      const shape = shapeFor(config.dataFormat, sizes);
      assert.deepEqual(ours.computeOutputShape(shape), theirs.computeOutputShape(shape), JSON.stringify(config));
    }
    ours.dispose();
  }
});

test('names, shapes and numbers of weights', () => {
  for (const config of configs) {
    const name = 'a_layer';
    withBoth(dw, { ...config, name }, shapeFor(config.dataFormat, [2, 7, 6, 3]), ({ ours, theirs }) => {
      assert.equal(ours.name, theirs.name);
      assert.equal(ours.countParams(), theirs.countParams());
      assert.deepEqual(
        ours.weights.map((weight) => [weight.name, [...weight.shape]]),
        theirs.weights.map((weight) => [weight.originalName, weight.shape]),
      );
    });
  }
  const inModel = tfl.layers.depthwiseConv2d({ kernelSize: 3, inputShape: [5, 5, 2], name: 'b_layer' });
  tfl.sequential({ layers: [inModel] });
  const ours = new dw.DepthwiseConv2D({ kernelSize: 3, inputShape: [5, 5, 2], name: 'b_layer' });
  ours.build();
  assert.deepEqual(
    ours.weights.map((weight) => `${ours.name}/${weight.name}`),
    inModel.weights.map((weight) => weight.originalName),
  );
  ours.dispose();
});

test('getWeights and setWeights exchange weights with tfjs', () => {
  for (const useBias of [true, false]) {
    const config = { kernelSize: [2, 3], depthMultiplier: 2, useBias, biasInitializer: 'randomNormal' };
    withBoth(dw, config, [1, 5, 6, 3], ({ ours, theirs, weights, x }) => {
      const others = weights.map(({ data, shape }) => ({ data: data.map((value) => 2 - value), shape }));

      theirs.setWeights(others.map(toTfjs));
      ours.setWeights(theirs.getWeights().map(plain));
      assert.deepEqual(ours.getWeights().map(plain), others);
      assertClose(ours.call(x), callTfjs(theirs, x));

      ours.setWeights(weights);
      theirs.setWeights(ours.getWeights().map(toTfjs));
      assert.deepEqual(theirs.getWeights().map(plain), weights);
      assertClose(ours.call(x), callTfjs(theirs, x));
    });
  }
});

test('the argument weights sets the first weights', () => {
  const random = new Random('weights');
  const [kernel, bias, x] = [[3, 3, 2, 2], [4], [1, 6, 5, 2]].map((shape) => randomTensor(random, shape));
  const config = { kernelSize: 3, depthMultiplier: 2 };
  const ours = new dw.DepthwiseConv2D({ ...config, weights: [kernel, bias] });
  const theirs = tfl.layers.depthwiseConv2d({ ...config, weights: [kernel, bias].map(toTfjs) });
  assertClose(ours.call(x), callTfjs(theirs, x));
  assert.deepEqual(ours.getWeights().map(plain), [kernel, bias]);
  ours.dispose();
});

test('both equal the definition', () => {
  const config = { kernelSize: [3, 2], strides: [1, 2], padding: 'same', depthMultiplier: 2, useBias: false };
  withBoth(dw, config, [2, 6, 7, 3], ({ ours, theirs, weights, x }) => {
    const convolution = { xShape: x.shape, filterShape: [3, 2, 3, 2], strides: [1, 2], pad: 'same' };
    const { values, shape } = forward(convolution, x.data, weights[0].data);
    const expected = { data: values, shape };
    assertClose(ours.call(x), expected, 'ours', 1e-6);
    assertClose(callTfjs(theirs, x), expected, 'theirs', 1e-6);
  });
});

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

  test('of kernel and bias', () => {
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

  test('of changed weights, trainable or not', () => {
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

  test('of the last output, divided by its batch', () => {
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

  test('of the kernel, along every axis', () => {
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

  test('of the bias', () => {
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

  test('are applied by applyConstraints and not by setWeights (as in Keras; tfjs applies them in setWeights)', () => {
    const config = { kernelSize: 2, depthwiseConstraint: 'nonNeg', biasConstraint: 'nonNeg' };
    withBoth(dw, config, [1, 4, 4, 6], ({ ours, theirs, weights }) => {
      const moved = weights.map(({ data, shape }) => ({ data: data.map((value) => Math.max(0, value)), shape }));
      assert.deepEqual(ours.getWeights().map(plain), weights);
      assert.deepEqual(theirs.getWeights().map(plain), moved);
      ours.applyConstraints();
      assert.deepEqual(ours.getWeights().map(plain), moved);
    });
  });
});
