// What a layer holds, for how long, and what belongs to the caller.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { load, Tensor } from 'depthwise-wasm';

import { loadAnotherModule } from './support/another-module.js';
import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/layer-witness.js';

const dw = await load();

const make = (changes, module = dw) => new module.DepthwiseConv2D({ kernelSize: 2, ...changes });
const counts = () => [dw.memory().numTensors, dw.memory().numBytes];
const X = valuesFor([2, 5, 6, 3]);
const DY = valuesFor([2, 4, 5, 3]);
const KERNEL = valuesFor([2, 2, 3, 1]);
const BIAS = valuesFor([3]);

/** A layer that is built with these weights. */
function makeBuilt(changes) {
  const layer = make({ weights: [KERNEL, BIAS], ...changes });
  layer.build(X.shape);
  return layer;
}

beforeEach(() => assert.deepEqual(counts(), [0, 0], 'the test before has left tensors'));

test('three thousand layers leave the memory no larger than the first hundred did', () => {
  const activations = ['linear', 'relu', 'softmax', 'gelu'];
  let plateau = 0;
  for (let i = 0; i < 3000; ++i) {
    const layer = make({
      kernelSize: [3, 4],
      depthMultiplier: 4,
      activation: activations[i % 4],
      depthwiseInitializer: i % 3 ? 'glorotUniform' : 'orthogonal',
      activityRegularizer: i % 2 ? 'l2' : null,
      weights: i % 5 ? null : [valuesFor([3, 4, 3, 4]), valuesFor([12])],
    });
    dw.tidy(() => {
      const { shape } = layer.call(X, { training: true });
      layer.backward(valuesFor(shape));
      layer.setWeights(layer.getWeights());
      layer.getConfig();
    });
    layer.dispose();
    if (i === 100) plateau = dw.memory().heapBytes;
  }
  assert.equal(dw.memory().heapBytes, plateau);
});

test('ten thousand calls of one layer, right and wrong, leave the memory no larger than the first hundred did', () => {
  const layer = makeBuilt({ activation: 'tanh', activityRegularizer: 'l1' });
  let plateau = 0;
  for (let i = 0; i < 10_000; ++i) {
    dw.tidy(() => {
      layer.call(X, { training: i % 2 === 0 });
      layer.backward(DY);
      if (i % 10 === 0) {
        layer.getWeights();
        layer.getConfig();
        layer.toJSON();
        assert.throws(() => layer.call(X.data), TypeError);
        assert.throws(() => layer.backward(X), RangeError);
        assert.throws(() => layer.setWeights([BIAS, KERNEL]), RangeError);
      }
    });
    if (i === 100) plateau = dw.memory().heapBytes;
  }
  assert.equal(dw.memory().heapBytes, plateau);
  layer.dispose();
});

test('layers that are refused leave nothing', () => {
  const failing = { getClassName: () => assert.fail('from within'), getConfig: () => ({}) };
  const { heapBytes } = dw.memory();
  for (let i = 0; i < 2000; ++i) {
    assert.throws(() => make({ padding: 'causal' }), TypeError);
    assert.throws(() => make({ activation: failing }), /from within/);
    assert.throws(() => make({ weights: [KERNEL, 3] }), TypeError);
    const layer = make({ weights: [BIAS, KERNEL] });
    assert.throws(() => layer.build(X.shape), RangeError);
    layer.dispose();
  }
  assert.equal(dw.memory().heapBytes, heapBytes);
});

test('a larger image makes a layer keep more, and a smaller one gives none of it back before dispose', async () => {
  const module = await loadAnotherModule();
  const layer = make({ weights: [KERNEL, BIAS], activation: 'tanh' }, module);
  const train = (size) => layer.call(valuesFor([1, size, size, 3]), { training: true }).dispose();
  train(4);
  const { heapBytes } = module.memory();
  train(500);
  const grown = module.memory().heapBytes;
  assert.ok(grown > heapBytes);
  for (let i = 0; i < 5; ++i) {
    train(4);
    train(500);
  }
  assert.equal(module.memory().heapBytes, grown);
  layer.dispose();
  const again = make({ weights: [KERNEL, BIAS], activation: 'tanh' }, module);
  again.call(valuesFor([1, 500, 500, 3]), { training: true }).dispose();
  assert.equal(module.memory().heapBytes, grown, 'what the first layer kept is not free');
});

test('memory counts no tensor for a layer', () => {
  const layer = makeBuilt();
  layer.call(X, { training: true }).dispose();
  assert.deepEqual(counts(), [0, 0]);
  layer.dispose();
  assert.deepEqual(counts(), [0, 0]);
});

