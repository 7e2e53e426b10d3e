// What backward gives, beside slopes of the loss: of the definition in float64 (support/layer-reference.js), and of the layer itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { load } from 'depthwise-wasm';

import { ACTIVATION_NAMES, configOf, convolutionOf, lossOf, outputOf, penalties } from './support/layer-reference.js';
import { geometryOf, sizeOf } from './support/oracle.js';
import { Random } from './support/random.js';

const dw = await load();

const seed = process.env.DEPTHWISE_SEED ?? '1';
const REGULARIZERS = {
  depthwiseRegularizer: { l1: 0.3, l2: 0.2 },
  biasRegularizer: { l1: 0.5, l2: 0.1 },
  activityRegularizer: { l1: 0.25, l2: 0.125 },
};

/** A configuration in the form of layer-reference.js, and an xShape for it. */
function randomLayer(random, changes) {
  const steps = [random.within(1, 2), 2];
  const config = {
    kernelSize: [2, 3],
    depthMultiplier: random.within(1, 2),
    padding: random.oneOf(['valid', 'same']),
    ...random.oneOf([{ strides: steps }, { dilationRate: steps }, {}]),
    ...changes,
  };
  const channels = random.within(1, 3);
  const size = [random.within(3, 4), random.within(5, 7)];
  const xShape = config.dataFormat === 'channelsFirst' ? [2, channels, ...size] : [2, ...size, channels];
  return { config, xShape };
}

/** Inputs such that no activation and no |v| has a kink nearer than 1/4 to a sum or a weight. */
function inputsFor({ config, xShape }, random) {
  const { filterShape, yShape, outChannels } = geometryOf(convolutionOf(config, xShape));
  const bias = random.integers(outChannels, 1).map((value) => value + 0.25);
  return {
    x: random.integers(sizeOf(xShape), 1),
    kernel: Float32Array.from({ length: sizeOf(filterShape) }, () => random.oneOf([-1, -0.5, 0.5, 1])),
    ...(config.useBias === false ? {} : { bias }),
    dy: random.fractions(sizeOf(yShape)),
  };
}

function makeLayer({ config, xShape }) {
  const layer = new dw.DepthwiseConv2D(configOf(config));
  layer.build(xShape);
  return layer;
}

function setWeights(layer, { kernel, bias }) {
  layer.setWeights(layer.weights.map(({ shape }, i) => ({ data: Float32Array.from([kernel, bias][i]), shape })));
}

/** What the layer says to these inputs: y, losses and the gradients of { x, kernel, bias }. */
function train(layer, { xShape }, inputs) {
  return dw.tidy(() => {
    setWeights(layer, inputs);
    const y = layer.call({ data: inputs.x, shape: xShape }, { training: true });
    const { dx, gradients } = layer.backward({ data: inputs.dy, shape: y.shape });
    const got = { x: dx, kernel: gradients.depthwise_kernel, bias: gradients.bias };
    assert.deepEqual(dx.shape, xShape);
    for (const weight of layer.trainable ? layer.weights : []) {
      assert.deepEqual(gradients[weight.name].shape, weight.shape);
    }
    const present = Object.entries(got).filter(([, tensor]) => tensor);
    return {
      y: y.dataSync(),
      losses: layer.losses(),
      gradients: Object.fromEntries(present.map(([name, tensor]) => [name, tensor.dataSync()])),
    };
  });
}

