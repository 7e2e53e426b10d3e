import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('ab.js', import.meta.url));
const root = fileURLToPath(new URL('..', import.meta.url));

test('a checkout against itself gives ratios near 1, for the kernels and for the plug-in', () => {
  const small = [
    '--rows',
    'channels-33',
    '--groups',
    'nhwc,dense',
    '--passes',
    'filter',
    '--rounds',
    '9',
    '--repeats',
    '1',
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--against', root, ...small], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  for (const group of ['nhwc', 'dense']) {
    const ratio = Number(stdout.match(new RegExp(`^${group} +filter +\\d+ +([\\d.]+)`, 'm'))?.[1]);
    assert.ok(ratio > 0.3 && ratio < 3, stdout);
  }
});
