// The pool of threads: workers that do not start or that end, memory that runs out, and the decision whether threads pay.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

import { makeRegisterKernels } from '../../../js/tfjs/register.js';
import { Judge } from '../../../js/threads/judge.js';
import { Pool } from '../../../js/threads/pool.js';
import { startWorker } from '../../../js/threads/start-worker.node.js';
import { registerThreadedBackend } from '../support/tfjs-threaded-backend.js';

tf.enableProdMode(); // quiet
/** What a worker is that never starts. */
const never = () => ({
  ready: new Promise(() => {}),
  ended: new Promise(() => {}),
  hasEnded: () => false,
  terminate() {},
});
let remove;
after(() => remove());

const START_MILLISECONDS = 30_000;
const SIZE = 1 << 18;

/** Starts a backend whose pool starts workers by a function. Returns a function that returns what registerKernels says of threads. */
async function start(startWorker, options = { threads: 3 }) {
  remove?.();
  remove = registerThreadedBackend(tf);
  await tf.setBackend('wasm');
  const registerKernels = makeRegisterKernels({ fetchBytes: (url) => readFile(url), startWorker });
  return async (others) => (await registerKernels(tf, { variant: 'simd', ...options, ...others })).threads;
}

const values = Float32Array.from({ length: SIZE }, (_, i) => (2 * i) / SIZE - 1);

/** Computes a large tensor, and checks some values. */
function compute() {
  const x = tf.tensor1d(values);
  const y = tf.tanh(x);
  const results = y.dataSync();
  for (let i = 0; i < SIZE; i += 1001) {
    assert.ok(Math.abs(results[i] - Math.tanh(values[i])) < 1e-6, `value ${i} is ${results[i]}`);
  }
  tf.dispose([x, y]);
}

async function until(condition) {
  for (const end = Date.now() + START_MILLISECONDS; !condition() && Date.now() < end;) {
    compute();
    await setTimeout(1);
  }
}

test('a worker that cannot start leaves one thread, and registerKernels says why', async () => {
  let terminated = 0;
  const terminate = () => void ++terminated;
  let started = 0;
  const threads = await start(() => ({
    ...never(),
    ...(started++ === 0 ? {} : { ready: Promise.reject(new Error('404')) }),
    terminate,
  }));
  assert.deepEqual(await threads(), { count: 3, reason: 'as wanted' });
  await until(() => terminated > 0);
  compute();
  assert.equal(terminated, 2);
  assert.deepEqual(await threads(), { count: 1, reason: 'a worker could not start: 404' });
});

test('a worker that throws leaves one thread', async () => {
  const threads = await start(() => {
    throw new Error('blocked by the policy');
  });
  await threads();
  compute();
  compute();
  assert.deepEqual(await threads(), { count: 1, reason: 'a worker could not start: blocked by the policy' });
});

test('a backend may be removed while its workers start, and created again', async () => {
  let ready = 0;
  const startCounted = (data) => {
    const worker = startWorker(data);
    worker.ready.then(
      () => ++ready,
      () => {},
    );
    return worker;
  };
  for (let i = 0; i < 3; ++i) {
    const threads = await start(startCounted);
    await threads();
    compute(); // starts the workers
    if (i === 1) await setTimeout(20);
  }
  ready = 0;
  await until(() => ready === 2);
  compute();
});

test('no worker starts for small tensors, and for one thread', async () => {
  let started = 0;
  const count = () => (++started, never());
  const threads = await start(count);
  await threads();
  tf.tidy(() => tf.tanh(tf.ones([1000])).dataSync());
  assert.equal(started, 0);
  const alone = await start(count, { threads: 1 });
  assert.deepEqual(await alone(), { count: 1, reason: 'as wanted' });
  compute();
  assert.equal(started, 0);
});

test('short jobs start and wake the workers, if they follow each other closely', async (context) => {
  const { run } = Pool.prototype;
  let divided = 0;
  context.mock.method(Pool.prototype, 'run', function (kernel, job) {
    assert.ok(job.microseconds >= 10 && job.microseconds < 64);
    const isDivided = run.call(this, kernel, job);
    if (isDivided) ++divided;
    return isDivided;
  });
  let isReady = false;
  const startObserved = (data) => {
    const worker = startWorker(data);
    worker.ready.then(() => (isReady = true));
    return worker;
  };
  const threads = await start(startObserved, { threads: 2 }); // more workers than processors would not be awake at the same time
  await threads();
  const x = tf.tensor1d(values.subarray(0, 1 << 15));
  const computeUntil = async (condition) => {
    for (const end = Date.now() + START_MILLISECONDS; !condition() && Date.now() < end;) {
      for (let i = 0; i < 20; ++i) tf.tanh(x).dispose();
      await setTimeout(5); // the workers sleep again
    }
    assert.ok(condition());
  };
  await computeUntil(() => isReady);
  for (let i = 0; i < 3; ++i) {
    divided = 0;
    await computeUntil(() => divided > 0);
  }
  x.dispose();
});

test('registerKernels reports the threads of kernels that have run, and starts no backend', async () => {
  const alone = await start(never, { threads: 1 });
  await alone();
  compute();
  assert.deepEqual(await alone({ threads: 2 }), { count: 1, reason: 'the kernels have already run on one thread' });
  await tf.setBackend('cpu');
  let created = 0;
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => void ++created);
  assert.deepEqual(await alone(), { count: 1, reason: 'the backend is not the current one' });
  assert.equal(created, 0);
});

test('the judge uses what is faster, and notices changes', () => {
  const judge = new Judge();
  /** Runs jobs, and returns how many of them used threads. */
  const run = (jobs, times) => {
    let shared = 0;
    for (let i = 0; i < jobs; ++i) {
      const areThreads = judge.wantsThreads('loop');
      if (areThreads) ++shared;
      judge.record('loop', areThreads, times[areThreads ? 'shared' : 'alone']);
    }
    return shared;
  };
  const [fast, slow] = [
    { alone: 2, shared: 1 },
    { alone: 2, shared: 3 },
  ];
  assert.ok(run(160, fast) >= 140);
  run(40, slow);
  assert.ok(run(160, slow) <= 20);
  run(400, fast);
  assert.ok(run(160, fast) >= 140);
  judge.record('loop', true, 1e6); // a pause of the program
  assert.ok(run(160, fast) >= 130);
  run(4000, slow);
  assert.ok(run(2000, slow) <= 10); // after a long time, the judge seldom measures the slower way
  run(1200, fast);
  assert.ok(run(160, fast) >= 150);
});
