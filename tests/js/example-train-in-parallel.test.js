// docs/examples/train-in-parallel, in Node
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { projectRoot } from '../../scripts/project-root.js';
import { trainWith } from '../../docs/examples/train-in-parallel/start.js';

const address = new URL('../../docs/examples/train-in-parallel/node-worker.js', import.meta.url);

async function train(count, options) {
  const workers = Array.from({ length: count }, () => new Worker(address));
  const losses = [];
  const weights = await trainWith(workers, options, ({ step, loss }) => (losses[step] = loss));
  await Promise.all(workers.map((worker) => worker.terminate()));
  return { losses, weights };
}

test('workers that train with parts of a batch compute what one worker computes with the batch', async () => {
  const options = { steps: 4, batchSize: 6, size: 12, batchNorm: false, seed: 3 };
  const [one, three] = await Promise.all([train(1, options), train(3, options)]);
  assert.equal(three.losses.length, 4);
  assert.notEqual(one.losses[0], one.losses[3]);
  const assertClose = (value, expected) => assert.ok(Math.abs(value - expected) < 1e-5, `${value}, not ${expected}`);
  three.losses.forEach((loss, step) => assertClose(loss, one.losses[step]));
  for (const weights of three.weights) weights.forEach((weight, i) => assertClose(weight, one.weights[0][i]));
});

test('workers have the same weights, also with batch normalization, and main.js compares the times', () => {
  const args = ['--workers', '2', '--batch', '4', '--steps', '3', '--size', '12', '--repeats', '1', '--batch-norm'];
  const options = /** @type {const} */ ({ cwd: projectRoot, encoding: 'utf8' });
  const { status, stdout } = spawnSync(process.execPath, ['docs/examples/train-in-parallel/main.js', ...args], options);
  assert.match(stdout, /^2 workers: loss \S+ to \S+, fastest step \S+ ms, weights equal$/m);
  assert.match(stdout, /^A step with 2 workers is \S+ times as fast\.$/m);
  assert.equal(status, 0);
});

test('an error of a worker rejects', async () => {
  await assert.rejects(train(1, { steps: 1, batchSize: 2, size: -1, batchNorm: false }), /./);
});
