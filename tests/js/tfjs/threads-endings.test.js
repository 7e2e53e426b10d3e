// Workers of a pool that end, or stop, while they compute a part: the caller computes the part, or throws an error soon.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { SideModule } from '../../../js/side-module/side-module.js';
import { Pool } from '../../../js/threads/pool.js';
import { startedWorker } from '../../../js/threads/start-worker.node.js';
import { once } from '../../browser/support/once.js';
import { Random } from '../support/random.js';
import { PART_WORDS, writePart } from '../support/write-part.js';

const PARTS = 12;
const WORKERS = 2;
const TIMEOUT = 200;
const script = new URL('../support/part-worker.js', import.meta.url);
const bytes = await readFile(new URL('../../../dist/depthwise-tfjs.wasm', import.meta.url));
const module = new SideModule({ bytes }).shared('the test');

const alive = setInterval(() => {}, 1000); // the workers do not keep the process alive
after(() => clearInterval(alive));

/** Starts a pool with workers that write words instead of computing a kernel. */
async function start(fate) {
  const memory = new WebAssembly.Memory({ initial: 128, maximum: 1024, shared: true });
  const workers = [];
  const take = (count) => (count < 100 * 2 ** 16 ? 16 : 0);
  const startWorker = (data) => {
    const workerData = { ...data, fate };
    workers.push(startedWorker(new Worker(script, { workerData })));
    return workers.at(-1);
  };
  const threads = { count: WORKERS + 1, reason: 'as wanted' };
  const pool = new Pool({ threads, module, memory, take, startWorker, timeout: TIMEOUT });
  const context = memory.grow(64) * 2 ** 16; // behind the memory of the workers
  const words = new Int32Array(memory.buffer, context, PARTS * PART_WORDS);
  /** Runs a job, and checks that each part was computed. Returns false if only this thread can compute it. */
  const run = (onPart = () => {}, isInPlace = false) => {
    words.fill(-1);
    const compute = (context, part) => {
      onPart(part);
      const parts = part < 0 ? Array.from({ length: PARTS }, (_, i) => i) : [part];
      for (const each of parts) writePart(memory, context, each);
    };
    if (!pool.run(compute, { functionIndex: 0, context, parts: PARTS, microseconds: 1000, loop: 1, isInPlace }))
      return false;
    for (let i = 0; i < words.length; ++i) {
      if (words[i] !== valueOf(i)) assert.fail(`word ${i} is ${words[i]}`);
    }
    return true;
  };
  run(); // starts the workers
  await Promise.all(workers.map(({ ready }) => ready));
  await setTimeout(1);
  return { pool, workers, run, memory };
}

const valueOf = (word) => Math.floor(word / PART_WORDS) + (word % PART_WORDS);

/** Makes a job last until the workers have taken parts. */
function pause() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

for (const fate of ['exit', 'throw']) {
  test(`if workers ${fate} in a part, the caller computes it, and the next jobs run on one thread`, async () => {
    const { pool, workers, run } = await start(fate);
    assert.ok(run(pause));
    assert.equal(pool.reason, 'a worker has ended');
    assert.equal(pool.count, 1);
    assert.ok(!run());
    await Promise.all(workers.map(({ ended }) => ended));
  });
}

test('if a worker ends in a part of a loop that works in place, the call throws', async () => {
  const { pool, run } = await start('exit');
  assert.throws(() => run(pause, true), /^Error: A worker has ended while it changed values in place/);
  assert.equal(pool.reason, 'a worker has ended');
  assert.ok(!run());
});

test('if a worker stops in a part, the call throws after a time, and the next calls use one thread', async () => {
  const { pool, run } = await start('stop');
  const begin = performance.now();
  assert.throws(
    () => run(pause),
    /^Error: A worker did not finish its part within 0\.2 s\. Create the backend or the module again\.$/,
  );
  assert.ok(performance.now() - begin < 20 * TIMEOUT);
  assert.equal(pool.reason, 'a worker did not answer');
  assert.ok(!run());
});

test('workers may be terminated at any moment of a job', async () => {
  const random = new Random('endings');
  for (let i = 0; i < 12; ++i) {
    const { pool, workers, run } = await start();
    const victims = workers.slice(0, random.within(1, WORKERS));
    const pause = random.within(0, 400) / 1000;
    const terminate = once(() => {
      for (const end = performance.now() + pause; performance.now() < end;);
      for (const { terminate } of victims) terminate();
      return true;
    });
    assert.ok(run(terminate)); // in the first part of this thread
    terminate(); // workers may have computed all parts
    for (let job = 0; job < 5; ++job) run();
    await Promise.all(victims.map(({ ended }) => ended));
    await setTimeout(1);
    assert.match(pool.reason, /^a worker has ended/);
    assert.ok(!run());
    pool.end();
  }
});

test('a worker that ends between two jobs ends the pool', async () => {
  const { pool, workers, run } = await start();
  assert.ok(run());
  workers[1].terminate();
  await workers[1].ended;
  await setTimeout(1);
  assert.deepEqual([pool.count, pool.reason], [1, 'a worker has ended: its exit code is 1']);
  assert.ok(!run());
});

test('the memory may grow while workers compute', async () => {
  const { pool, run, memory } = await start();
  for (let job = 0; job < 20; ++job) assert.ok(run(() => void (job % 2 === 0 && memory.grow(1))));
  pool.end();
});
