// Faults of the layer of tfjs-layers 4.22, and the results of this package for the same arguments. If one of these fails because tfjs was
// repaired, delete its half of the test. tests/js/layer-initializers.test.js has those of initializers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertClose, assertMatches } from './support/compare.js';
import { filterGradient, forward, inputGradient } from './support/oracle.js';
import { Random } from './support/random.js';
import {
  callTfjs,
  entryOf,
  plain,
  randomTensor,
  tf,
  tfjsGradients,
  tfl,
  toTfjs,
  withBoth,
} from './support/tfjs-layers.js';

const dw = await load();

/** Returns the error of a function. Errors of tfjs have no class of their own. */
function errorOf(body) {
  try {
    body();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}

function makeHere(config) {
  return new dw.DepthwiseConv2D({ kernelSize: 3, ...config });
}

function makeThere(config) {
  return tfl.layers.depthwiseConv2d({ kernelSize: 3, ...structuredClone(config) });
}

describe('tfjs ignores dilationRate', () => {
  const config = { kernelSize: [3, 2], dilationRate: [2, 3], depthMultiplier: 2, useBias: false };
  const undilated = { xShape: [2, 9, 8, 3], filterShape: [3, 2, 3, 2], pad: 'valid' };
  const convolution = { ...undilated, dilations: [2, 3] };

  test('in the output', () => {
    for (const padding of ['valid', 'same']) {
      withBoth(dw, { ...config, padding }, convolution.xShape, ({ ours, theirs, weights: [kernel], x }) => {
        assertMatches(ours.call(x), forward({ ...convolution, pad: padding }, x.data, kernel.data), padding);
        assertMatches(callTfjs(theirs, x), forward({ ...undilated, pad: padding }, x.data, kernel.data), padding);
      });
    }
  });

  test('in the gradients', () => {
    const same = { ...config, padding: 'same' };
    withBoth(dw, same, convolution.xShape, ({ ours, theirs, weights: [kernel], x, dy }) => {
      ours.call(x, { training: true });
      const here = ours.backward(dy);
      const there = tfjsGradients(theirs, x, dy);
      for (const [{ dx, gradients }, of] of [
        [here, { ...convolution, pad: 'same' }],
        [there, { ...undilated, pad: 'same' }],
      ]) {
        assertMatches(dx, inputGradient(of, dy.data, kernel.data));
        assertMatches(gradients.depthwise_kernel, filterGradient(of, x.data, dy.data));
      }
    });
  });

  test('together with strides too', () => {
    const strided = { strides: 2, dilationRate: 2 };
    assert.deepEqual(makeHere(strided).computeOutputShape([1, 9, 9, 1]), [1, 3, 3, 1]);
    assert.deepEqual(makeThere(strided).computeOutputShape([1, 9, 9, 1]), [1, 4, 4, 1]);
  });
});

describe('tfjs writes the regularizer as the constraint', () => {
  const depthwiseConstraint = { className: 'MaxNorm', config: { maxValue: 2, axis: 0 } };
  const depthwiseRegularizer = { className: 'L1L2', config: { l1: 0.25, l2: 0.5 } };

  test('so that a constraint is lost', () => {
    assert.deepEqual(makeHere({ depthwiseConstraint }).getConfig().depthwiseConstraint, depthwiseConstraint);
    assert.equal(makeThere({ depthwiseConstraint }).getConfig().depthwiseConstraint, null);
  });

  test('so that a regularizer becomes one', () => {
    assert.equal(makeHere({ depthwiseRegularizer }).getConfig().depthwiseConstraint, null);
    assert.deepEqual(makeThere({ depthwiseRegularizer }).getConfig().depthwiseConstraint, depthwiseRegularizer);
  });

  test('so that it cannot use its own files', async () => {
    const config = { depthwiseRegularizer, inputShape: [5, 5, 2] };
    const topologyOf = (layer) => ({ class_name: 'Sequential', config: { name: 'a_model', layers: [layer] } });
    const entry = entryOf(tfl.sequential({ layers: [makeThere(config)] }));
    const weights = [tf.ones([3, 3, 2, 1]), tf.ones([2])];
    const theirs = await tfl.models.modelFromJSON(topologyOf(entry));
    assert.throws(() => theirs.layers[0].setWeights(weights), /Shape|shape/);
    const fromHere = await tfl.models.modelFromJSON(topologyOf(makeHere(config).toJSON()));
    fromHere.layers[0].setWeights(weights);
    assert.deepEqual(plain(fromHere.layers[0].getWeights()[0]), plain(weights[0]));
  });
});

describe('tfjs does not apply', () => {
  test('constraints in training', async () => {
    const config = { depthwiseConstraint: 'nonNeg', useBias: false, inputShape: [3, 3, 2], name: 'constrained' };
    const random = new Random('constraints in training');
    const [x, kernel] = [
      [1, 3, 3, 2],
      [3, 3, 2, 1],
    ].map((shape) => randomTensor(random, shape));
    const positive = { data: kernel.data.map(Math.abs), shape: kernel.shape };
    const rate = 10;

    const theirs = makeThere(config);
    const model = tfl.sequential({ layers: [theirs] });
    theirs.setWeights([toTfjs(positive)]);
    model.compile({ optimizer: tf.train.sgd(rate), loss: 'meanSquaredError' });
    await model.fit(toTfjs(x), tf.zeros([1, 1, 1, 2]), { epochs: 1 });
    const trained = plain(theirs.getWeights()[0]);
    assert.ok(trained.data.some((value) => value < 0));

    const ours = makeHere({ ...config, weights: [positive] });
    const y = ours.call(x, { training: true });
    const { gradients } = ours.backward(y); // of the mean of two squares
    const [{ data }] = ours.weights;
    gradients.depthwise_kernel.data.forEach((slope, i) => (data[i] -= rate * slope));
    assertClose(ours.weights[0], trained, 'before');
    ours.applyConstraints();
    const expected = { data: trained.data.map((value) => Math.max(0, value)), shape: trained.shape };
    assertClose(ours.weights[0], expected, 'after');
    ours.dispose();
  });

  test('an activityRegularizer, nor a layer with one', () => {
    const config = { kernelSize: 1, activityRegularizer: 'l1l2' };
    const theirs = makeThere(config);
    assert.match(errorOf(() => theirs.apply(tf.ones([1, 2, 2, 1]))).message, /not supported yet/);
    const ours = makeHere({ ...config, depthwiseInitializer: 'ones' });
    ours.call({ data: Float32Array.of(1, -2, 3, -4), shape: [1, 2, 2, 1] }).dispose();
    assert.ok(Math.abs(ours.losses()[0] - 0.01 * (10 + 30)) < 1e-12);
    ours.dispose();
  });
});

describe('tfjs accepts', () => {
  test('wrong sizes and steps', () => {
    for (const [argument, value] of [
      ['strides', 0],
      ['kernelSize', 2.5],
      ['kernelSize', -1],
      ['depthMultiplier', 0.5],
      ['depthMultiplier', 0],
      ['dilationRate', 0],
    ]) {
      assert.equal([makeThere({ [argument]: value }).getConfig()[argument]].flat()[0], value);
      const { constructor, message } = errorOf(() => makeHere({ [argument]: value }));
      assert.equal(constructor, RangeError);
      assert.ok(message.startsWith(`Error in DepthwiseConv2D: ${argument} must be`), message);
    }
  });

  test('a kernel larger than the image', () => {
    assert.deepEqual(makeThere({ kernelSize: 5 }).computeOutputShape([1, 2, 2, 1]), [1, -2, -2, 1]);
    assert.throws(() => makeHere({ kernelSize: 5 }).computeOutputShape([1, 2, 2, 1]), RangeError);
  });

  test("padding 'causal' as 'valid'", () => {
    const [causal, valid] = ['causal', 'valid'].map((padding) => makeThere({ padding, depthwiseInitializer: 'ones' }));
    const x = randomTensor(new Random('causal'), [1, 5, 5, 1]);
    assert.deepEqual(callTfjs(causal, x), callTfjs(valid, x));
    assert.throws(() => makeHere({ padding: 'causal' }), /padding must be 'valid' or 'same', got 'causal'/);
  });
});

describe('tfjs does not know', () => {
  test("the regularizers 'l1' and 'l2'", () => {
    for (const name of ['l1', 'l2']) {
      assert.throws(() => makeThere({ depthwiseRegularizer: name }), /Unknown regularizer/);
      const { config } = makeHere({ depthwiseRegularizer: name }).getConfig().depthwiseRegularizer;
      assert.deepEqual(config, { l1: 0, l2: 0, [name]: 0.01 });
    }
  });

  test("its own name of the activation 'gelu_new' in its own file", async () => {
    const theirs = makeThere({ activation: 'gelu_new', inputShape: [5, 5, 1] });
    const model = tfl.sequential({ layers: [theirs] });
    await assert.rejects(tfl.models.modelFromJSON(model.toJSON(null, false)), /Unknown activation: geluNew/);
    const x = randomTensor(new Random('gelu_new'), [1, 5, 5, 1]);
    const ours = dw.DepthwiseConv2D.fromConfig(entryOf(model));
    ours.build();
    ours.setWeights(theirs.getWeights().map(plain));
    assertClose(ours.call(x), callTfjs(theirs, x));
    ours.dispose();
  });

  test('the gradient of |v| at 0', () => {
    const config = { depthwiseRegularizer: { className: 'L1L2', config: { l1: 0.25, l2: 0 } } };
    withBoth(dw, { kernelSize: 1, useBias: false, ...config }, [1, 2, 2, 3], ({ ours, theirs }) => {
      const kernel = { data: Float32Array.of(0, 2, -2), shape: [1, 1, 3, 1] };
      ours.setWeights([kernel]);
      theirs.setWeights([toTfjs(kernel)]);
      const [x, dy] = [new Float32Array(12), new Float32Array(12)].map((data) => ({ data, shape: [1, 2, 2, 3] }));
      ours.call(x, { training: true });
      assert.deepEqual([...ours.backward(dy).gradients.depthwise_kernel.data], [0, 0.25, -0.25]);
      assert.deepEqual([...tfjsGradients(theirs, x, dy).gradients.depthwise_kernel.data], [-0.25, 0.25, -0.25]);
    });
  });
});
