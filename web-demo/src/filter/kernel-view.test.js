import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortWeight } from './kernel-view.js';

test('weights are printed with two decimals and without a leading zero', () => {
  assert.deepEqual([0.25, -0.5, 1.5, 0, 0.001].map(shortWeight), ['.25', '−.5', '1.5', '0', '0']);
});

test('a learned weight prints like the true weight when only a rounding error separates them', () => {
  for (const weight of [0.075, -0.075, 0.125, 1 / 3]) {
    for (const error of [-1e-6, 1e-6]) assert.equal(shortWeight(weight + error), shortWeight(weight));
  }
});
