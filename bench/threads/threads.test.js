// The prediction, the goals and the program of npm run bench -- --threads.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { goalLines, goals } from './goals.js';
import { predictedSpeedUp } from './prediction.js';
import { quantile, samplesInTurn, sorted } from './samples.js';

const program = fileURLToPath(new URL('../table/main.js', import.meta.url));

test('the prediction follows Amdahl’s law', () => {
  assert.equal(predictedSpeedUp(2, 2, 8), 8);
  assert.equal(predictedSpeedUp(2.5, 2, 8), 8); // caches may make two threads faster than twice
  assert.equal(predictedSpeedUp(0.9, 2, 8), 1);
  const alone = 0.2;
  const speedUp = (threads) => 1 / (alone + (1 - alone) / threads);
  assert.ok(Math.abs(predictedSpeedUp(speedUp(2), 2, 4) - speedUp(4)) < 1e-12);
});

test('quantiles of sorted samples', () => {
  const values = sorted([5, 1, 10, 4, 3, 2, 9, 8, 7, 6]);
  assert.deepEqual([quantile(values, 0), quantile(values, 0.5), quantile(values, 0.9), quantile(values, 1)], [1, 6, 10, 10]); // prettier-ignore
});

test('calls take turns, and each has samples', () => {
  const order = [];
  const [slow, fast] = samplesInTurn([() => waitFor(1), () => order.push('fast')], 0.05);
  assert.ok(slow.length >= 20 && slow[0] >= 1);
  assert.ok(fast.length > slow.length && fast.at(-1) >= fast[0]);
});

test('a figure is compared with its floor and its aim', () => {
  const verdicts = (figures) => goalLines(figures).map((line) => line.at(-1));
  assert.deepEqual(verdicts({ long: 2, short: 1.6, memory: 1 }), [
    'meets the aim',
    'meets the floor',
    'below the floor',
  ]);
  assert.deepEqual(verdicts({ smallest: 1, 'busy/late': 1.3 }), ['meets the aim', 'below the floor']);
  assert.equal(new Set(goals.map(({ id }) => id)).size, goals.length);
});

test('the program prints the speed-up of a row', { skip: os.availableParallelism() < 2 }, () => {
  const options = ['--threads', '--rows', 'mobilenet-v1/7', '--passes', 'forward', '--budget', '1'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^mobilenet-v1\/7 +forward +[\d.]+ .s +[\d.]+ .s/m);
  assert.match(stdout, /^smallest call, time against one thread +[\d.]+ +1\.02 +1\.00/m);
});

function waitFor(milliseconds) {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}
