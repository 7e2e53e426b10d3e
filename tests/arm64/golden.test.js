// The variant without relaxed SIMD gives the same bits on 64-bit ARM. Node runs in QEMU.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { arm64Node } from '../../scripts/setup/arm64.js';
import { assertGolden } from '../golden/assert-golden.js';
import { runCompute } from '../golden/run-compute.js';

const [command, ...args] = arm64Node();

test('the tests run on 64-bit ARM', () => {
  assert.equal(execFileSync(command, [...args, '--print', 'process.arch'], { encoding: 'utf8' }), 'arm64\n');
});

test('results have the same bits as on other processors', async () => {
  assertGolden(await runCompute([command, ...args]));
});
