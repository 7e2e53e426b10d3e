// Weights as a caller sees, gives and gets them: copies and live views, also when the memory grows and views of it become empty.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { load } from 'depthwise-wasm';

import { loadAnotherModule } from './support/another-module.js';
import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/layer-witness.js';
import { sizeOf } from './support/oracle.js';
import { takeAllMemory } from './support/without-memory.js';

const dw = await load();

const make = (changes, module = dw) => new module.DepthwiseConv2D({ kernelSize: 2, ...changes });
const X = valuesFor([2, 5, 6, 3]);
const KERNEL = valuesFor([2, 2, 3, 1]);
const BIAS = valuesFor([3]);
const constant = (value, shape) => ({ data: new Float32Array(sizeOf(shape)).fill(value), shape });
const plain = ({ data, shape }) => ({ data, shape });

/** A layer that is built with these weights. */
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

test('getWeights gives copies, weights gives live views', () => {
  const layer = makeBuilt();
  const copies = layer.getWeights();
  assert.deepEqual(
    copies.map(({ shape }) => shape),
    [[2, 2, 3, 1], [3]],
  );
  assertSameBits(copies[0], KERNEL);
  assertSameBits(copies[1], BIAS);
  copies[0].data.fill(9);
  assertWeights(layer, [KERNEL, BIAS]);
  layer.weights[0].data[0] = 7;
  layer.weights[1].data.fill(0.5);
  assert.equal(copies[0].data[0], 9);
  assert.equal(layer.weights[0].data[0], 7);
  const x = constant(0, [1, 2, 2, 3]);
  x.data[0] = 1;
  const y = layer.call(x);
  assert.deepEqual(Array.from(y.data), [7.5, 0.5, 0.5]);
  for (const tensor of [y, ...copies]) tensor.dispose();
  layer.dispose();
});

test('weights tell their name, shape and size, which do not change', () => {
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
  assert.equal(without.countParams(), 24);
  without.dispose();
});

test('the weights beside a configuration are copied when the layer is made, and set when it is built', () => {
  const kernel = { data: KERNEL.data.slice(), shape: [...KERNEL.shape] };
  const bias = dw.tensor(BIAS.data, BIAS.shape);
  const weights = [kernel, bias];
  const layer = make({ weights });
  kernel.data.fill(9);
  kernel.shape.pop();
  bias.data.fill(9);
  bias.dispose();
  weights.length = 0;
  assert.equal(dw.memory().numTensors, 0);
  layer.call(X).dispose();
  assertWeights(layer, [KERNEL, BIAS]);
  layer.weights[0].data.fill(1);
  layer.build([1, 9, 9, 3]);
  assertWeights(layer, [constant(1, KERNEL.shape), BIAS]);
  layer.dispose();
});

