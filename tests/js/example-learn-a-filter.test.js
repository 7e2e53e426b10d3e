// docs/examples/learn-a-filter.js
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

import { projectRoot } from './support/child.js';

function learn(...args) {
  const options = /** @type {const} */ ({ cwd: projectRoot, encoding: 'utf8' });
  return spawnSync(process.execPath, ['docs/examples/learn-a-filter.js', ...args], options);
}

test('the example learns each filter: the loss falls, and the kernels agree', () => {
  for (const effect of ['blur', 'sharpen', 'edges']) {
    const { status, stdout, stderr } = learn(effect);
    assert.equal(status, 0, stderr);
    const losses = [...stdout.matchAll(/loss (\S+)/g)].map(([, loss]) => Number(loss));
    assert.ok(losses.length > 5);
    losses.slice(1).forEach((loss, i) => assert.ok(loss < losses[i], `the loss rises from ${losses[i]} to ${loss}`));
    assert.ok(Number(stdout.match(/Largest difference: (\S+)/)[1]) < 1e-3);
  }
});

test('the example fails if it has not learned the filter, and refuses wrong arguments', () => {
  const { status, stdout } = learn('edges', '--steps', '2');
  assert.equal(status, 1);
  assert.match(stdout, /Largest difference: .*, more than 0\.01/);
  for (const args of [['emboss'], ['--steps', 'many'], ['--steps', '-1']]) {
    const refused = learn(...args);
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /Usage|--steps/);
  }
});
