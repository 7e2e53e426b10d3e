import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { Judge } from '../../js/threads/judge.js';
import { Pool } from '../../js/threads/pool.js';
import { randomConvolution, randomTensor } from '../js/support/random-convolutions.js';
import { Random } from '../js/support/random.js';
import { registerThreadedBackend } from '../js/support/tfjs-threaded-backend.js';
import { assertPlateau } from './plateau.js';

const THREADS = 4; // more than many machines have processors, so that workers stop at any moment
const CONVOLUTIONS = 150;
const SIZES = { images: [1, 2, 3], pixels: [6, 20], channels: [4, 60] };
/** The estimate from which the pool wakes workers that sleep. */
const MIN_MICROSECONDS = 64;
/** Longer calls would make fewer jobs in the same time. */
const MAX_CALL_MILLISECONDS = 0.3;
const TRIES = 10;
/** So many calls without a job mean that the pool has ended. */
const MAX_CALLS_WITHOUT_JOB = 10_000;
const START_MILLISECONDS = 30_000;

/** Runs jobs of the pool of threads with random small kernels, until `calls` jobs have run. Each result must have the bits of the first. */
export async function soakThreads({ calls, seed, say }) {
  const remove = registerThreadedBackend(tf);
  tf.enableProdMode(); // quiet
  await tf.setBackend('wasm');
  await registerKernels(tf, { threads: THREADS });
  const jobs = countJobs();
  const random = new Random(`${seed} threads`);
  const cases = Array.from({ length: CONVOLUTIONS }, () => randomConvolution(random, SIZES)).flat();
  const x = randomTensor(random, 2, 20, 20, 48);
  cases.push(['Tanh', { x }, {}], ['Add', { a: x, b: x }, {}], ['Sum', { x }, { axis: [0, 1, 2] }]);
  const prepared = cases
    .map((each) => prepare(each, jobs))
    .filter(
      ({ milliseconds, microseconds }) => milliseconds <= MAX_CALL_MILLISECONDS && microseconds >= MIN_MICROSECONDS,
    );
  await startWorkers(jobs);
  try {
    return await assertPlateau({
      ...{ calls, say },
      call(i) {
        for (let tries = 0; jobs.count <= i; ++tries) {
          assert.ok(tries < MAX_CALLS_WITHOUT_JOB, 'the pool runs no jobs any more');
          const { kernel, run, expected } = random.oneOf(prepared);
          const bits = run();
          for (let j = 0; j < bits.length; ++j)
            if (bits[j] !== expected[j]) assert.fail(`${kernel}: other bits at ${j}`);
        }
      },
      heapBytes: () => tf.backend().wasm.HEAPU8.length,
    });
  } finally {
    remove();
  }
}

/** Counts the jobs that run on threads, and records the largest estimate. The judge would often choose one thread. */
function countJobs() {
  const jobs = { count: 0, microseconds: 0 };
  Judge.prototype.wantsThreads = () => true;
  const { run } = Pool.prototype;
  Pool.prototype.run = function (...job) {
    const isRun = run.apply(this, job);
    if (isRun) ++jobs.count;
    jobs.microseconds = Math.max(jobs.microseconds, job[1].microseconds);
    return isRun;
  };
  return jobs;
}

function prepare([kernel, inputs, attrs], jobs) {
  const backend = tf.backend();
  const tensors = Object.entries(inputs).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]);
  const { kernelFunc } = tf.getKernel(kernel, 'wasm');
  const call = { inputs: Object.fromEntries(tensors), attrs, backend };
  const run = () => {
    const { dataId } = kernelFunc(call);
    const bits = new Int32Array(backend.readSync(dataId).buffer);
    backend.disposeData(dataId);
    return bits;
  };
  jobs.microseconds = 0;
  const expected = run(); // on one thread, because the workers have not started
  const { microseconds } = jobs;
  const milliseconds = Math.min(...Array.from({ length: TRIES }, () => timeOf(run)));
  return { kernel, run, expected, microseconds, milliseconds };
}

function timeOf(run) {
  const start = performance.now();
  run();
  return performance.now() - start;
}

async function startWorkers(jobs) {
  const { run } = prepare(['Tanh', { x: { data: new Float32Array(2 ** 20), shape: [2 ** 20] } }, {}], jobs);
  for (const end = Date.now() + START_MILLISECONDS; jobs.count === 0 && Date.now() < end; await setTimeout(1)) run();
  jobs.count = 0;
}
