// Whether a layer is trained: what backward then gives, and when a change takes effect.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/layer-witness.js';

const dw = await load();

const X = valuesFor([2, 5, 6, 3]);
const DY = valuesFor([2, 4, 5, 3]);
const OUT_OF_TURN =
  /^TypeError: Error in DepthwiseConv2D: backward must follow a call with training and come before weights change$/;

function make(changes) {
  const weights = [valuesFor([2, 2, 3, 1]), valuesFor([3])];
  return new dw.DepthwiseConv2D({ kernelSize: 2, weights, activation: 'tanh', depthwiseRegularizer: 'l2', ...changes });
}

/** What backward gives, out of the module's memory. */
function backward(layer) {
  return dw.tidy(() => {
    const { dx, gradients } = layer.backward(DY);
    const copies = Object.entries(gradients).map(([name, tensor]) => [name, { data: tensor.dataSync() }]);
    return { dx: { data: dx.dataSync() }, gradients: Object.fromEntries(copies) };
  });
}

const train = (layer) => layer.call(X, { training: true }).dispose();

beforeEach(() => assert.equal(dw.memory().numTensors, 0, 'the test before has left tensors'));

test('a layer that is trained gives the gradients of the weights that it has', () => {
  const layer = make();
  assert.equal(layer.trainable, true);
  train(layer);
  assert.deepEqual(Object.keys(backward(layer).gradients), ['depthwise_kernel', 'bias']);
  layer.dispose();
  const without = make({ useBias: false, weights: null });
  train(without);
  assert.deepEqual(Object.keys(backward(without).gradients), ['depthwise_kernel']);
  without.dispose();
});

test('a layer that is not trained gives the same dx and no gradients, by configuration and by its property', () => {
  const trained = make();
  train(trained);
  const { dx } = backward(trained);
  const [configured, changed] = [make({ trainable: false }), make()];
  changed.trainable = false;
  for (const layer of [configured, changed]) {
    assert.equal(layer.trainable, false);
    assert.equal(layer.getConfig().trainable, false);
    train(layer);
    const result = backward(layer);
    assertSameBits(result.dx, dx);
    assert.deepEqual(result.gradients, {});
    assert.deepEqual(layer.losses(), trained.losses());
    layer.dispose();
  }
  trained.dispose();
});

test('a change between call and backward is refused until the next training call, in either direction', () => {
  for (const trainable of [true, false]) {
    const layer = make({ trainable });
    train(layer);
    layer.trainable = !trainable;
    assert.throws(() => layer.backward(DY), OUT_OF_TURN);
    layer.trainable = trainable; // also there and back
    assert.throws(() => layer.backward(DY), OUT_OF_TURN);
    layer.call(X).dispose();
    assert.throws(() => layer.backward(DY), OUT_OF_TURN);
    train(layer);
    assert.deepEqual(Object.keys(backward(layer).gradients), trainable ? ['depthwise_kernel', 'bias'] : []);
    layer.dispose();
  }
});

test('setting trainable to what it is changes nothing', () => {
  const layer = make();
  train(layer);
  const first = backward(layer);
  layer.trainable = true;
  assert.deepEqual(backward(layer), first);
  layer.dispose();
});

test('a layer that was frozen and is trained again gives the gradients of its last training call only', () => {
  const layer = make();
  train(layer);
  const expected = backward(layer);
  layer.trainable = false;
  layer.call(valuesFor([1, 9, 9, 3]), { training: true }).dispose();
  dw.tidy(() => assert.deepEqual(layer.backward(valuesFor([1, 8, 8, 3])).gradients, {}));
  layer.trainable = true;
  assert.throws(() => layer.backward(valuesFor([1, 8, 8, 3])), OUT_OF_TURN);
  train(layer);
  assert.deepEqual(backward(layer), expected);
  layer.dispose();
});

test('weights do not change by calls, whether the layer is trained or not', () => {
  for (const trainable of [true, false]) {
    const layer = make({ trainable });
    train(layer);
    const before = layer.weights.map(({ data }) => ({ data: data.slice() }));
    backward(layer);
    layer.call(X).dispose();
    layer.trainable = !trainable;
    layer.weights.forEach((weight, i) => assertSameBits(weight, before[i]));
    layer.dispose();
  }
});

test('weights changed in place between call and backward: dx is that of the new ones, as it says', () => {
  const layer = make({ activation: 'linear', depthwiseRegularizer: null });
  train(layer);
  layer.weights[0].data.fill(2);
  const { dx } = backward(layer);
  const twos = { data: new Float32Array(12).fill(2), shape: [2, 2, 3, 1] };
  const expected = dw.tidy(() => ({
    data: dw
      .depthwiseConv2dNativeBackpropInput({
        inputs: { dy: DY, filter: twos },
        attrs: { pad: 'valid', inputShape: X.shape },
      })
      .dataSync(),
  }));
  assertSameBits(dx, expected);
  layer.dispose();
});