test('weights are taken beside any form of a configuration', () => {
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
    layer.dispose();
  }
  const saysNone = make({ weights: [KERNEL, BIAS] });
  assert.ok(!('weights' in saysNone.getConfig()));
  saysNone.dispose();
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

test('a weight is taken where tensors are: by a kernel, by another layer, by its own', async () => {
  const layer = makeBuilt();
  const [kernel] = layer.weights;
  const without = make({ useBias: false, weights: [kernel] });
  dw.tidy(() => assertSameBits(without.call(X), dw.depthwiseConv2d(X, kernel)));
  layer.setWeights(layer.weights);
  assertWeights(layer, [KERNEL, BIAS]);
  const another = await loadAnotherModule();
  const foreign = make({}, another);
  foreign.build(X.shape);
  foreign.setWeights(layer.weights);
  assertWeights(foreign, [KERNEL, BIAS]);
  for (const each of [layer, without, foreign]) each.dispose();
});

test('one tensor may be given for several layers', () => {
  const shared = [dw.tensor(KERNEL.data, KERNEL.shape), dw.tensor(BIAS.data, BIAS.shape)];
  const layers = [make({ weights: shared }), make({ weights: shared }), makeBuilt()];
  layers[2].setWeights(shared);
  for (const tensor of shared) tensor.dispose();
  for (const layer of layers) layer.build(X.shape);
  layers[0].weights[0].data.fill(0);
  assertWeights(layers[1], [KERNEL, BIAS]);
  assertWeights(layers[2], [KERNEL, BIAS]);
  for (const layer of layers) layer.dispose();
});

/** Runs `body` when a module has no memory left and must grow for it. */
function whileGrowing(module, body) {
  takeAllMemory(module);
  const { heapBytes } = module.memory();
  const result = body();
  assert.ok(module.memory().heapBytes > heapBytes, 'the memory did not grow, so that this test says nothing');
  return result;
}

test('weights stay right when the memory grows, and their views are to be read again', async () => {
  const module = await loadAnotherModule();
  const layer = makeBuilt({}, module);
  const [kernel] = layer.weights;
  const before = kernel.data;
  whileGrowing(module, () => layer.call(X));
  assert.equal(before.length, 0);
  assertSameBits(kernel, KERNEL);
  assertWeights(layer, [KERNEL, BIAS]);
});

test('calls for which the memory grows take views of it, and give what any other does', async () => {
  const run = (module, step) => {
    const layer = step(() => make({ activation: 'swish', weights: [KERNEL, BIAS] }, module));
    step(() => layer.build(X.shape));
    const x = module.tensor(X.data, X.shape);
    const y = step(() => layer.call(plain(x), { training: true }));
    const dy = module.tensor(y.data, y.shape);
    const { dx, gradients } = step(() => layer.backward(plain(dy)));
    const config = step(() => layer.getConfig());
    assert.equal(config.activation, 'swish');
    return [y, dx, gradients.depthwise_kernel, gradients.bias, ...layer.weights];
  };
  const [quiet, growing] = [await loadAnotherModule(), await loadAnotherModule()];
  const expected = run(quiet, (body) => body());
  const results = run(growing, (body) => whileGrowing(growing, body));
  results.forEach((tensor, i) => assertSameBits(tensor, expected[i]));
});

test('views of the memory that grows are taken as weights', async () => {
  const module = await loadAnotherModule();
  const tensors = [KERNEL, BIAS].map(({ data, shape }) => module.tensor(data, shape));
  const given = makeBuilt({ weights: tensors.map(plain) }, module);
  assertWeights(given, [KERNEL, BIAS]);
  const set = makeBuilt({ weights: [constant(0, KERNEL.shape), constant(0, BIAS.shape)] }, module);
  whileGrowing(module, () => set.setWeights(tensors.map(plain)));
  assertWeights(set, [KERNEL, BIAS]);
  const views = set.weights.map(plain);
  const fresh = whileGrowing(module, () => makeBuilt({ weights: views }, module));
  assertWeights(fresh, [KERNEL, BIAS]);
  whileGrowing(module, () => set.setWeights(set.weights));
  assertWeights(set, [KERNEL, BIAS]);
  const copies = whileGrowing(module, () => set.getWeights());
  copies.forEach((copy, i) => assertSameBits(copy, [KERNEL, BIAS][i]));
});

test('layers of several modules have nothing to do with each other', async () => {
  const another = await loadAnotherModule();
  assert.notEqual(dw.DepthwiseConv2D, another.DepthwiseConv2D);
  const [a, b] = [makeBuilt({ activation: 'relu' }), makeBuilt({ activation: 'tanh' }, another)];
  assert.equal(a instanceof another.DepthwiseConv2D, false);
  const run = (layer, module) =>
    module.tidy(() => {
      const y = layer.call(X, { training: true });
      return [y, layer.backward(valuesFor([...y.shape])).dx].map((tensor) => ({ data: tensor.dataSync() }));
    });
  const alone = [run(a, dw), run(b, another)];
  a.call(X, { training: true }).dispose();
  b.call(valuesFor([1, 9, 9, 3]), { training: true }).dispose();
  b.setWeights([constant(0, KERNEL.shape), BIAS]);
  assertWeights(a, [KERNEL, BIAS]);
  a.dispose();
  b.setWeights([KERNEL, BIAS]);
  run(b, another).forEach((tensor, i) => assertSameBits(tensor, alone[1][i]));
  const again = makeBuilt({ activation: 'relu' });
  run(again, dw).forEach((tensor, i) => assertSameBits(tensor, alone[0][i]));
  again.dispose();
  b.dispose();
});

test('layers of one module have nothing to do with each other, whatever the order of their calls', () => {
  const layers = ['relu', 'softmax', 'linear'].map((activation) => makeBuilt({ activation }));
  const shapes = layers.map((_, i) => [1 + i, 5, 4 + i, 3]);
  const train = (i) => layers[i].call(valuesFor(shapes[i]), { training: true });
  const backward = (i) => layers[i].backward(valuesFor([shapes[i][0], 4, shapes[i][2] - 1, 3]));
  const bits = ({ dx, gradients }) =>
    [dx, gradients.depthwise_kernel, gradients.bias].map((tensor) => ({ data: tensor.dataSync() }));
  const alone = layers.map((_, i) => dw.tidy(() => (train(i), bits(backward(i)))));
  for (const order of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0],
  ]) {
    dw.tidy(() => {
      for (const i of order) train(i);
      for (const i of order.toReversed()) bits(backward(i)).forEach((tensor, k) => assertSameBits(tensor, alone[i][k]));
    });
  }
  for (const layer of layers) layer.dispose();
});
