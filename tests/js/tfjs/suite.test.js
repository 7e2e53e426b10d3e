// tfjs's own published test suite, with and without tfjs's flag IS_TEST: its suite sets it, and tfjs then looks for leaks after each
// kernel. Users do not set it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { judge } from '../../tfjs-suite/expected.js';
import { runSuite } from '../../tfjs-suite/run.js';

/** The number in tfjs-core 4.22.0, without the few that tfjs disables. Fewer mean that the bundle lost some. */
const SPECS = { with: 4225, without: 4223 };

/** The suite has no second derivative of a pooling, and no layers. */
const LAYERS = [
  ...['Swish', 'Gelu', 'GeluGrad', 'SwishGrad'],
  ...['BatchNormStatistics', 'BatchNormTraining', 'BatchNormTrainingGrad'],
  ...['Conv2DBatchNorm', 'DepthwiseConv2DBatchNorm', 'LayerNorm', 'LayerNormGrad'],
];
const UNCALLED = ['MaxPoolGradGrad', ...LAYERS];

const [checked, unchecked] = await Promise.all([true, false].map((leakCheck) => runSuite({ leakCheck })));

for (const [mode, { specs, calls }] of Object.entries({ with: checked, without: unchecked })) {
  test(`the suite ${mode} the leak check runs whole, and fails only where that is expected`, () => {
    assert.ok(specs.length >= SPECS[mode], `only ${specs.length} of ${SPECS[mode]} specs ran`);
    assert.deepEqual(judge(specs), { unexpected: [], stale: [] });
    const uncalled = Object.keys(calls).filter((name) => calls[name] === 0);
    assert.deepEqual(uncalled, UNCALLED);
    assert.notDeepEqual(calls, {});
  });
}
