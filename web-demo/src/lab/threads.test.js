import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backendOf, backends } from './report.js';
import { onThreads, problemOfThreads, reasonForOneThread, splitId, threadItems } from './threads.js';

test('a page offers automatic and numbers up to its processors, or says why not', () => {
  const offered = (/** @type {number} */ processors) => threadItems(processors).map(({ id }) => id);
  assert.deepEqual(offered(2), ['auto', '1', '2']);
  assert.deepEqual(offered(6), ['auto', '1', '2', '3', '4']);
  assert.deepEqual(offered(64), ['auto', '1', '2', '3', '4', '8']);
  assert.equal(reasonForOneThread({ isIsolated: true, processors: 2 }), undefined);
  assert.match(String(reasonForOneThread({ isIsolated: false, processors: 2 })), /not cross-origin isolated/);
  assert.match(String(reasonForOneThread({ isIsolated: true, processors: 1 })), /one processor/);
});

test('only backends with threads get numbers of threads', () => {
  const ids = onThreads(backends.filter(({ id }) => /^simd|wasm|cpu/.test(id)), ['auto', '1', '4']); // prettier-ignore
  assert.deepEqual(ids, ['simd', 'simd/1', 'simd/4', 'tfjs-wasm', 'tfjs-wasm/1', 'tfjs-wasm/4', 'tfjs-cpu']);
  assert.deepEqual(
    ids.slice(0, 3).map(splitId),
    [undefined, 1, 4].map((threads) => ({ name: 'simd', threads })),
  );
  assert.equal(backendOf('simd/4').kind, 'SIMD, 4 threads');
  for (const id of ['simd/auto', 'simd/5', 'simd/', 'tfjs-cpu/2', 'x/2'])
    assert.throws(() => backendOf(id), RangeError, id);
});

test('a backend with another number of threads than wanted is a problem', () => {
  const threads = { count: 1, reason: 'a worker has ended' };
  assert.equal(problemOfThreads(2, threads), 'It computes on 1 thread: a worker has ended.');
  assert.equal(problemOfThreads(1, threads), undefined);
  assert.equal(problemOfThreads(undefined, threads), undefined);
});
