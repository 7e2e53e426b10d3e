// Several threads, each with two modules. All give the same bits as one thread.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { freshLoad, wasmBytes } from './support/another-module.js';
import { assertSameBits } from './support/compare.js';
import { useModule } from './support/use-module.js';

const WORKERS = 4;
const ROUNDS = 10;

function runInWorker(workerData) {
  const worker = new Worker(new URL('./support/module-worker.js', import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`a worker ended with ${code} and without a report`)));
  });
}

const bytes = await wasmBytes();
const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
shared.set(bytes);

for (const [what, source] of Object.entries({
  'a compiled module that is posted to them': { wasmModule: await WebAssembly.compile(bytes) },
  'bytes in shared memory': { wasmBinary: shared },
  'the file of the package': { variant: 'simd' },
})) {
  test(`${WORKERS} workers load ${what}, and compute the same as one thread`, async () => {
    const reference = await freshLoad()({ variant: 'simd' });
    const expected = useModule(reference);
    const reports = Array.from({ length: WORKERS }, () => runInWorker({ rounds: ROUNDS, ...source }));
    for (let i = 0; i < ROUNDS; ++i) {
      useModule(reference).forEach((bits, j) => assertSameBits(bits, expected[j])); // at the same time
      await null;
    }
    for (const { rounds, numTensors } of await Promise.all(reports)) {
      assert.equal(numTensors, 0);
      assert.equal(rounds.length, 2 * ROUNDS);
      for (const results of rounds) results.forEach((bits, j) => assertSameBits(bits, expected[j], `result ${j}`));
    }
  });
}
