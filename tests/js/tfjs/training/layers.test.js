// The hooks of layers and of the tape: the same outputs, gradients and moving averages as with the methods of tfjs, wherever a hook applies.
// Calls of our kernels are counted, so a test fails if a hook leaves to tfjs what the kernels support, or the reverse.
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers';
import { hookTraining, registerKernels } from 'depthwise-wasm/tfjs';
import { layersFor } from 'depthwise-wasm/tfjs-layers';

import { countCalls } from '../../support/count-calls.js';
import { Random } from '../../support/random.js';
import { tf, useBackend } from '../../support/tfjs.js';
import { leavingNothing, tensorCounts } from '../../support/tfjs-memory.js';

const NAMES = [
  ...['BatchNormStatistics', 'BatchNormTraining', 'BatchNormTrainingGrad', 'LayerNorm', 'LayerNormGrad'],
  ...['Swish', 'SwishGrad', 'Gelu', 'GeluGrad'],
  ...['Conv2DBackpropInput', 'Conv2DBackpropFilter', 'FusedConv2D', 'Identity', 'ClipByValue', 'ClipByValueGrad'],
];
await registerKernels(tf);
const calls = countCalls(tf, 'wasm', NAMES);
const L = tfl.layers;

beforeEach(async () => {
  await useBackend('wasm');
  hookTraining(tf);
});

/** Returns the numbers of calls of the kernels whose names contain a text, during `body`. */
function callsDuring(text, body) {
  const names = NAMES.filter((name) => name.includes(text));
  const count = () => names.reduce((sum, name) => sum + calls[name], 0);
  const before = count();
  body();
  return count() - before;
}

const valuesOf = (tensor) => Array.from(tensor.dataSync());

function assertClose(actual, expected, what, tolerance = 2e-5) {
  assert.equal(actual.length, expected.length, what);
  const scale = Math.max(1, ...expected.map(Math.abs));
  const error = Math.max(0, ...actual.map((value, i) => Math.abs(value - expected[i])));
  assert.ok(error <= tolerance * scale, `${what}: the error is ${error}, the values are up to ${scale}`);
}

/**
 * Returns the loss, gradients and weights after a gradient step of `lossOf(model, x)`, with hooks or without.
 *
 * @param {(random: Random) => { model: any, shape: number[] }} build builds the same model each time
 */
function stepOf(build, { isHooked, lossOf = sumOfSquares }) {
  const hooks = hookTraining(tf);
  if (!isHooked) hooks.undo();
  tf.engine().startScope();
  const random = new Random('layers');
  const { model, shape } = build(random);
  for (const weight of model.weights) {
    const values = random
      .fractions(weight.val.size)
      .map((value) => value + (/variance|gamma/.test(weight.name) ? 1 : 0));
    weight.write(tf.tensor(values, weight.shape));
  }
  const x = tf.tensor(random.fractions(shape.reduce((a, b) => a * b, 1)), shape);
  const variables = model.trainableWeights.map(({ val }) => val);
  const { value, grads } = tf.variableGrads(() => lossOf(model, x), variables);
  const result = {
    loss: value.dataSync()[0],
    gradients: variables.map(({ name }) => valuesOf(grads[name])),
    weights: model.weights.map(({ val }) => valuesOf(val)),
  };
  model.dispose();
  tf.engine().endScope();
  hookTraining(tf);
  return result;
}

/** Compares a step with the hooks and without. Returns how often kernels were called with the hooks. */
function assertSameStep(build, { text = 'BatchNormTraining', ...options } = {}) {
  const expected = stepOf(build, { ...options, isHooked: false });
  let got;
  const count = callsDuring(text, () => (got = stepOf(build, { ...options, isHooked: true })));
  assertClose([got.loss], [expected.loss], 'loss');
  expected.gradients.forEach((gradient, i) => assertClose(got.gradients[i], gradient, `gradient ${i}`));
  expected.weights.forEach((weight, i) => assertClose(got.weights[i], weight, `weight ${i}`));
  return count;
}

const apply = (model, x) => [model.apply(x, { training: true })].flat();
/** Weights of the terms, because the sum of squares after a batch normalization has no gradient. */
const weighted = (y) => tf.sum(tf.mul(tf.square(y), tf.reshape(tf.cos(tf.range(0, y.size)), y.shape)));
const sumOfSquares = (model, x) =>
  apply(model, x)
    .map(weighted)
    .reduce((a, b) => tf.add(a, b));

