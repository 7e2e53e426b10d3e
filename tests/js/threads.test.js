// `load({ threads })`: how many threads compute and why, and their end.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';

import { sideModuleUrls } from '../../js/side-module/urls.js';
import { makeStartThreads } from '../../js/threads/start-threads.js';
import { startWorker } from '../../js/threads/start-worker.node.js';
import { anotherCopy, freshLoad, loadAnotherModule, wasmBytes } from './support/another-module.js';
import { runInChild } from './support/child.js';
import { assertSameBits } from './support/compare.js';
import { computeLarge, computeUntil, jobs, loadWithThreads, startThreaded } from './support/threaded-module.js';
import { useModule } from './support/use-module.js';

/** A worker that never starts. */
const never = () => ({
  ready: new Promise(() => {}),
  ended: new Promise(() => {}),
  hasEnded: () => false,
  terminate() {},
});
const expected = {};
for (const { variant } of [await loadAnotherModule(), { variant: 'simd' }]) {
  expected[variant] = computeLarge(await freshLoad()({ variant }));
}

function assertComputes(dw) {
  assertSameBits(computeLarge(dw), expected[dw.variant]);
}

/** Asserts that a module computes on one thread, and says why. */
function assertAlone(dw, reason) {
  assert.deepEqual(dw.threads, { count: 1, reason });
  const before = jobs.run;
  assertComputes(dw);
  assert.equal(jobs.run, before);
}

/** Returns what starts threads with other workers or another file. */
function importWith(environment) {
  const fetchBytes = (url) => readFile(url);
  return async () => ({
    ...(await import('../../js/threads/index.node.js')),
    startThreads: makeStartThreads({ fetchBytes, startWorker, ...environment }),
  });
}

describe('the number of threads', () => {
  test('is 1 in Node by default, and what is wanted otherwise', async () => {
    const fresh = () => anotherCopy('index.node.js', 'load');
    assertAlone(await (await fresh())(), 'one thread is the default in Node');
    assertAlone(await (await fresh())({ threads: 1 }), 'as wanted');
    const dw = await (await fresh())({ threads: 16 });
    assert.deepEqual(dw.threads, { count: 16, reason: 'as wanted' });
    dw.dispose();
  });

  test("is half of the processors for 'auto', 4 at most, and 1 if there are fewer than 4 processors", async () => {
    for (const [processors, count] of [
      ...[[1, 1], [2, 1], [3, 1]], // prettier-ignore
      ...[[4, 2], [5, 2], [6, 3], [8, 4], [64, 4]], // prettier-ignore
    ]) {
      for (const options of [{}, { threads: 'auto' }]) {
        const dw = await loadWithThreads({ processors: () => processors })(options);
        const reason = count === 1 ? 'fewer than 4 logical processors' : 'half of the logical processors, 4 at most';
        assert.deepEqual(dw.threads, { count, reason });
        dw.dispose();
      }
    }
  });

  test('is 1 on a page that is not isolated', async () => {
    for (const options of [{ threads: 'auto' }, { threads: 2 }]) {
      Object.defineProperty(globalThis, 'crossOriginIsolated', { value: false, configurable: true });
      try {
        const dw = await loadWithThreads({ processors: () => 8 })(options);
        assertAlone(dw, 'the page is not cross-origin isolated, so its memory cannot be shared');
        assert.ok(dw.tensor(new Float32Array(1), [1]).data.buffer instanceof ArrayBuffer);
      } finally {
        Reflect.deleteProperty(globalThis, 'crossOriginIsolated');
      }
    }
  });

  test('is 1 for a compiled module, and for a file without threads', async () => {
    const wasmModule = await WebAssembly.compile(await wasmBytes());
    const dw = await loadWithThreads()({ threads: 2, wasmModule });
    assertAlone(dw, 'wasmModule is compiled for memory that is not shared');
    for (const options of [{}, { threads: 2 }]) {
      assertAlone(await freshLoad()(options), 'this file of the package contains no threads');
    }
  });

  test('is 1 if the parts of threads cannot be loaded', async () => {
    for (const [importStart, reason] of [
      [() => Promise.reject(new TypeError('no such script')), 'no such script'],
      [
        importWith({ fetchBytes: () => Promise.reject(new Error('404 Not Found')) }),
        `${sideModuleUrls.simd} could not be fetched: 404 Not Found`,
      ],
      [importWith({ fetchBytes: () => wasmBytes() }), 'it imports no memory'], // another file
      [
        async () => ({
          withSharedMemory() {
            throw new RangeError('could not allocate memory');
          },
        }),
        'could not allocate memory',
      ],
    ]) {
      const dw = await loadWithThreads({ importStart })({ threads: 2, variant: 'simd' });
      assertAlone(dw, `threads could not be started: ${reason}`);
      assert.ok(dw.tensor(new Float32Array(1), [1]).data.buffer instanceof ArrayBuffer);
    }
  });

  test('becomes 1 if a worker cannot start', async () => {
    const terminate = () => {};
    const importStart = importWith({
      startWorker: () => ({ ...never(), ready: Promise.reject(new Error('blocked')), terminate }),
    });
    const dw = await loadWithThreads({ importStart })({ threads: 3 });
    assert.deepEqual(dw.threads, { count: 3, reason: 'as wanted' });
    assert.ok(await computeUntil(dw, () => dw.threads.count === 1));
    assertAlone(dw, 'a worker could not start: blocked');
  });

  test('is refused by name if it is wrong, before anything is fetched', async () => {
    for (const [threads, got] of [
      ...[[0, '0'], [17, '17'], [1.5, '1.5'], [-1, '-1'], [NaN, 'NaN'], ['2', "'2'"], [null, 'null']], // prettier-ignore
      [{}, /.*/],
    ]) {
      let fetched = 0;
      const load = loadWithThreads({ importStart: () => Promise.reject(++fetched) });
      const wasmUrl = { toString: () => String(++fetched) };
      const text = "Error in load: threads must be 'auto' or a whole number from 1 to 16, got ";
      await assert.rejects(load({ threads, wasmUrl }), (error) => {
        assert.ok(error instanceof TypeError && error.message.startsWith(text), error.message);
        if (typeof got === 'string') assert.equal(error.message, text + got);
        return true;
      });
      assert.equal(fetched, 0);
    }
  });
});

