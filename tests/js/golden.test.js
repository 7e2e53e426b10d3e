// The bits of results in the variant without relaxed SIMD. tests/browser/golden.test.js, tests/webkit/, tests/bun/ and tests/arm64/
// check that other engines and processors give the same bits.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assertGolden } from '../golden/assert-golden.js';
import { runCompute } from '../golden/run-compute.js';

test('results have the same bits as before', async () => assertGolden(await runCompute()));

test('another bit is an error that names the result and says what to do', () => {
  const hashes = JSON.parse(readFileSync(new URL('../golden/hashes.json', import.meta.url), 'utf8'));
  const wrong = { ...hashes, 'kernel Conv2D': '0000000000000000' };
  assert.throws(() => assertGolden(wrong), /changed: kernel Conv2D\. .*CHANGELOG\.md.*npm run golden/);
});
