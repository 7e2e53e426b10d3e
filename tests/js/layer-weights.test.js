// Weights as a caller gives and gets them: copies and live views; and whether a layer is trained.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { load } from 'depthwise-wasm';

import { loadAnotherModule } from './support/another-module.js';
import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/layer-witness.js';
import { sizeOf } from './support/oracle.js';

const dw = await load();

const make = (changes, module = dw) => new module.DepthwiseConv2D({ kernelSize: 2, ...changes });
const X = valuesFor([2, 5, 6, 3]);
const DY = valuesFor([2, 4, 5, 3]);
const KERNEL = valuesFor([2, 2, 3, 1]);
const BIAS = valuesFor([3]);
const constant = (value, shape) => ({ data: new Float32Array(sizeOf(shape)).fill(value), shape });

function makeBuilt(changes, module = dw) {
  const layer = make({ weights: [KERNEL, BIAS], ...changes }, module);
  layer.build(X.shape);
  return layer;
}

function assertWeights(layer, expected) {
  assert.equal(layer.weights.length, expected.length);
  layer.weights.forEach((weight, i) => assertSameBits(weight, expected[i], weight.name));
}

beforeEach(() => assert.equal(dw.memory().numTensors, 0, 'the test before has left tensors'));

test('getWeights returns copies, weights returns live views', () => {
  const layer = makeBuilt();
  const copies = layer.getWeights();
  assert.deepEqual(
    copies.map(({ shape }) => shape),
    [[2, 2, 3, 1], [3]],
  );
  copies[0].data.fill(9);
  assertWeights(layer, [KERNEL, BIAS]);
  layer.weights[0].data[0] = 7;
  layer.weights[1].data.fill(0.5);
  const x = constant(0, [1, 2, 2, 3]);
  x.data[0] = 1;
  const y = layer.call(x);
  assert.deepEqual(Array.from(y.data), [7.5, 0.5, 0.5]);
  for (const tensor of [y, ...copies]) tensor.dispose();
  layer.dispose();
});

test('weights have a name, a shape and a size', () => {
  const layer = makeBuilt();
  const [kernel, bias] = layer.weights;
  assert.deepEqual([kernel.name, kernel.shape, kernel.size], ['depthwise_kernel', [2, 2, 3, 1], 12]);
  assert.deepEqual([bias.name, bias.shape, bias.size], ['bias', [3], 3]);
  assert.throws(() => (kernel.shape[0] = 9), TypeError);
  assert.equal(layer.countParams(), 15);
  layer.dispose();
  const without = make({ useBias: false, depthMultiplier: 2 });
  assert.deepEqual(without.weights, []);
  without.build(X.shape);
  assert.deepEqual(
    without.weights.map(({ name, shape }) => [name, shape]),
    [['depthwise_kernel', [2, 2, 3, 2]]],
  );
  without.dispose();
});

test('weights in a configuration are copied at once and set by build, in every form of a configuration', () => {
  const config = { kernelSize: 2, weights: [KERNEL, BIAS] };
  for (const given of [
    config,
    { className: 'DepthwiseConv2D', config },
    { class_name: 'DepthwiseConv2D', config },
    { className: 'DepthwiseConv2D', config: { kernelSize: 2 }, weights: [KERNEL, BIAS] },
  ]) {
    const layer = dw.DepthwiseConv2D.fromConfig(given);
    layer.build(X.shape);
    assertWeights(layer, [KERNEL, BIAS]);
    assert.ok(!('weights' in layer.getConfig()));
    layer.dispose();
  }
  const kernel = { data: KERNEL.data.slice(), shape: [...KERNEL.shape] };
  const bias = dw.tensor(BIAS.data, BIAS.shape);
  const layer = make({ weights: [kernel, bias] });
  kernel.data.fill(9);
  kernel.shape.pop();
  bias.dispose();
  layer.call(X).dispose();
  assertWeights(layer, [KERNEL, BIAS]);
  layer.weights[0].data.fill(1);
  layer.build([1, 9, 9, 3]); // a second build keeps the weights
  assertWeights(layer, [constant(1, KERNEL.shape), BIAS]);
  layer.dispose();
});

