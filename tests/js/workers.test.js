// Several threads at once, each with modules of its own: of one compiled WebAssembly.Module that is posted to them, or loaded by themselves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { freshLoad, loadAnotherModule, wasmBytes } from './support/another-module.js';
import { assertSameBits } from './support/compare.js';
import { useModule } from './support/use-module.js';

const WORKERS = 4;
const ROUNDS = 30;

/** What each of the workers has computed, in all its rounds. */
function runWorkers(workerData) {
  const file = new URL('./support/module-worker.js', import.meta.url);
  const workers = Array.from(
    { length: WORKERS },
    () => new Worker(file, { workerData: { rounds: ROUNDS, ...workerData } }),
  );
  return Promise.all(
    workers.map(
      (worker) =>
        new Promise((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('error', reject);
          worker.once('exit', (code) => reject(new Error(`a worker ended with ${code} and no report`)));
        }),
    ),
  );
}

for (const [what, workerData] of Object.entries({
  'of one compiled module that is posted to them': { wasmModule: await WebAssembly.compile(await wasmBytes()) },
  'of bytes in memory that they share': { wasmBinary: await sharedBytes() },
  'that load for themselves': {},
})) {
  test(`${WORKERS} workers with two modules each, ${what}, compute what one thread does`, async () => {
    const variant = workerData.wasmModule || workerData.wasmBinary ? 'simd' : undefined;
    const reference = await (variant ? loadVariant(variant) : loadAnotherModule());
    const expected = useModule(reference);
    const reports = runWorkers(workerData);
    for (let i = 0; i < ROUNDS; ++i) {
      useModule(reference).forEach((bits, j) => assertSameBits(bits, expected[j])); // at the same time
      await null;
    }
    for (const { variant: loaded, rounds, numTensors } of await reports) {
      assert.equal(loaded, reference.variant);
      assert.equal(numTensors, 0);
      assert.equal(rounds.length, 2 * ROUNDS);
      for (const results of rounds) results.forEach((bits, j) => assertSameBits(bits, expected[j], `result ${j}`));
    }
  });
}

async function loadVariant(variant) {
  return freshLoad()({ variant });
}

async function sharedBytes() {
  const bytes = await wasmBytes();
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}
