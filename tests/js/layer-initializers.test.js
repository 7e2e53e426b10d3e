// Initializers of the layer: their numbers reach C++, which tests the distributions; and the differences to tfjs-layers 4.22.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { tfl } from './support/tfjs-layers.js';

const dw = await load();

const KERNEL = [5, 5, 32, 8];
const [FAN_IN, FAN_OUT] = [5 * 5 * 32, 5 * 5 * 8];

/** Returns a kernel of the shape KERNEL. */
function drawn(className, config) {
  const depthwiseInitializer = { className, config };
  const layer = new dw.DepthwiseConv2D({ kernelSize: 5, depthMultiplier: 8, depthwiseInitializer });
  layer.build([null, null, null, 32]);
  const data = layer.weights[0].data.slice();
  layer.dispose();
  return data;
}

function drawnByTfjs(className, config) {
  const name = className[0].toLowerCase() + className.slice(1);
  return tfl.initializers[name]({ ...config })
    .apply(KERNEL, 'float32')
    .dataSync();
}

const mean = (data) => data.reduce((sum, value) => sum + value, 0) / data.length;
const variance = (data) => {
  const center = mean(data);
  return mean(data.map((value) => (value - center) ** 2));
};
const largest = (data) => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const near = (got, expected, tolerance) =>
  assert.ok(Math.abs(got - expected) <= tolerance, `${got} is not near ${expected}`);

test('each number of an initializer has its effect', () => {
  const seed = 5;
  assert.ok(drawn('Constant', { value: 2.5 }).every((value) => value === 2.5));
  assert.ok(drawn('Ones').every((value) => value === 1));
  const uniform = drawn('RandomUniform', { minval: 2, maxval: 6, seed });
  assert.ok(uniform.every((value) => value >= 2 && value < 6));
  near(mean(uniform), 4, 0.1);
  for (const className of ['RandomNormal', 'TruncatedNormal']) {
    assert.ok(drawn(className, { mean: -3, stddev: 0, seed }).every((value) => value === -3));
    near(variance(drawn(className, { stddev: 2, seed })), className === 'RandomNormal' ? 4 : 4 * 0.774, 0.2);
  }
  for (const [mode, fan] of Object.entries({ fanIn: FAN_IN, fanOut: FAN_OUT, fanAvg: (FAN_IN + FAN_OUT) / 2 })) {
    for (const distribution of ['normal', 'untruncatedNormal', 'uniform']) {
      near(variance(drawn('VarianceScaling', { scale: 3, mode, distribution, seed })) * fan, 3, 0.2);
    }
    near(
      largest(drawn('VarianceScaling', { scale: 3, mode, distribution: 'uniform', seed })),
      Math.sqrt(9 / fan),
      1e-3,
    );
  }
  const orthogonal = drawn('Orthogonal', { gain: 1.5, seed });
  const column = orthogonal.filter((_, i) => i % 8 === 0);
  near(Math.hypot(...column), 1.5, 1e-5);
});

test('the same seed gives the same weights, no seed gives new ones; kernel and bias are different', () => {
  for (const className of ['RandomUniform', 'TruncatedNormal', 'HeNormal', 'Orthogonal']) {
    assert.deepEqual(drawn(className, { seed: 5 }), drawn(className, { seed: 5 }));
    assert.notDeepEqual(drawn(className, { seed: 5 }), drawn(className, { seed: -5 }));
    assert.notDeepEqual(drawn(className), drawn(className));
  }
  const names = { depthwiseInitializer: 'randomNormal', biasInitializer: 'randomNormal' };
  const layer = new dw.DepthwiseConv2D({ kernelSize: 1, ...names });
  layer.build([1, 1, 1, 50]);
  assert.notDeepEqual(layer.weights[0].data, layer.weights[1].data);
  layer.dispose();
});

test('tfjs: normal distributions have a smaller variance than Keras documents', () => {
  near(variance(drawn('GlorotNormal', { seed: 5 })) * ((FAN_IN + FAN_OUT) / 2), 1, 0.06);
  near(variance(drawnByTfjs('GlorotNormal', { seed: 5 })) * ((FAN_IN + FAN_OUT) / 2), 0.774, 0.06);
});

test("tfjs: 'truncatedNormal' is a uniform distribution", () => {
  const config = { scale: FAN_IN, mode: 'fanIn', distribution: 'truncatedNormal', seed: 5 };
  near(largest(drawn('VarianceScaling', config)), 2 / 0.8796, 0.1);
  near(largest(drawnByTfjs('VarianceScaling', config)), Math.sqrt(3), 0.05);
});

test('tfjs: a parameter that is 0 is replaced by its default', () => {
  assert.ok(drawn('RandomUniform', { minval: 0, maxval: 1, seed: 5 }).every((value) => value >= 0));
  assert.ok(drawnByTfjs('RandomUniform', { minval: 0, maxval: 1, seed: 5 }).some((value) => value < 0));
});