/** Returns a function that builds a model on a convolution of an image. */
const modelOf = (body) => () => {
  const input = tfl.input({ shape: [5, 4, 3] });
  const x = L.conv2d({ filters: 6, kernelSize: 3, padding: 'same', useBias: false }).apply(input);
  return { model: tfl.model({ inputs: input, outputs: body(x) }), shape: [2, 5, 4, 3] };
};
const norm = (args) => L.batchNormalization(args);
const relu6 = () => L.reLU({ maxValue: 6 });
const inTurn = (x, ...layers) => layers.reduce((y, layer) => layer.apply(y), x);

/** The kernels for the results and the gradients of a batch normalization: one each. */
const ONE_NORM = 2;

describe('batch normalization in training', () => {
  const same = {
    'without activation': (x) => inTurn(x, norm()),
    'with relu6': (x) => inTurn(x, norm(), relu6()),
    'with relu': (x) => inTurn(x, norm(), L.reLU()),
    'with an Activation layer': (x) => inTurn(x, norm(), L.activation({ activation: 'relu' })),
    'with relu6 of an Activation layer': (x) => inTurn(x, norm(), L.activation({ activation: 'relu6' })),
    'with an activation of another kind': (x) => inTurn(x, norm(), L.activation({ activation: 'swish' })),
    'with another momentum and epsilon': (x) => inTurn(x, norm({ momentum: 0.7, epsilon: 0.1 }), relu6()),
    'of vectors': (x) => inTurn(x, L.flatten(), norm(), relu6()),
    'of sequences': (x) => inTurn(x, L.reshape({ targetShape: [20, 6] }), norm(), relu6()),
  };
  for (const [what, body] of Object.entries(same)) {
    test(`${what} is that of tfjs, with one kernel forward and one backward`, () => {
      assert.equal(assertSameStep(modelOf(body)), ONE_NORM);
    });
  }

  // Directly after a convolution, it is folded: folding.test.js.
  test('in predict, one kernel computes it with the activation that follows, as tfjs computes both', () => {
    const permuted = (x) => L.permute({ dims: [2, 1, 3] }).apply(x);
    const bodies = {
      relu6: (x) => inTurn(permuted(x), norm(), relu6()),
      'relu of vectors, without scale and center': (x) =>
        inTurn(x, L.flatten(), norm({ scale: false, center: false }), L.reLU()),
      'an output and a second reader': (x) => {
        const y = norm().apply(permuted(x));
        return [y, relu6().apply(y)];
      },
      swish: (x) => inTurn(permuted(x), norm(), L.activation({ activation: 'swish' })),
    };
    const counts = Object.entries(bodies).map(([what, body]) => {
      const { model, shape } = modelOf(body)();
      const x = tf.randomUniform(shape, -1, 1, 'float32', 1);
      const predict = () => tf.tidy(() => [model.predict(x)].flat().flatMap(valuesOf));
      hookTraining(tf).undo();
      const expected = predict();
      hookTraining(tf);
      const count = callsDuring('BatchNormTraining', () => {
        leavingNothing(() => assertClose(predict(), expected, what));
      });
      assert.ok(
        expected.some((value) => value > 0),
        what,
      );
      model.dispose();
      x.dispose();
      return count;
    });
    assert.deepEqual(counts, [1, 1, 2, 1]);
  });

  test('with relu6 needs no other kernel, unless the result of the normalization is read', () => {
    assert.equal(
      assertSameStep(
        modelOf((x) => inTurn(x, norm(), relu6())),
        { text: 'ClipByValue' },
      ),
      0,
    );
    const computed = (x) => inTurn(x, norm(), L.zeroPadding2d(), relu6());
    assert.equal(assertSameStep(modelOf(computed), { text: 'ClipByValue' }), 2);
  });

  test('whose result has a second reader, or is an output too, is right', () => {
    const twoReaders = (x) => {
      const y = norm().apply(x);
      return L.add().apply([relu6().apply(y), L.activation({ activation: 'tanh' }).apply(y)]);
    };
    assert.equal(assertSameStep(modelOf(twoReaders)), ONE_NORM);
    const isOutput = (x) => {
      const y = norm().apply(x);
      return [y, relu6().apply(y)];
    };
    // Computed once with relu6, once without.
    assert.equal(assertSameStep(modelOf(isOutput)), 2 * ONE_NORM);
  });

  test('a layer that a custom layer reads by hand is right', () => {
    const y = {};
    const lossOf = (model, x) => {
      const [, conv, normalization, activation] = model.layers;
      const before = conv.apply(x);
      y.before = normalization.apply(before, { training: true });
      const after = activation.apply(y.before);
      return tf.add(weighted(after), weighted(tf.sigmoid(y.before)));
    };
    assertSameStep(
      modelOf((x) => inTurn(x, norm(), relu6())),
      { lossOf },
    );
  });

  test('a deferred result that outlives the step is right', () => {
    const kept = [];
    const lossOf = (model, x) => {
      const [, conv, normalization, activation] = model.layers;
      const y = tf.keep(normalization.apply(conv.apply(x), { training: true }));
      kept.push(y);
      return weighted(activation.apply(y));
    };
    assertSameStep(
      modelOf((x) => inTurn(x, norm(), relu6())),
      { lossOf },
    );
    const [theirs, ours] = kept.map(valuesOf);
    assertClose(ours, theirs, 'kept');
    assert.equal(kept[1].dtype, 'float32');
    tf.dispose(kept);
  });

  test('an activation that is called on another tape, or after the weights changed, is right', () => {
    const lossOf = (model, x) => {
      const [, conv, normalization, activation] = model.layers;
      const y = normalization.apply(conv.apply(x), { training: true });
      const beta = normalization.beta.read();
      const before = tf.clone(beta);
      normalization.beta.write(tf.add(before, 1));
      const result = weighted(activation.apply(y));
      normalization.beta.write(before);
      return result;
    };
    assertSameStep(
      modelOf((x) => inTurn(x, norm(), relu6())),
      { lossOf },
    );
    tf.tidy(() => {
      const { model, shape } = modelOf((x) => inTurn(x, norm(), relu6()))();
      const [, , normalization, activation] = model.layers;
      const x = tf.randomNormal([...shape.slice(0, -1), 6]);
      let y;
      tf.variableGrads(() => {
        y = tf.keep(normalization.apply(x, { training: true })); // not read yet
        return tf.sum(normalization.gamma.read());
      });
      const again = () => tf.add(weighted(activation.apply(y)), tf.sum(normalization.gamma.read()));
      const { grads } = tf.variableGrads(again, [normalization.gamma.val]);
      assertClose(valuesOf(Object.values(grads)[0]), Array(6).fill(1), 'gamma'); // y is a constant of this tape
      y.dispose();
      model.dispose();
    });
  });

  test('a shared layer, a frozen layer and nested models are right', () => {
    const shared = (x) => {
      const [normalization, activation] = [norm(), relu6()];
      return activation.apply(normalization.apply(activation.apply(normalization.apply(x))));
    };
    assertSameStep(modelOf(shared));
    const frozen = (x) => {
      const normalization = norm();
      const y = inTurn(x, normalization, relu6());
      normalization.trainable = false;
      return y;
    };
    assertSameStep(modelOf(frozen));
    const nested = (x) => {
      const inner = tfl.sequential({
        layers: [
          L.batchNormalization({ inputShape: [5, 4, 6] }),
          relu6(),
          L.conv2d({ filters: 2, kernelSize: 1 }),
          norm(),
        ],
      });
      return inTurn(x, norm(), relu6(), inner);
    };
    assertSameStep(modelOf(nested));
  });

  test('without scale or center, a layer of layersFor uses the kernels, and one of tfjs throws', () => {
    for (const args of [{ scale: false }, { center: false }, { scale: false, center: false }]) {
      const build = (make) => modelOf((x) => inTurn(x, make(args), relu6()));
      assert.equal(assertSameStep(build(layersFor(tf, tfl).batchNormalization)), ONE_NORM);
      for (const isHooked of [true, false]) {
        assert.throws(() => stepOf(build(norm), { isHooked }), /^TypeError: Cannot read properties of undefined/);
      }
    }
  });

  test('the layer of layersFor uses the kernels, and a frozen one does not train', () => {
    const { batchNormalization } = layersFor(tf, tfl);
    assert.equal(assertSameStep(modelOf((x) => inTurn(x, batchNormalization(), relu6()))), ONE_NORM);
    const frozen = (x) => inTurn(x, batchNormalization({ trainable: false }), relu6());
    assert.equal(assertSameStep(modelOf(frozen)), 0);
  });

  test('tfjs computes inference, other axes, and everything on another backend', async () => {
    const inference = (model, x) => weighted(model.apply(x, { training: false }));
    assert.equal(
      assertSameStep(
        modelOf((x) => inTurn(x, norm(), relu6())),
        { lossOf: inference },
      ),
      0,
    );
    assert.equal(assertSameStep(modelOf((x) => inTurn(x, norm({ axis: 1 }), relu6()))), 0);
    await useBackend('cpu');
    assert.equal(
      assertSameStep(
        modelOf((x) => inTurn(x, norm(), relu6())),
        { text: '' },
      ),
      0,
    );
  });

  test('without a tape, training moves the averages', () => {
    const build = modelOf((x) => inTurn(x, norm(), relu6()));
    const lossOf = (model, x) => {
      const before = tf.engine().state.gradientDepth;
      tf.engine().state.gradientDepth = 0;
      try {
        tf.dispose(model.apply(x, { training: true }));
      } finally {
        tf.engine().state.gradientDepth = before;
      }
      return sumOfSquares(model, x);
    };
    assertSameStep(build, { lossOf });
  });

  test('the result is right after the backend changed', async () => {
    const { model, shape } = modelOf((x) => inTurn(x, norm(), relu6()))();
    const [, conv, normalization] = model.layers;
    const x = tf.randomNormal(shape);
    let y;
    tf.variableGrads(() => weighted((y = tf.keep(normalization.apply(conv.apply(x), { training: true })))));
    let deferred;
    tf.variableGrads(() => {
      deferred = tf.keep(normalization.apply(conv.apply(x), { training: true }));
      return weighted(conv.apply(x));
    });
    await useBackend('cpu');
    const sum = tf.add(deferred, 0);
    assertClose(valuesOf(sum), valuesOf(y), 'on cpu');
    assertClose(Array.from(await deferred.data()), valuesOf(y), 'data');
    tf.dispose([x, y, deferred, sum]);
    model.dispose();
  });
});