/** That each gradient is the slope of the loss of the definition, that y is the definition's, and losses too. */
function assertSlopes(layer, what, random) {
  const { config, xShape } = layer;
  const inputs = inputsFor(layer, random);
  const made = makeLayer(layer);
  const { y, losses, gradients } = train(made, layer, inputs);
  made.dispose();
  const expected = outputOf(config, xShape, inputs);
  expected.forEach((value, i) => assertNear(y[i], value, 1e-5, `${what}: y[${i}]`));
  const expectedLosses = penalties(config, xShape[0], expected, inputs);
  assert.equal(losses.length, expectedLosses.length, what);
  expectedLosses.forEach((value, i) => assertNear(losses[i], value, 1e-5, `${what}: losses()[${i}]`));
  const names = config.trainable === false ? ['x'] : Object.keys(inputs).filter((name) => name !== 'dy');
  assert.deepEqual(Object.keys(gradients), names, what);
  for (const name of names) {
    const values = Float64Array.from(inputs[name]);
    for (let i = 0; i < values.length; ++i) {
      const lossAt = (value) => {
        values[i] = value;
        return lossOf(config, xShape, { ...inputs, [name]: values });
      };
      const step = 2 ** -12;
      const slope = (lossAt(inputs[name][i] + step) - lossAt(inputs[name][i] - step)) / (2 * step);
      values[i] = inputs[name][i];
      assertNear(gradients[name][i], slope, 1e-4, `${what}: the gradient of ${name}[${i}]`);
    }
  }
}

function assertNear(got, expected, tolerance, what) {
  const allowed = tolerance * (1 + Math.abs(expected));
  assert.ok(Math.abs(got - expected) <= allowed, `${what} is ${got}, not ${expected}`);
}

for (const activation of ACTIVATION_NAMES) {
  test(`through ${activation}, with and without regularizers, the gradients are the slopes of the loss`, () => {
    for (const dataFormat of ['channelsLast', 'channelsFirst']) {
      for (const regularizers of [{}, REGULARIZERS]) {
        const what = `${dataFormat}, ${JSON.stringify(regularizers)}, DEPTHWISE_SEED=${seed}`;
        const random = new Random(`${seed} ${activation} ${what}`);
        assertSlopes(randomLayer(random, { activation, dataFormat, ...regularizers }), what, random);
      }
    }
  });
}

for (const name of Object.keys(REGULARIZERS)) {
  test(`${name} alone adds its slope, and nothing to what is not its own`, () => {
    const random = new Random(`${seed} ${name}`);
    for (const { l1, l2 } of [
      { l1: 0.5, l2: 0 },
      { l1: 0, l2: 0.5 },
    ]) {
      const layer = randomLayer(random, { activation: 'tanh', [name]: { l1, l2 } });
      assertSlopes(layer, `${name} ${l1} ${l2}`, random);
    }
  });
}

test('without a bias, and where the layer is not trained', () => {
  const random = new Random(`${seed} without`);
  for (const useBias of [true, false]) {
    for (const trainable of [true, false]) {
      for (const activation of ['linear', 'swish', 'softmax']) {
        const layer = randomLayer(random, { useBias, trainable, activation, ...REGULARIZERS });
        assertSlopes(layer, JSON.stringify(layer), random);
      }
    }
  }
});

test('with every stride, dilation and multiplier', () => {
  const random = new Random(`${seed} steps`);
  for (const steps of [
    [1, 1],
    [2, 1],
    [1, 3],
    [3, 3],
  ]) {
    for (const name of ['strides', 'dilationRate']) {
      for (const depthMultiplier of [1, 2, 3]) {
        for (const padding of ['valid', 'same']) {
          const config = { kernelSize: [3, 2], [name]: steps, depthMultiplier, padding, activation: 'sigmoid' };
          assertSlopes({ config, xShape: [1, 7, 6, 2] }, JSON.stringify(config), random);
        }
      }
    }
  }
});