test('dispose frees once, however often it is called, and another layer that took the place is left alone', () => {
  const layer = makeBuilt();
  assert.equal(layer.isDisposed, false);
  layer.dispose();
  assert.equal(layer.isDisposed, true);
  const next = makeBuilt();
  layer.dispose();
  assert.equal(layer.isDisposed, true);
  assertSameBits(next.weights[0], KERNEL);
  next.dispose();
});

test('leaving the scope of a `using` disposes of its layer', () => {
  // What `using layer = …` does; Node 20 cannot read it yet.
  const layer = makeBuilt();
  layer[Symbol.dispose]();
  assert.equal(layer.isDisposed, true);
  layer[Symbol.dispose]();
});

test('tidy ends no layer that is made, built or used in it', () => {
  const before = make();
  const { within, y } = dw.tidy(() => {
    before.call(X, { training: true });
    const layer = makeBuilt();
    layer.call(X, { training: true });
    return { within: layer, y: layer.call(X) };
  });
  assert.deepEqual(counts(), [1, 4 * y.size]);
  for (const layer of [before, within]) {
    assert.equal(layer.isDisposed, false);
    dw.tidy(() => void layer.backward(DY));
    layer.dispose();
  }
  assert.equal(y.isDisposed, false);
  y.dispose();
});

test('a tidy whose body throws ends no layer', () => {
  const layer = makeBuilt();
  const body = () => {
    layer.call(X, { training: true });
    layer.backward(X);
  };
  assert.throws(() => dw.tidy(body), /dy must have shape/);
  assert.deepEqual(counts(), [0, 0]);
  assertSameBits(layer.weights[0], KERNEL);
  dw.tidy(() => void layer.backward(DY));
  layer.dispose();
});

test('results belong to the caller, and are alive until disposed of, also without the layer', () => {
  const layer = makeBuilt({ activation: 'tanh' });
  const y = layer.call(X, { training: true });
  const { dx, gradients } = layer.backward(DY);
  const copies = layer.getWeights();
  const all = [y, dx, gradients.depthwise_kernel, gradients.bias, ...copies];
  assert.equal(dw.memory().numTensors, all.length);
  assert.ok(all.every((tensor) => tensor instanceof Tensor));
  const before = all.map((tensor) => ({ data: tensor.dataSync() }));
  layer.setWeights([{ data: new Float32Array(12).fill(5), shape: KERNEL.shape }, BIAS]);
  dw.tidy(() => {
    layer.call(X, { training: true });
    layer.backward(DY);
  });
  layer.dispose();
  makeBuilt().dispose();
  all.forEach((tensor, i) => assertSameBits(tensor, before[i]));
  for (const tensor of all) tensor.dispose();
});

test('results that are disposed of do not matter to the layer', () => {
  const layer = makeBuilt({ activation: 'softmax' });
  const x = dw.tensor(X.data, X.shape);
  layer.call(x, { training: true }).dispose();
  x.data.fill(NaN);
  x.dispose();
  const dy = dw.tensor(DY.data, DY.shape);
  const first = dw.tidy(() => layer.backward(dy).dx.dataSync());
  dy.dispose();
  for (const weight of layer.getWeights()) weight.dispose();
  const second = dw.tidy(() => layer.backward(DY).dx.dataSync());
  assert.deepEqual(second, first);
  assert.ok(first.every(Number.isFinite));
  layer.dispose();
});

test('inputs are left as they are, and alive', () => {
  const layer = makeBuilt({ activation: 'relu' });
  const inputs = [X, DY, KERNEL, BIAS].map(({ data, shape }) => dw.tensor(data, shape));
  const [x, dy, ...weights] = inputs;
  layer.setWeights(weights);
  dw.tidy(() => {
    layer.call(x, { training: true });
    layer.backward(dy);
  });
  inputs.forEach((tensor, i) => assertSameBits(tensor, [X, DY, KERNEL, BIAS][i]));
  for (const tensor of inputs) tensor.dispose();
  layer.dispose();
});

test('backward repeated gives the same bits, also after a call that does not train', () => {
  for (const activation of ['linear', 'swish', 'softmax']) {
    const layer = makeBuilt({ activation, depthwiseRegularizer: 'l2', activityRegularizer: 'l1' });
    layer.call(X, { training: true }).dispose();
    const bits = () =>
      dw.tidy(() => {
        const { dx, gradients } = layer.backward(DY);
        return [dx, gradients.depthwise_kernel, gradients.bias].map((tensor) => ({ data: tensor.dataSync() }));
      });
    const first = bits();
    const again = () => bits().forEach((tensor, i) => assertSameBits(tensor, first[i], activation));
    again();
    layer.call(valuesFor([1, 9, 9, 3])).dispose();
    layer.getWeights().forEach((tensor) => tensor.dispose());
    layer.getConfig();
    again();
    layer.dispose();
  }
});
