// Bun runs JavaScriptCore, the engine of Safari, without a page.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { assertGolden } from '../golden/assert-golden.js';
import { runCompute } from '../golden/run-compute.js';
import { bunPath } from './bun-path.js';

test('the tests run in JavaScriptCore', () => {
  const source = "const { jscDescribe } = require('bun:jsc'); console.log(typeof jscDescribe);";
  assert.equal(execFileSync(bunPath, ['--eval', source], { encoding: 'utf8' }), 'function\n');
});

test('results have the same bits as in Node', async () => assertGolden(await runCompute([bunPath])));