describe('layer normalization', () => {
  const same = {
    'over the last axis': (x) => inTurn(x, L.layerNormalization()),
    'over several axes': (x) => inTurn(x, L.layerNormalization({ axis: [1, 2, 3] })),
    'without scale and center': (x) => inTurn(x, L.layerNormalization({ scale: false, center: false, epsilon: 0.1 })),
    'without center': (x) => inTurn(x, L.layerNormalization({ center: false })),
    'of vectors': (x) => inTurn(x, L.flatten(), L.layerNormalization()),
  };
  for (const [what, body] of Object.entries(same)) {
    test(`${what} is that of tfjs, with one kernel forward and one backward`, () => {
      assert.equal(assertSameStep(modelOf(body), { text: 'LayerNorm' }), 2);
    });
  }

  test('tfjs computes other axes', () => {
    const other = (x) => inTurn(x, L.layerNormalization({ axis: 1 }));
    assert.equal(assertSameStep(modelOf(other), { text: 'LayerNorm' }), 0);
  });
});

describe('swish and gelu', () => {
  const kernels = { swish: 'Swish', gelu: 'Gelu' };
  for (const [activation, kernel] of Object.entries(kernels)) {
    test(`${activation} is that of tfjs, with one kernel forward and one backward, in any layer`, () => {
      const layer = (x) => inTurn(x, L.dense({ units: 5 }), L.activation({ activation }));
      assert.equal(assertSameStep(modelOf(layer), { text: kernel }), 2);
      const inside = (x) => inTurn(x, L.dense({ units: 5, activation }), L.dense({ units: 5, activation }));
      assert.equal(assertSameStep(modelOf(inside), { text: kernel }), 4);
    });

    test(`tfjs computes ${activation} of other types and with other arguments, and on another backend`, async () => {
      const { activation: object } = L.activation({ activation });
      const count = callsDuring(kernel, () => {
        const x = tf.tensor([-1, 0, 2], [3], 'int32');
        const results = [object.apply(x), object.apply(tf.cast(x, 'float32'), 2)];
        if (activation === 'swish') assertClose(valuesOf(results[1]), [-0.119203, 0, 1.964028], 'alpha = 2');
        tf.dispose([x, results]);
      });
      assert.equal(count, 0);
      await useBackend('cpu');
      assertClose(valuesOf(object.apply(tf.tensor([0, 1]))), [0, activation === 'swish' ? 0.731059 : 0.841345], 'cpu');
    });
  }
});

