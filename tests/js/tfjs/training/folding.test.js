// Predictions of models in which batch normalization is folded into the convolution before it: the same as without hooks, wherever the hooks
// apply. Calls of our kernels are counted, so a test fails if a hook leaves to tfjs what the kernels support, or the reverse.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers';
import { hookTraining, registerKernels } from 'depthwise-wasm/tfjs';
import { layersFor } from 'depthwise-wasm/tfjs-layers';

import { countCalls } from '../../support/count-calls.js';
import { Random } from '../../support/random.js';
import { tf, useBackend } from '../../support/tfjs.js';
import { leavingNothing } from '../../support/tfjs-memory.js';

const FOLDED = ['Conv2DBatchNorm', 'DepthwiseConv2DBatchNorm'];
/** The kernels that folding saves. */
const SEPARATE = ['BatchNormTraining', 'FusedBatchNorm', 'FusedConv2D', 'FusedDepthwiseConv2D', 'ClipByValue'];
await registerKernels(tf);
const calls = countCalls(tf, 'wasm', [...FOLDED, ...SEPARATE]);
const L = tfl.layers;

beforeEach(async () => {
  await useBackend('wasm');
  hookTraining(tf);
});

/** Returns how often kernels are called during `body`. */
function callsDuring(body, names = FOLDED) {
  const count = () => names.reduce((sum, name) => sum + calls[name], 0);
  const before = count();
  body();
  return count() - before;
}

function withoutHooks(body) {
  hookTraining(tf).undo();
  const result = body();
  hookTraining(tf);
  return result;
}

const valuesOf = (tensor) => Array.from(tensor.dataSync());

function assertClose(actual, expected, what) {
  assert.equal(actual.length, expected.length, what);
  const scale = Math.max(1, ...expected.filter(Number.isFinite).map(Math.abs));
  actual.forEach((value, i) => {
    const isClose = Math.abs(value - expected[i]) <= 1e-5 * scale;
    assert.ok(
      isClose || (!Number.isFinite(value) && !Number.isFinite(expected[i])),
      `${what}: element ${i} is ${value}, not ${expected[i]}`,
    );
  });
}

/** Returns a model of `body`, with random weights. @param {(x: any) => any} body */
function modelOf(body, shape = [6, 5, 3]) {
  const input = tfl.input({ shape });
  const model = tfl.model({ inputs: input, outputs: body(input) });
  const random = new Random('folding');
  for (const { name, val } of model.weights) {
    const values = random.fractions(val.size).map((value) => value + (/variance|gamma/.test(name) ? 1.25 : 0));
    tf.tidy(() => val.assign(tf.tensor(values, val.shape)));
  }
  return model;
}

const predictions = (model, x) => tf.tidy(() => [model.predict(x)].flat().map(valuesOf));

/** Compares the predictions of a model with those without hooks. Returns how often `names` are called. */
function assertSame(model, { names = FOLDED, batch = 2 } = {}) {
  const x = tf.randomUniform([batch, ...model.inputs[0].shape.slice(1)], -1, 1, 'float32', 1);
  const expected = withoutHooks(() => predictions(model, x));
  assert.ok(expected.flat().some((value) => value !== 0));
  const count = callsDuring(() => {
    const got = leavingNothing(() => predictions(model, x));
    got.forEach((values, i) => assertClose(values, expected[i], `output ${i}`));
  }, names);
  x.dispose();
  return count;
}

const conv = (args) => L.conv2d({ filters: 6, kernelSize: 3, padding: 'same', ...args });
const depthwise = (args) => L.depthwiseConv2d({ kernelSize: 3, padding: 'same', ...args });
const norm = (args) => L.batchNormalization(args);
const relu6 = () => L.reLU({ maxValue: 6 });
const inTurn = (x, ...layers) => layers.reduce((y, layer) => layer.apply(y), x);

