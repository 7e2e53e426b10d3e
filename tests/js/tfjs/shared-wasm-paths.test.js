// Threads on the plain build of tfjs's wasm backend, whose memory sharedWasmPaths makes shared.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { registerKernels, sharedWasmPaths } from 'depthwise-wasm/tfjs';

import { Pool } from '../../../js/threads/pool.js';

const FOLDER = new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'));
const LARGE = 8 * 2 ** 20; // more than the memory of tfjs at its start
const START_MILLISECONDS = 30_000;

tf.enableProdMode(); // quiet
after(() => tf.removeBackend('wasm'));

test('the kernels compute on threads in Node, also when the memory has grown', async () => {
  let jobs = 0;
  const { run } = Pool.prototype;
  Pool.prototype.run = function (...job) {
    const isRun = run.apply(this, job);
    if (isRun) ++jobs;
    return isRun;
  };
  setWasmPaths(await sharedWasmPaths(FOLDER), true);
  assert.ok(await tf.setBackend('wasm'));
  const { memory } = tf.backend().wasm.asm;
  assert.ok(memory.buffer instanceof SharedArrayBuffer);
  const before = memory.buffer.byteLength;
  const { threads } = await registerKernels(tf, { threads: 2 });
  assert.deepEqual(threads, { count: 2, reason: 'as wanted' });

  const x = tf.linspace(-2, 2, LARGE);
  const compute = () => {
    const y = tf.tanh(x);
    const values = y.dataSync().slice();
    y.dispose();
    return values;
  };
  const expected = compute(); // starts the workers
  assert.ok(memory.buffer.byteLength > before);
  for (const end = Date.now() + START_MILLISECONDS; jobs === 0 && Date.now() < end; await setTimeout(1)) compute();
  assert.ok(jobs > 0);
  assert.ok(compute().every((value, i) => value === expected[i]));
  const sum = tf.tidy(() => tf.cumsum(tf.ones([100])).dataSync()); // a kernel of tfjs
  assert.equal(sum[99], 100);
});

test('sharedWasmPaths refuses what is not a folder of tfjs', async () => {
  for (const folder of [undefined, 'tfjs/', 1]) {
    await assert.rejects(sharedWasmPaths(folder), /^TypeError: Error in sharedWasmPaths: folder must be the URL of a /);
  }
  const folder = await mkdtemp(join(os.tmpdir(), 'depthwise-wasm-'));
  const url = pathToFileURL(`${folder}/`);
  try {
    await assert.rejects(sharedWasmPaths(url), /sharedWasmPaths.*tfjs-backend-wasm\.wasm/);
    await writeFile(join(folder, 'tfjs-backend-wasm.wasm'), Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    await assert.rejects(sharedWasmPaths(url), /could not be changed: it has no memory$/);
    await writeFile(join(folder, 'tfjs-backend-wasm.wasm'), Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 1));
    await assert.rejects(sharedWasmPaths(url), /could not be changed: its memory has no maximum$/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