describe('a convolution layer', () => {
  const two = (args) => () => {
    const input = tfl.input({ shape: [6, 5, 3] });
    const layers = [1, 2].map(() => L.conv2d({ filters: 4, kernelSize: 3, padding: 'same', ...args }));
    return { model: tfl.model({ inputs: input, outputs: inTurn(input, ...layers) }), shape: [2, 6, 5, 3] };
  };
  test('computes the gradient of its input only if it is needed', () => {
    for (const args of [{}, { useBias: false }, { strides: 2 }, { dilationRate: 1, padding: 'valid' }]) {
      assert.equal(assertSameStep(two(args), { text: 'Conv2DBackpropInput' }), 1);
      assert.equal(assertSameStep(two(args), { text: 'Conv2DBackpropFilter' }), 2);
    }
  });

  test('with an activation, channelsFirst or padding by a number stays in tfjs', () => {
    for (const args of [{ activation: 'relu' }, { activation: 'softmax' }, { dataFormat: 'channelsFirst' }]) {
      assertSameStep(two(args), { text: 'FusedConv2D' });
    }
  });
});

describe('second derivatives with the hooks', () => {
  /** Returns the gradient of the squared gradient of `f` at x, with the hooks or without. */
  function secondDerivative(f, x, isHooked) {
    const hooks = hookTraining(tf);
    if (!isHooked) hooks.undo();
    const result = tf.tidy(() => valuesOf(tf.grad((x) => tf.sum(tf.square(tf.grad(f)(x))))(x)));
    hookTraining(tf);
    return result;
  }

  const layers = {
    'batch normalization': ['Norm', () => norm({ inputShape: [4] })],
    'layer normalization': ['Norm', () => L.layerNormalization({ inputShape: [4] })],
    swish: ['Swish', () => L.activation({ activation: 'swish' })],
    gelu: ['Gelu', () => L.activation({ activation: 'gelu' })],
  };
  for (const [name, [kernel, make]] of Object.entries(layers)) {
    test(`of ${name} are those of tfjs`, () => {
      const layer = make();
      const x = tf.randomNormal([7, 4], 0, 1, 'float32', 1);
      const f = (x) => weighted(tf.sigmoid(layer.apply(x, { training: true })));
      let got;
      // tfjs computes what is inside of a second tape.
      const count = callsDuring(kernel, () => (got = secondDerivative(f, x, true)));
      assert.equal(count, 0);
      assertClose(got, secondDerivative(f, x, false), name);
      layer.dispose();
      x.dispose();
    });
  }

  // The inner tape starts after the layer ran, and its gradient goes through the layer.
  const late = (inner) => (x) => {
    const y = inner(x);
    const gradient = tf.grad(() => weighted(tf.sigmoid(y)))(x);
    return tf.sum(tf.square(gradient));
  };
  const inners = {
    'a product': () => (x) => tf.mul(tf.square(x), x),
    'batch normalization': () => trained(norm({ inputShape: [4] })),
    'batch normalization and relu6': () =>
      trained(tfl.sequential({ layers: [norm({ inputShape: [4] }), L.reLU({ maxValue: 1 })] })),
    'layer normalization': () => trained(L.layerNormalization({ inputShape: [4] })),
    gelu: () => trained(L.activation({ activation: 'gelu' })),
  };
  const trained = (layer) => (x) => layer.apply(x, { training: true });
  for (const [name, make] of Object.entries(inners)) {
    test(`through ${name} of the outer tape are those of tfjs`, () => {
      const inner = make();
      const x = tf.randomNormal([7, 4], 0, 1, 'float32', 2);
      const results = [true, false].map((isHooked) => {
        const hooks = hookTraining(tf);
        if (!isHooked) hooks.undo();
        const result = tf.tidy(() => valuesOf(tf.grad(late(inner))(x)));
        hookTraining(tf);
        return result;
      });
      assert.ok(Math.hypot(...results[1]) > 0.1);
      assertClose(results[0], results[1], name, 1e-4);
      x.dispose();
    });
  }
});