describe('batch normalization is folded', () => {
  /** Each with the number of convolutions. */
  const bodies = {
    'into a convolution, with relu6': [1, (x) => inTurn(x, conv(), norm(), relu6())],
    'with relu, of an Activation layer': [1, (x) => inTurn(x, conv(), norm(), L.activation({ activation: 'relu' }))],
    'with relu6 of an Activation layer': [1, (x) => inTurn(x, conv(), norm(), L.activation({ activation: 'relu6' }))],
    'into a convolution without bias, with strides': [
      1,
      (x) => inTurn(x, conv({ useBias: false, strides: [2, 1], padding: 'valid' }), norm(), L.reLU()),
    ],
    'without an activation': [2, (x) => inTurn(x, conv(), norm(), conv({ kernelSize: 1 }), norm())],
    'without scale and center': [2, (x) => inTurn(x, conv(), norm({ scale: false }), conv(), norm({ center: false }))],
    'with another epsilon': [1, (x) => inTurn(x, conv(), norm({ epsilon: 0.5 }), relu6())],
    'into a depthwise convolution': [1, (x) => inTurn(x, depthwise(), norm(), relu6())],
    'into a depthwise convolution with a multiplier, without bias': [
      1,
      (x) => inTurn(x, depthwise({ depthMultiplier: 2, strides: 2, useBias: false }), norm({ axis: 3 })),
    ],
    'into a block of MobileNetV2': [
      3,
      (x) => {
        const wide = inTurn(x, conv({ filters: 12, kernelSize: 1 }), norm(), relu6(), depthwise(), norm(), relu6());
        return L.add().apply([x, inTurn(wide, conv({ filters: 3, kernelSize: 1 }), norm())]);
      },
    ],
    'of a nested model': [
      1,
      (x) => inTurn(x, tfl.sequential({ layers: [conv({ inputShape: [6, 5, 3] }), norm(), relu6()] })),
    ],
    'of the layers of layersFor': [
      2,
      (x) => {
        const ours = layersFor(tf, tfl);
        const first = inTurn(x, ours.conv2d({ filters: 4, kernelSize: 3 }), ours.batchNormalization(), relu6());
        return inTurn(first, ours.depthwiseConv2d({ kernelSize: 3 }), ours.batchNormalization({ scale: false }));
      },
    ],
    'that two convolutions share': [
      2,
      (x) => {
        const shared = norm();
        return L.add().apply([inTurn(x, conv(), shared), inTurn(x, conv(), shared)]);
      },
    ],
  };
  for (const [what, [count, body]] of Object.entries(bodies)) {
    test(what, () => {
      const model = modelOf(body);
      assert.equal(assertSame(model), count);
      assert.equal(assertSame(model, { names: SEPARATE }), 0);
      assert.equal(assertSame(model, { batch: 1 }), count);
      model.dispose();
    });
  }

  test('and an activation that the kernel does not have follows', () => {
    for (const activation of [L.reLU({ maxValue: 0.5 }), L.activation({ activation: 'swish' }), L.leakyReLU()]) {
      const model = modelOf((x) => inTurn(x, conv(), norm(), activation));
      assert.equal(assertSame(model), 1);
      model.dispose();
    }
  });

  test('into a convolution of one pixel, whose filter is not packed', () => {
    const model = modelOf((x) => inTurn(x, conv({ filters: 40, kernelSize: 1 }), norm(), relu6()), [1, 1, 70]);
    assert.equal(assertSame(model, { batch: 1 }), 1);
    model.dispose();
  });

  test('with the weights of each prediction', () => {
    const model = modelOf((x) => inTurn(x, conv(), norm(), relu6(), depthwise(), norm()));
    for (let i = 0; i < model.weights.length; ++i) {
      assertSame(model);
      tf.tidy(() => model.setWeights(model.getWeights().map((w, j) => (i === j ? tf.add(tf.mul(w, 0.5), 0.7) : w))));
      assert.equal(assertSame(model), 2);
    }
    model.dispose();
  });

  // With an infinite gamma, products of both signs are added: the result is NaN instead of ±∞.
  test('with weights that are not finite, which affect the same elements', () => {
    for (const special of [NaN, Infinity, -Infinity]) {
      for (let i = 0; i < 6; ++i) {
        const model = modelOf((x) => inTurn(x, conv({ filters: 4 }), norm(), conv({ filters: 4 }), norm()));
        const { val } = model.layers[i < 2 ? 1 : 2].weights[i < 2 ? i : i - 2];
        const values = valuesOf(val);
        values[1] = special;
        tf.tidy(() => val.assign(tf.tensor(values, val.shape)));
        assert.equal(assertSame(model), 2);
        model.dispose();
      }
    }
  });
});

