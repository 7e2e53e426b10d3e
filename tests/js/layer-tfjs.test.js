import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertClose, assertSameBits } from './support/compare.js';
import { combine } from './support/grids.js';
import { forward } from './support/oracle.js';
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

test('the outputs are those of tfjs with the same weights', () => {
  for (const config of configs) {
    for (const channels of [1, 3, 8]) {
      withBoth(dw, config, shapeFor(config.dataFormat, [2, 7, 6, channels]), ({ ours, theirs, x }) => {
        assertClose(ours.call(x), callTfjs(theirs, x), `${JSON.stringify(config)}, ${channels} channels`);
      });
    }
  }
});

test('every activation of tfjs gives the outputs of tfjs, small and large ones, in both layouts', () => {
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

test('a training call gives the outputs of one that is not', () => {
  for (const activation of tfjsActivations()) {
    withBoth(dw, { kernelSize: 3, activation }, [2, 5, 6, 5], ({ ours, x }) => {
      const before = plain(ours.call(x));
      assertSameBits(ours.call(x, { training: true }), before, activation);
      assertSameBits(ours.call(x), before, activation);
    });
  }
});

test('one layer takes images of any size and batches of any length, as that of tfjs', () => {
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

test('computeOutputShape gives what tfjs gives, with null for what is not known', () => {
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

test('there are as many parameters as in tfjs, in weights of the same names and shapes', () => {
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

test('weights go from tfjs to here and from here to tfjs', () => {
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

test('the argument weights is what the weights begin with, as in tfjs', () => {
  const random = new Random('weights');
  const [kernel, bias, x] = [[3, 3, 2, 2], [4], [1, 6, 5, 2]].map((shape) => randomTensor(random, shape));
  const config = { kernelSize: 3, depthMultiplier: 2 };
  const ours = new dw.DepthwiseConv2D({ ...config, weights: [kernel, bias] });
  const theirs = tfl.layers.depthwiseConv2d({ ...config, weights: [kernel, bias].map(toTfjs) });
  assertClose(ours.call(x), callTfjs(theirs, x));
  assert.deepEqual(ours.getWeights().map(plain), [kernel, bias]);
  ours.dispose();
});

test('a trainable layer and one that is not give the same outputs, as in tfjs', () => {
  for (const trainable of [true, false]) {
    withBoth(dw, { kernelSize: 3, trainable }, [1, 5, 5, 2], ({ ours, theirs, x }) => {
      assert.equal(ours.trainable, theirs.trainable);
      assert.equal(ours.countParams(), theirs.countParams());
      assertClose(ours.call(x), callTfjs(theirs, x));
    });
  }
});

test('where tfjs is right, both are what the definition says', () => {
  const config = { kernelSize: [3, 2], strides: [1, 2], padding: 'same', depthMultiplier: 2, useBias: false };
  withBoth(dw, config, [2, 6, 7, 3], ({ ours, theirs, weights, x }) => {
    const convolution = { xShape: x.shape, filterShape: [3, 2, 3, 2], strides: [1, 2], pad: 'same' };
    const { values, shape } = forward(convolution, x.data, weights[0].data);
    const expected = { data: values, shape };
    assertClose(ours.call(x), expected, 'ours', 1e-6);
    assertClose(callTfjs(theirs, x), expected, 'theirs', 1e-6);
  });
});
