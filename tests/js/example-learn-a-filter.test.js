import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

import { projectRoot } from './support/child.js';

function learn(...args) {
  return spawnSync(process.execPath, ['docs/examples/learn-a-filter.js', ...args], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
}

const losses = (text) => [...text.matchAll(/loss (\S+)/g)].map(([, loss]) => Number(loss));

for (const effect of ['blur', 'sharpen', 'edges']) {
  test(`the example learns '${effect}': the loss falls, and the kernels agree`, () => {
    const { status, stdout, stderr } = learn(effect);
    assert.equal(status, 0, stderr);
    const fallen = losses(stdout);
    assert.ok(fallen.length > 5);
    fallen.slice(1).forEach((loss, i) => assert.ok(loss < fallen[i], `the loss rises from ${fallen[i]} to ${loss}`));
    assert.match(stdout, /true +red +green +blue\n/);
    assert.ok(Number(stdout.match(/Largest difference: (\S+)/)[1]) < 1e-3);
  });
}

test('a filter that is not learned yet is a failure', () => {
  const { status, stdout } = learn('edges', '--steps', '2');
  assert.equal(status, 1);
  assert.match(stdout, /Largest difference: .*, more than 0\.01/);
});

test('a wrong argument is told how to be right', () => {
  for (const args of [['emboss'], ['--steps', 'many'], ['--steps', '-1']]) {
    const { status, stdout, stderr } = learn(...args);
    assert.notEqual(status, 0);
    assert.equal(stdout, '');
    assert.match(stderr, /Usage|--steps/);
  }
});