// The loss is computed by the layer itself, in float32: so the step is large, and what is left of its error is taken away (Richardson).
test('along a line, the loss that the layer computes has the slope that its gradients say', () => {
  for (const activation of ACTIVATION_NAMES) {
    const random = new Random(`${seed} line ${activation}`);
    const layer = randomLayer(random, { activation, ...REGULARIZERS });
    const inputs = inputsFor(layer, random);
    const made = makeLayer(layer);
    const { gradients } = train(made, layer, inputs);
    const names = Object.keys(gradients);
    const directions = names.map((name) => [name, random.fractions(inputs[name].length)]);
    const lossAt = (t) => {
      const moved = directions.map(([name, direction]) => [
        name,
        inputs[name].map((value, i) => value + t * direction[i]),
      ]);
      const { y, losses } = train(made, layer, { ...inputs, ...Object.fromEntries(moved) });
      return dot(y, inputs.dy) + losses.reduce((sum, loss) => sum + loss, 0);
    };
    const slopeWith = (step) => (lossAt(step) - lossAt(-step)) / (2 * step);
    const slope = (4 * slopeWith(2 ** -8) - slopeWith(2 ** -7)) / 3;
    const terms = directions.flatMap(([name, direction]) =>
      Array.from(direction, (value, i) => value * gradients[name][i]),
    );
    const expected = terms.reduce((sum, term) => sum + term, 0);
    const scale = Math.sqrt(terms.reduce((sum, term) => sum + term * term, 0));
    assert.ok(Math.abs(slope - expected) < 1e-3 * scale, `${activation}: the slope is ${slope}, not ${expected}`);
    made.dispose();
  }
});

test('a linear layer: <dy, y> = <dx, x> + <dbias, bias> = <dkernel, kernel> + <dbias, bias>', () => {
  const property = fc.property(fc.integer(), (number) => {
    const random = new Random(number);
    const steps = { [random.oneOf(['strides', 'dilationRate'])]: [random.within(1, 3), random.within(1, 3)] };
    const config = {
      kernelSize: [random.within(1, 5), random.within(1, 5)],
      depthMultiplier: random.within(1, 3),
      padding: random.oneOf(['valid', 'same']),
      dataFormat: random.oneOf(['channelsLast', 'channelsFirst']),
      useBias: random.chance(0.7),
      ...steps,
    };
    const [batch, channels] = [random.within(0, 3), random.within(1, 9)];
    const size = [random.within(13, 16), random.within(13, 16)]; // no filter is larger
    const xShape = config.dataFormat === 'channelsFirst' ? [batch, channels, ...size] : [batch, ...size, channels];
    const { filterShape, yShape, outChannels } = geometryOf(convolutionOf(config, xShape));
    const inputs = {
      x: random.integers(sizeOf(xShape)),
      kernel: random.integers(sizeOf(filterShape)),
      ...(config.useBias ? { bias: random.integers(outChannels) } : {}),
      dy: random.integers(sizeOf(yShape)),
    };
    const layer = makeLayer({ config, xShape });
    const { y, gradients } = train(layer, { xShape }, inputs);
    layer.dispose();
    const product = dot(inputs.dy, y);
    const ofBias = config.useBias ? dot(gradients.bias, inputs.bias) : 0;
    assert.equal(dot(gradients.x, inputs.x) + ofBias, product);
    assert.equal(dot(gradients.kernel, inputs.kernel) + ofBias, product);
  });
  fc.assert(property, { numRuns: 200, seed: Number(seed) | 0 });
});

test('no images give gradients of 0 but for the regularizers of the weights', () => {
  for (const activation of ['linear', 'tanh', 'softmax']) {
    const config = { kernelSize: [2, 2], activation, activityRegularizer: { l1: 1, l2: 1 } };
    const kernel = Float32Array.of(1, -2, 3, -4);
    const bias = Float32Array.of(5);
    const inputs = { x: new Float32Array(0), kernel, bias, dy: new Float32Array(0) };
    for (const [regularizer, expected] of [
      [undefined, [0, 0, 0, 0]],
      [{ l1: 0, l2: 0.5 }, [1, -2, 3, -4]],
    ]) {
      const layer = { config: { ...config, depthwiseRegularizer: regularizer }, xShape: [0, 4, 4, 1] };
      const made = makeLayer(layer);
      const { gradients } = train(made, layer, inputs);
      assert.equal(gradients.x.length, 0);
      assert.deepEqual(Array.from(gradients.kernel), expected);
      assert.deepEqual(Array.from(gradients.bias), [0]);
      made.dispose();
    }
  }
});

function dot(a, b) {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
