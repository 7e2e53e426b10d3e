// Training on tfjs's wasm backend with this package against training on its cpu backend without: the same weights and data give the same
// losses, step by step.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers';
import { hookTraining, registerKernels } from 'depthwise-wasm/tfjs';

import { countCalls } from '../support/count-calls.js';
import { tf, useBackend } from '../support/tfjs.js';
import { UNTRAINED, networks, optimizers, train } from '../support/tfjs-networks.js';

const STEPS = 5;

/** Relative. The backends add in another order. A step moves the loss by a thousand times as much. */
const LOSS_TOLERANCE = 2e-6;

/**
 * Of the distance that a weight moved, as a vector, by SGD and momentum. RMSProp and Adam divide by the size of the gradient, so a gradient
 * of rounding errors only becomes a large step.
 */
const WEIGHT_TOLERANCE = 2e-4;

const { kernels } = await registerKernels(tf);
const calls = countCalls(tf, 'wasm', kernels);
const length = (values) => Math.hypot(...values);

async function trainOn(backend, name, makeOptimizer, options = {}) {
  await useBackend(backend);
  return train({ tf, tfl }, name, makeOptimizer, { steps: STEPS, ...options });
}

for (const name of Object.keys(networks)) {
  describe(`training ${name}`, () => {
    for (const [optimizer, makeOptimizer] of Object.entries(optimizers)) {
      test(`by ${optimizer} gives the losses of cpu`, async () => {
        const cpu = await trainOn('cpu', name, makeOptimizer);
        const wasm = await trainOn('wasm', name, makeOptimizer);
        assertLosses(wasm.losses, cpu.losses);
        if (!['SGD', 'momentum'].includes(optimizer)) return;
        cpu.weights.forEach((weight, i) => {
          const error = length(weight.data.map((value, j) => value - wasm.weights[i].data[j]));
          const allowed = WEIGHT_TOLERANCE * length(weight.moved);
          assert.ok(allowed > 0, `${weight.name} did not move`);
          assert.ok(error <= allowed, `the error of ${weight.name} is ${error} after training, more than ${allowed}`);
        });
      });
    }
  });
}

test('training on both backends in turn gives the losses of cpu', async () => {
  const cpu = await trainOn('cpu', 'every kernel', optimizers.Adam);
  const afterStep = (step) => useBackend(step % 2 ? 'wasm' : 'cpu');
  const both = await trainOn('wasm', 'every kernel', optimizers.Adam, { afterStep });
  assertLosses(both.losses, cpu.losses);
});

for (const name of Object.keys(networks)) {
  test(`training ${name} without the hooks gives the losses of cpu`, async () => {
    const cpu = await trainOn('cpu', name, optimizers.momentum);
    hookTraining(tf).undo();
    const wasm = await trainOn('wasm', name, optimizers.momentum);
    hookTraining(tf);
    assertLosses(wasm.losses, cpu.losses);
  });
}

for (const name of Object.keys(networks).filter((name) => name !== 'every kernel')) {
  test(`training ${name} compiled gives the losses of cpu`, async () => {
    const cpu = await trainOn('cpu', name, optimizers.momentum);
    await registerKernels(tf, { compile: true });
    const wasm = await trainOn('wasm', name, optimizers.momentum);
    hookTraining(tf);
    assertLosses(wasm.losses, cpu.losses);
  });
}

test('training calls every kernel', () => {
  const uncalled = kernels.filter((name) => calls[name] === 0 && !/Update$|^LayerNorm/.test(name));
  const withoutHooks = ['Erf', 'ErfGrad'];
  const untrained = UNTRAINED.filter((name) => !withoutHooks.includes(name));
  assert.deepEqual(uncalled, ['FusedDepthwiseConv2D', ...untrained]); // tfjs calls it without a gradient only
});

function assertLosses(losses, expected) {
  assert.equal(losses.length, STEPS);
  losses.forEach((loss, step) => {
    const error = Math.abs(loss - expected[step]) / Math.abs(expected[step]);
    assert.ok(error <= LOSS_TOLERANCE, `the loss before step ${step + 1} is ${loss}, not ${expected[step]}`);
  });
  const moved = Math.abs(expected[STEPS - 1] - expected[0]) / Math.abs(expected[0]);
  assert.ok(moved > 500 * LOSS_TOLERANCE, `training moved the loss by ${moved} of it only`);
}