describe('batch normalization is not folded', () => {
  /** Into a convolution with these readers or arguments. */
  const bodies = {
    'into a shared layer': (x) => {
      const shared = conv({ filters: 3 });
      return inTurn(x, shared, norm(), shared, norm());
    },
    'into a layer with two readers': (x) => {
      const y = conv().apply(x);
      return L.add().apply([norm().apply(y), y]);
    },
    'into a layer with dilations': (x) => inTurn(x, conv({ dilationRate: 2 }), norm(), relu6()),
    'into a layer with an activation': (x) => inTurn(x, conv({ activation: 'relu' }), norm()),
    'into a layer of another kind': (x) =>
      inTurn(x, L.separableConv2d({ filters: 3, kernelSize: 3 }), norm(), L.averagePooling2d({}), norm()),
    'along another axis': (x) => inTurn(x, conv(), norm({ axis: 1 })),
    'in a nested model into a layer outside': (x) =>
      inTurn(x, conv(), tfl.sequential({ layers: [norm({ inputShape: [6, 5, 6] }), relu6()] })),
    'with a layer between': (x) => inTurn(x, conv(), L.zeroPadding2d({}), norm()),
  };
  for (const [what, body] of Object.entries(bodies)) {
    test(what, () => {
      const model = modelOf(body);
      assert.equal(assertSame(model), 0);
      model.dispose();
    });
  }

  test('into a layer with channelsFirst', () => {
    const dataFormat = 'channelsFirst';
    const model = modelOf((x) => inTurn(x, conv({ dataFormat }), norm(), depthwise({ dataFormat }), norm()));
    assert.equal(assertSame(model), 0);
    model.dispose();
  });

  test('in training, and on a tape', () => {
    const model = modelOf((x) => inTurn(x, conv(), norm(), relu6(), depthwise(), norm()));
    const x = tf.randomUniform([2, 6, 5, 3], -1, 1, 'float32', 1);
    const weights = model.getWeights().map((weight) => weight.clone());
    const run = () =>
      tf.tidy(() => {
        model.setWeights(weights);
        const loss = (training) => (x) => tf.sum(tf.square(model.apply(x, { training })));
        const gradients = [true, false].map((training) => valuesOf(tf.grad(loss(training))(x)));
        return [...gradients, valuesOf(model.apply(x, { training: true }))];
      });
    const expected = withoutHooks(run);
    let got;
    assert.equal(
      callsDuring(() => (got = run())),
      0,
    );
    got.forEach((values, i) => assertClose(values, expected[i], `result ${i}`));
    tf.dispose([x, weights]);
    model.dispose();
  });

  test('if a kernel is not registered, and on another backend', async () => {
    const model = modelOf((x) => inTurn(x, conv(), norm(), relu6(), depthwise(), norm()));
    for (const [missing, count] of Object.entries({
      Conv2DBatchNorm: 1,
      FusedDepthwiseConv2D: 1,
      BatchNormTraining: 0,
    })) {
      const kernel = tf.getKernel(missing, 'wasm');
      tf.unregisterKernel(missing, 'wasm');
      // tfjs needs its own kernel without ours.
      const theirs = kernel.kernelFunc[Symbol.for('depthwise-wasm.kernelBefore')];
      if (theirs) tf.registerKernel({ ...kernel, kernelFunc: theirs.kernelFunc ?? theirs });
      assert.equal(assertSame(model), count, missing);
      if (theirs) tf.unregisterKernel(missing, 'wasm');
      tf.registerKernel(kernel);
    }
    await useBackend('cpu');
    assert.equal(assertSame(model), 0);
    model.dispose();
  });
});

