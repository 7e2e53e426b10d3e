// Kernels on several threads, on the threaded build of tfjs's wasm backend: the same bits as on one thread.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { Pool } from '../../../js/tfjs/threads/pool.js';
import { assertSameBits } from '../support/compare.js';
import { Random } from '../support/random.js';
import { registerThreadedBackend } from '../support/tfjs-threaded-backend.js';

/** Workers need a fraction of a second to start, on a busy machine more. */
const START_MILLISECONDS = 30_000;

tf.enableProdMode(); // quiet
let remove;
after(() => remove());

/** Starts a backend whose kernels compute on a number of threads. */
async function start(threads) {
  remove?.();
  remove = registerThreadedBackend(tf);
  await tf.setBackend('wasm');
  return registerKernels(tf, { threads });
}

/** Counts the jobs that pools run. */
const jobs = { run: 0 };
const { run } = Pool.prototype;
Pool.prototype.run = function (...job) {
  const isRun = run.apply(this, job);
  if (isRun) ++jobs.run;
  return isRun;
};

const random = new Random('threads');
const values = (shape) => ({ data: random.fractions(shape.reduce((a, b) => a * b, 1)), shape });
const image = values([6, 40, 40, 24]);
const pooled = values([6, 20, 20, 24]);
const pooling = { filterSize: [3, 3], strides: [2, 2], pad: 'same' };
/** Calls that take 64 microseconds at least. */
const calls = {
  Tanh: [{ x: image }, {}],
  TanhGrad: [{ y: image, dy: image }, {}],
  LeakyRelu: [{ x: image }, { alpha: 0.2 }],
  ReluGrad: [
    { x: image, dy: image },
    { alpha: 0, max: 6 },
  ],
  ClipByValue: [{ x: image }, { clipValueMin: 0, clipValueMax: 0.5 }],
  ClipByValueGrad: [
    { x: image, dy: image },
    { clipValueMin: 0, clipValueMax: 0.5 },
  ],
  MaxPool: [{ x: image }, pooling],
  MaxPoolGrad: [{ dy: pooled, input: image }, pooling],
  AvgPool: [{ x: image }, pooling],
  AvgPoolGrad: [{ dy: pooled, input: image }, pooling],
};

function compute([kernel, [inputs, attrs]]) {
  const given = Object.entries(inputs).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]);
  const tensors = Object.fromEntries(given);
  const results = [tf.engine().runKernel(kernel, tensors, attrs)].flat();
  // Not in tf.tidy, which would look for tensors in the results, value by value.
  const copies = results.map((result) => ({ data: result.dataSync().slice(), shape: result.shape }));
  tf.dispose([tensors, results]);
  return copies;
}

let expected;
for (const threads of [1, 2, 3, 4, 7]) {
  test(`on ${threads} threads, each kernel computes the same bits`, async () => {
    const registration = await start(threads);
    assert.deepEqual(registration.threads, { count: threads, reason: 'as wanted' });
    jobs.run = 0;
    const entries = Object.entries(calls);
    // The first call starts the workers.
    for (const end = Date.now() + START_MILLISECONDS; threads > 1 && jobs.run === 0 && Date.now() < end;) {
      compute(entries[0]);
      await setImmediate();
    }
    expected ??= entries.map(compute);
    for (let round = 0; round < 5; ++round) {
      entries.forEach((entry, i) => {
        compute(entry).forEach((result, j) => assertSameBits(result, expected[i][j], entry[0]));
      });
    }
    if (threads === 1) assert.equal(jobs.run, 0);
    else assert.ok(jobs.run > entries.length, `${jobs.run} jobs`);
  });
}