test('setWeights copies', () => {
  const layer = make();
  layer.build(X.shape);
  const kernel = dw.tensor(KERNEL.data, KERNEL.shape);
  layer.setWeights([kernel, BIAS]);
  kernel.data.fill(9);
  kernel.dispose();
  assertWeights(layer, [KERNEL, BIAS]);
  layer.dispose();
});

test('a weight is a tensor for kernels, for other layers and modules, and for its own layer', async () => {
  const layer = makeBuilt();
  const [kernel] = layer.weights;
  const without = make({ useBias: false, weights: [kernel] });
  dw.tidy(() => assertSameBits(without.call(X), dw.depthwiseConv2d(X, kernel)));
  layer.setWeights(layer.weights);
  assertWeights(layer, [KERNEL, BIAS]);
  const another = await loadAnotherModule();
  assert.equal(layer instanceof another.DepthwiseConv2D, false);
  const foreign = make({}, another);
  foreign.build(X.shape);
  foreign.setWeights(layer.weights);
  layer.setWeights([constant(0, KERNEL.shape), BIAS]);
  assertWeights(foreign, [KERNEL, BIAS]);
  for (const each of [layer, without, foreign]) each.dispose();
});

test('layers do not affect each other, in any order of calls', () => {
  const layers = ['relu', 'softmax', 'linear'].map((activation) => makeBuilt({ activation }));
  const shapes = layers.map((_, i) => [1 + i, 5, 4 + i, 3]);
  const train = (i) => layers[i].call(valuesFor(shapes[i]), { training: true });
  const backward = (i) => {
    const { dx, gradients } = layers[i].backward(valuesFor([shapes[i][0], 4, shapes[i][2] - 1, 3]));
    return [dx, gradients.depthwise_kernel, gradients.bias].map((tensor) => ({ data: tensor.dataSync() }));
  };
  const alone = layers.map((_, i) => dw.tidy(() => (train(i), backward(i))));
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
  ]) {
    dw.tidy(() => {
      for (const i of order) train(i);
      for (const i of order.toReversed()) backward(i).forEach((tensor, k) => assertSameBits(tensor, alone[i][k]));
    });
  }
  for (const layer of layers) layer.dispose();
});

test('a layer that is not trained has the same dx and losses and no gradients', () => {
  const config = { activation: 'tanh', depthwiseRegularizer: 'l2' };
  const result = (layer) =>
    dw.tidy(() => {
      layer.call(X, { training: true });
      const { dx, gradients } = layer.backward(DY);
      return { dx: { data: dx.dataSync() }, names: Object.keys(gradients), losses: layer.losses() };
    });
  const [trained, configured] = [makeBuilt(config), makeBuilt({ ...config, trainable: false })];
  const expected = result(trained);
  assert.deepEqual(expected.names, ['depthwise_kernel', 'bias']);
  const frozen = { ...expected, names: [] };
  assert.deepEqual(result(configured), frozen);
  trained.trainable = false;
  assert.equal(trained.getConfig().trainable, false);
  assert.deepEqual(result(trained), frozen);
  trained.trainable = true;
  assert.deepEqual(result(trained), expected);
  for (const layer of [trained, configured]) layer.dispose();
});

test('backward uses weights that were changed in place after the call', () => {
  const layer = makeBuilt();
  layer.call(X, { training: true }).dispose();
  layer.weights[0].data.fill(2);
  const filter = constant(2, KERNEL.shape);
  dw.tidy(() => {
    const attrs = { pad: 'valid', inputShape: X.shape };
    const expected = dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy: DY, filter }, attrs });
    assertSameBits(layer.backward(DY).dx, expected);
  });
  layer.dispose();
});