describe('the tape', () => {
  test('saves tensors without a kernel', () => {
    const x = tf.randomNormal([5]);
    assert.equal(
      callsDuring('Identity', () => tf.tidy(() => tf.grad((x) => tf.sum(tf.square(tf.mul(x, x))))(x))),
      0,
    );
    x.dispose();
  });

  test('frees saved tensors and gradients during the backward pass', () => {
    const [size, length] = [1000, 20];
    const bytes = () => tf.memory().numBytes / (4 * size);
    const peakOf = (isHooked) => {
      const hooks = hookTraining(tf);
      if (!isHooked) hooks.undo();
      let peak = 0;
      const observed = tf.customGrad((x, save) => {
        save([x]);
        return {
          value: tf.sin(x),
          gradFunc(dy, [x]) {
            peak = Math.max(peak, bytes() - before);
            return tf.mul(dy, tf.cos(x));
          },
        };
      });
      const x = tf.randomNormal([size]);
      const before = bytes();
      tf.tidy(() => tf.grad((x) => tf.sum(Array.from({ length }).reduce((y) => observed(y), x)))(x));
      x.dispose();
      hookTraining(tf);
      return peak;
    };
    assert.ok(peakOf(false) >= 2 * length - 1); // all saved tensors and all gradients
    assert.ok(peakOf(true) <= length + 3);
  });

  test('frees before the backward pass what no gradient needs', () => {
    const x = tf.randomNormal([1000]);
    const frozen = tf.randomNormal([1000]);
    let saved;
    const observed = tf.customGrad((x) => ({
      value: tf.clone(x),
      gradFunc(dy) {
        saved = tf.memory().numBytes - before;
        return dy;
      },
    }));
    const before = tf.memory().numBytes;
    tf.tidy(() => {
      const f = (x) => {
        let constant = frozen;
        for (let i = 0; i < 10; ++i) constant = tf.mul(tf.sin(constant), frozen);
        return tf.sum(observed(tf.mul(x, tf.stopGradient?.(constant) ?? constant)));
      };
      tf.grad(f)(x);
    });
    assert.ok(saved < 8 * 4000, `${saved} bytes`);
    tf.dispose([x, frozen]);
  });

  /** Each of these gives wrong results, or an error, if a gradient that is still needed is freed. */
  const aliases = {
    'returns dy as the gradient': () => tf.customGrad((x) => ({ value: tf.mul(x, 3), gradFunc: (dy) => dy })),
    'returns its input as the result': () => tf.customGrad((x) => ({ value: x, gradFunc: (dy) => tf.mul(dy, 2) })),
    'returns a saved tensor': () =>
      tf.customGrad((x, save) => {
        save([x]);
        return { value: tf.square(x), gradFunc: (dy, [x]) => x };
      }),
  };
  for (const [what, make] of Object.entries(aliases)) {
    test(`an op that ${what} has the gradient of tfjs`, () => {
      const x = tf.tensor1d([1, -2, 3]);
      const results = [true, false].map((isHooked) => {
        const hooks = hookTraining(tf);
        if (!isHooked) hooks.undo();
        const op = make();
        const f = (x) => {
          const y = op(tf.sin(x));
          return tf.sum(tf.add(tf.square(y), tf.mul(op(tf.mul(y, 2)), y)));
        };
        const result = tf.tidy(() => valuesOf(tf.grad(f)(x)));
        hookTraining(tf);
        return result;
      });
      assert.deepEqual(results[0], results[1]);
      x.dispose();
    });
  }

  test('an op that returns its input, or another tensor of the tape, as its result has the gradient of tfjs', () => {
    const x = tf.tensor1d([1, -2, 3]);
    const results = [true, false].map((isHooked) => {
      const hooks = hookTraining(tf);
      if (!isHooked) hooks.undo();
      const same = tf.customGrad((x) => ({ value: x, gradFunc: (dy) => tf.mul(dy, 2) }));
      const onX = tf.tidy(() => valuesOf(tf.grad((x) => tf.sum(same(x)))(x)));
      const onOther = tf.tidy(() => {
        const f = (x) => {
          const y = tf.sin(x);
          const op = tf.customGrad(() => ({ value: y, gradFunc: (dy) => tf.mul(dy, 3) }));
          return tf.sum(tf.square(op(tf.cos(x))));
        };
        return valuesOf(tf.grad(f)(x));
      });
      hookTraining(tf);
      return [onX, onOther];
    });
    assert.deepEqual(results[0], results[1]);
    x.dispose();
  });

  test('an op that returns one gradient for two inputs has the gradients of tfjs', () => {
    const x = tf.tensor1d([1, -2, 3]);
    const op = tf.customGrad((a, b) => ({
      value: tf.add(a, b),
      gradFunc(dy) {
        const both = tf.mul(dy, 2);
        return [both, both];
      },
    }));
    const f = (x) => tf.sum(op(tf.sin(x), tf.cos(x)));
    tf.tidy(() => {
      const expected = [1, -2, 3].map((value) => 2 * (Math.cos(value) - Math.sin(value)));
      assertClose(valuesOf(tf.grad(f)(x)), expected, 'gradient', 1e-6);
    });
    x.dispose();
  });

  test('does not free a gradient that the user keeps', () => {
    const x = tf.tensor1d([1, -2, 3]);
    let kept;
    const op = tf.customGrad((x) => ({
      value: tf.mul(x, 2),
      gradFunc(dy) {
        kept = tf.keep(dy);
        return tf.mul(dy, 2);
      },
    }));
    tf.tidy(() => tf.grad((x) => tf.sum(tf.square(op(tf.mul(x, 3)))))(x));
    assert.deepEqual(valuesOf(kept), [12, -24, 36]);
    tf.dispose([x, kept]);
  });

  test("does not free the user's dy, nor the results", () => {
    const x = tf.tensor1d([1, -2, 3]);
    const dy = tf.tensor1d([1, 2, 3]);
    leavingNothing(() => {
      const { value, grad } = tf.valueAndGrad((x) => tf.square(tf.sin(x)))(x, dy);
      assert.ok(![x, dy, value, grad].some(({ isDisposed }) => isDisposed));
      tf.dispose([value, grad]);
    });
    tf.dispose([x, dy]);
  });
});