describe('the threads of a module', () => {
  test('start with the first call that is large enough', async () => {
    let started = 0;
    const importStart = importWith({
      startWorker: () => (++started, never()),
    });
    const dw = await loadWithThreads({ importStart })({ threads: 3 });
    useModule(dw);
    assert.equal(started, 0);
    assertComputes(dw);
    assert.equal(started, 2);
    assertComputes(dw);
    assert.equal(started, 2);
  });

  test('end with dispose, and later calls compute on one thread', async () => {
    let terminated = 0;
    const importStart = importWith({
      startWorker(data) {
        const worker = startWorker(data);
        return { ...worker, terminate: () => (++terminated, worker.terminate()) };
      },
    });
    const dw = await loadWithThreads({ importStart })({ threads: 3 });
    const before = jobs.run;
    assert.ok(await computeUntil(dw, () => jobs.run > before));
    const x = dw.tensor(Float32Array.of(1, 2), [2]);
    for (let i = 0; i < 2; ++i) {
      dw.dispose();
      assertAlone(dw, 'dispose was called');
    }
    assert.equal(terminated, 2);
    assert.deepEqual([...x.data], [1, 2]);
  });

  test('never start after dispose, and end while they start', async () => {
    const idle = await loadWithThreads()({ threads: 2 });
    idle.dispose();
    assertAlone(idle, 'dispose was called');
    const dw = await loadWithThreads()({ threads: 2 });
    computeLarge(dw);
    dw.dispose();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assertAlone(dw, 'dispose was called');
  });

  test('compute for two modules in turn, and end one by one', async () => {
    const modules = [await startThreaded(2), await startThreaded(3)];
    const run = (dw) => {
      const before = jobs.run;
      for (let i = 0; i < 20; ++i) assertComputes(dw);
      return jobs.run - before;
    };
    for (const dw of modules) assert.ok(run(dw) > 0);
    modules[0].dispose();
    assert.equal(run(modules[0]), 0);
    assert.ok(run(modules[1]) > 0);
    modules[1].dispose();
  });

  test('compute in memory that grows, and views of tensors stay valid', async () => {
    const dw = await startThreaded(3);
    const x = dw.tensor(Float32Array.of(1, 2, 3), [3]);
    const view = x.data;
    assert.ok(view.buffer instanceof SharedArrayBuffer);
    const { heapBytes } = dw.memory();
    const tensors = [];
    for (let i = 0; i < 24; ++i) {
      tensors.push(dw.tensor(new Float32Array(2 ** 20).fill(i), [2 ** 20])); // 4 MB
      assertComputes(dw);
    }
    assert.ok(dw.memory().heapBytes > heapBytes + 90 * 2 ** 20);
    assert.ok(tensors.every(({ data }, i) => data[0] === i && data.at(-1) === i));
    x.data[0] = 7;
    assert.deepEqual([...view], [7, 2, 3]); // shared memory does not move
    const copy = dw.tensor(view, [3]);
    assert.deepEqual([...copy.data], [7, 2, 3]);
    dw.dispose();
  });

  test('do not keep a process alive', () => {
    const output = runInChild(
      `import { load } from 'depthwise-wasm';
      const dw = await load({ threads: 3 });
      const [x, filter] = [[1, 56, 56, 64], [3, 3, 64, 1]].map((shape) => dw.tensor(new Float32Array(shape.reduce((a, b) => a * b)), shape));
      for (let i = 0; i < 100; ++i) {
        dw.depthwiseConv2d(x, filter, 1, 'same').dispose();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      console.log(dw.threads.count, dw.threads.reason);`,
      { timeout: 60_000 },
    );
    assert.equal(output, '3 as wanted\n');
  });
});