describe('a convolution that is read too is right', () => {
  test('as an output of the model, or of another model', () => {
    for (const make of [conv, depthwise]) {
      let convolved, normalized;
      const model = modelOf((x) => {
        convolved = make().apply(x);
        normalized = norm().apply(convolved);
        return [convolved, normalized, relu6().apply(normalized)];
      });
      assertSame(model);
      for (const outputs of [convolved, normalized, [normalized, convolved]]) {
        assertSame(tfl.model({ inputs: model.inputs, outputs }));
      }
      model.dispose();
    }
  });

  test('by a user who calls the layers', async () => {
    const model = modelOf((x) => inTurn(x, conv(), norm(), relu6()));
    const [, convolution, normalization, activation] = model.layers;
    const x = tf.randomUniform([2, 6, 5, 3], -1, 1, 'float32', 1);
    const bias = convolution.bias.read().clone();
    const run = () =>
      tf.tidy(() => {
        const convolved = convolution.apply(x);
        convolution.bias.write(tf.add(bias, 1)); // after the call: it does not count
        const normalized = normalization.apply(convolved);
        const results = [convolved, normalized, activation.apply(normalized), activation.apply(convolved)];
        convolution.bias.write(bias);
        return [...results, tf.add(convolved, 1), activation.apply(normalization.apply(tf.neg(convolved)))].map(
          valuesOf,
        );
      });
    const expected = withoutHooks(run);
    leavingNothing(run).forEach((values, i) => assertClose(values, expected[i], `result ${i}`));
    // On another backend than that of the convolution.
    const [convolved, other] = [0, 1].map(() => convolution.apply(x));
    const normalized = normalization.apply(other);
    await useBackend('cpu');
    tf.tidy(() => {
      assertClose(valuesOf(normalization.apply(convolved)), expected[1], 'on cpu');
      assertClose(valuesOf(activation.apply(normalized)), expected[2], 'on cpu');
    });
    assertClose(Array.from(await convolved.data()), expected[0], 'data');
    tf.dispose([x, bias, convolved, other, normalized]);
    model.dispose();
  });

  test('and is computed once, however often it is read', async () => {
    const model = modelOf((x) => inTurn(x, conv(), norm()));
    const x = tf.ones([2, ...model.inputs[0].shape.slice(1)]);
    const convolved = model.layers[1].apply(x);
    const reads = [];
    const count = callsDuring(() => {
      for (let i = 0; i < 3; ++i) reads.push(valuesOf(convolved));
      convolved.dataSync().fill(0);
    }, ['FusedConv2D']);
    reads.push(Array.from(await convolved.data()));
    assert.equal(count, 1);
    for (const read of reads) assert.deepEqual(read, reads[0]);
    tf.dispose([x, convolved]);
    model.dispose();
  });

  test('and an image that is smaller than the filter is refused', () => {
    const model = modelOf(
      (x) => inTurn(x, conv({ padding: 'valid', kernelSize: 5 }), norm(), relu6()),
      [null, null, 3],
    );
    assertThrowsIn(() => model.predict(tf.zeros([1, 2, 2, 3])));
    assert.equal(
      callsDuring(() => tf.tidy(() => assert.deepEqual(model.predict(tf.ones([1, 5, 5, 3])).shape, [1, 1, 1, 6]))),
      1,
    );
    model.dispose();
  });
});

/** Asserts that `body` throws with hooks and without, and leaves no tensors. */
function assertThrowsIn(body) {
  for (const run of [withoutHooksThrowing, (body) => body()])
    leavingNothing(() => tf.tidy(() => assert.throws(() => run(body))));
}

function withoutHooksThrowing(body) {
  hookTraining(tf).undo();
  try {
    return body();
  } finally {
    hookTraining(tf);
  }
}