test('steps of changing batch sizes leave no tensors', async () => {
  const body = (x) => {
    const y = norm().apply(x);
    const both = L.add().apply([relu6().apply(y), y]);
    const other = inTurn(both, norm(), relu6(), L.layerNormalization(), L.conv2d({ filters: 2, kernelSize: 1 }));
    return inTurn(other, L.flatten(), L.dense({ units: 1 }));
  };
  const { model, shape } = modelOf(body)();
  model.compile({ optimizer: tf.train.momentum(1e-3, 0.9), loss: 'meanSquaredError' });
  const step = async (batch) => {
    const [x, y] = [tf.randomNormal([batch, ...shape.slice(1)]), tf.zeros([batch, 1])];
    await model.trainOnBatch(x, y);
    tf.dispose([x, y]);
  };
  await step(2);
  const before = tensorCounts();
  for (let i = 0; i < 60; ++i) await step(1 + ((i * 7) % 5));
  assert.deepEqual(tensorCounts(), before);
  model.dispose();
});

test('undo restores the methods of tfjs, and models train on', async () => {
  const engine = Object.getPrototypeOf(tf.engine());
  const classes = tf.serialization.SerializationMap.getMap().classNameMap;
  const layers = ['BatchNormalization', 'ReLU', 'Activation', 'LayerNormalization', 'Conv2D', 'DepthwiseConv2D'];
  const prototypes = layers.map((name) => classes[name][0].prototype);
  const methods = () => [
    ...['clone', 'addTapeNode', 'gradients'].map((name) => Object.getOwnPropertyDescriptor(engine, name)),
    ...prototypes.map((prototype) => Object.getOwnPropertyDescriptor(prototype, 'call')),
  ];
  hookTraining(tf).undo();
  const theirs = methods();
  const { hooks, undo } = hookTraining(tf);
  for (const name of [...layers.map((name) => `${name}.call`), 'Engine.clone']) assert.ok(hooks.includes(name), name);
  assert.ok(methods().every((method, i) => method.value !== theirs[i]?.value));
  undo();
  assert.deepEqual(methods(), theirs);
});
