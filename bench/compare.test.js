// npm run compare, as a user calls it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { layers } from './shared/layers.js';

const program = fileURLToPath(new URL('compare.js', import.meta.url));

function compare(...args) {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 60_000 });
}

test('--json prints right results of all three passes for a small shape', () => {
  const { status, stdout, stderr } = compare('--shape', '1x8x8x8,3x3', '--json', '--budget', '1');
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /tfjs-node/);
  const { ok, rows, tfjs, package: ours } = JSON.parse(stdout);
  assert.equal(ok, true);
  assert.match(tfjs, /^4\./);
  assert.match(ours.variant, /simd/);
  assert.deepEqual(
    rows.map(({ layer, shape, pass }) => [layer, shape, pass]),
    ['forward', 'input', 'filter'].map((pass) => ['own/1', '1x8x8x8,3x3', pass]),
  );
  for (const { pass, results } of rows) {
    for (const id of ['depthwise-wasm', 'tfjs-cpu']) {
      assert.equal(results[id].status, 'ok');
      assert.ok(results[id].difference < 1e-4);
      assert.ok(results[id].milliseconds > 0);
    }
    assert.equal(results['tfjs-wasm'].status, pass === 'forward' ? 'ok' : 'none');
  }
});

test('the tables of text and Markdown contain the selected passes and peers', () => {
  const args = ['--shape', '1x8x8x8,3x3,multiplier=2', '--passes', 'input', '--peers', 'cpu', '--budget', '0.2'];
  const text = compare(...args).stdout;
  assert.match(text, /^own\/1 +1x8x8x8 3x3 m2 +input grad\./m);
  assert.doesNotMatch(text, /forward|tfjs wasm/);
  assert.equal(text.includes('\u001b'), false);
  assert.match(compare(...args, '--markdown').stdout, /^\| own\/1 \| 1x8x8x8 3x3 m2 \| input grad\. \| .* \|$/m);
});

test('--list names every layer', () => {
  const { status, stdout } = compare('--list');
  assert.equal(status, 0);
  for (const { name } of layers) assert.ok(stdout.includes(name));
});

test('wrong options end with exit code 2 and a message', () => {
  const errors = [
    [['--shape', '1x8x8'], /error: shape '1x8x8': the input must be batch x height/],
    [['--layers', 'resnet'], /error: no layer is called 'resnet'/],
    [['--layers', 'convnext-t/1', '--all'], /cannot be used with/],
    [['--json', '--markdown'], /cannot be used with/],
    [['--passes', 'backward'], /Allowed are forward, input, filter, got 'backward'/],
    [['--peers', 'webgl'], /Allowed are cpu, wasm, none, got 'webgl'/],
    [['--budget', '0'], /must be a positive number/],
    [['--rounds', '1.5'], /must be a whole number/],
    [['--nonsense'], /unknown option/],
    [['mobilenet-v1/1'], /too many arguments/],
  ];
  for (const [args, message] of errors) {
    const { status, stdout, stderr } = compare(...args);
    assert.equal(status, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, message);
  }
});
