import assert from 'node:assert/strict';
import { test } from 'node:test';

import { suites } from '../tfjs-suite/chosen.js';
import { judge } from '../tfjs-suite/expected.js';
import { runSuite } from '../tfjs-suite/run.js';

/** What tfjs-core 4.22.0 has of them. Fewer would mean that the bundle or the choice lost some. */
const SPECS = 914;

/** Its gradients of means are of a few values, which ours leave; tfjs-training.test.js has some of many. */
const UNCALLED = ['MeanGrad'];

// tfjs's flag IS_TEST, which its suite switches on: then it looks after each kernel for tensors that were left behind. Users have it off.
const modes = [
  { title: 'with its leak check', leakCheck: true },
  { title: 'without its leak check', leakCheck: false },
];
const reports = await Promise.all(modes.map(({ leakCheck }) => runSuite({ leakCheck })));

for (const [i, { title }] of modes.entries()) {
  const { specs, calls } = reports[i];
  const { unexpected, stale } = judge(specs);

  test(`tfjs's own suite ${title}: all of the specs that are chosen run`, () => {
    assert.ok(specs.length >= SPECS, `only ${specs.length} of ${SPECS} specs ran`);
    const ran = new Set(specs.map(({ suite }) => suite));
    assert.deepEqual(
      suites.filter((suite) => !ran.has(suite)),
      [],
    );
  });

  test(`tfjs's own suite ${title}: they pass, but for those that are listed with a reason`, () => {
    assert.deepEqual(unexpected, []);
  });

  test(`tfjs's own suite ${title}: what is listed does fail`, () => {
    assert.deepEqual(stale, []);
  });

  test(`tfjs's own suite ${title}: each of our kernels is called`, () => {
    const uncalled = Object.keys(calls).filter((name) => calls[name] === 0);
    assert.deepEqual(uncalled, UNCALLED);
    assert.notDeepEqual(calls, {});
  });
}
