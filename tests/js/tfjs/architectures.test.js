// Networks with the structure of well-known ones, trained on tfjs's wasm backend with this package and on its cpu backend.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { Random } from '../support/random.js';
import { tf, useBackend } from '../support/tfjs.js';
import { architectures } from '../support/tfjs-architectures.js';

const STEPS = 3;
/** Relative. The backends add in another order. */
const LOSS_TOLERANCE = 5e-6;
/** Of the distance that all weights moved, as a vector. */
const WEIGHT_TOLERANCE = 2e-4;

await registerKernels(tf);
// tfjs's cpu kernel of the gradient of average pooling is wrong for 'same'. tests/js/tfjs/pooling.test.js compares ours with the definition.
await registerKernels(tf, { backend: 'cpu', kernels: ['AvgPool', 'AvgPoolGrad'] });

for (const [name, build] of Object.entries(architectures)) {
  test(`${name}: the losses and weights are those of cpu`, async () => {
    const cpu = await train('cpu', name, build);
    const wasm = await train('wasm', name, build);
    const pairs = wasm.losses.map((loss, i) => [loss, cpu.losses[i]]);
    for (const [loss, expected] of pairs) {
      const error = Math.abs(loss - expected) / Math.max(1, Math.abs(expected));
      assert.ok(error <= LOSS_TOLERANCE, `the losses are ${wasm.losses}, not ${cpu.losses}`);
    }
    const moved = distance(cpu.end, cpu.start);
    assert.ok(moved > 1e-3, `the weights moved by ${moved} only`);
    const error = distance(wasm.end, cpu.end);
    assert.ok(error <= WEIGHT_TOLERANCE * moved, `the weights differ by ${error}; they moved by ${moved}`);
  });
}

async function train(backend, name, build) {
  await useBackend(backend);
  tf.engine().startScope();
  const { models, step } = build({ tf, tfl, random: new Random(name) });
  const weights = () => models.flatMap((model) => model.trainableWeights.map((weight) => weight.read().dataSync()));
  const start = weights();
  const losses = [];
  for (let i = 0; i < STEPS; ++i) losses.push(...(await step()));
  const end = weights();
  for (const model of models) model.dispose();
  tf.engine().endScope();
  return { losses, start, end };
}

function distance(some, others) {
  return Math.hypot(...some.flatMap((values, i) => Array.from(values, (value, j) => value - others[i][j])));
}
