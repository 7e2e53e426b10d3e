// tfjs does not start its threads in Node: it passes their script as a blob, which Node's Worker refuses. Its parts run there, so this
// test assembles a backend with threads and a shared memory.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { join } from 'node:path';
import { after, describe, mock, test } from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

import { once } from '../../browser/support/once.js';
import { reportOnTraining } from '../../browser/training/report-on-training.js';
import { testTraining } from '../../browser/training/test-training.js';

const require = createRequire(import.meta.url);
const part = (name) =>
  require.resolve(`@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.${name}`);

async function startThreadedBackend(folder) {
  const { wasmWorkerContents } = require(part('worker.js'));
  const workerFile = join(folder, 'worker.cjs');
  writeFileSync(workerFile, wasmWorkerContents.replaceAll('\n', '\\n')); // undoes a template literal, as tfjs does
  const module = await require(part('js'))({
    mainScriptUrlOrBlob: part('js'),
    locateFile: (name) => (name.endsWith('.worker.js') ? workerFile : part('wasm')),
  });
  const number = 'number';
  module.tfjs = {
    initWithThreadsCount: module.cwrap('init_with_threads_count', null, [number]),
    getThreadsCount: module.cwrap('get_threads_count', number, []),
    registerTensor: module.cwrap('register_tensor', null, [number, number, number]),
    disposeData: module.cwrap('dispose_data', null, [number]),
    dispose: module.cwrap('dispose', null, []),
  };
  return new BackendWasm(module);
}

describe('the kernels in TensorFlow.js with threads', () => {
  const folder = mkdtempSync(join(os.tmpdir(), 'depthwise-wasm-threads-'));
  const report = once(() => {
    tf.enableProdMode(); // quiet
    mock.method(os, 'cpus', () => Array(4).fill({})); // tfjs starts one thread for two cores
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', () => startThreadedBackend(folder));
    return reportOnTraining(tf, tfl);
  });

  after(() => {
    tf.removeBackend('wasm'); // ends its threads
    rmSync(folder, { recursive: true });
  });

  test('work in the memory that the threads share', async () => {
    const { isMemoryShared, threads } = await report();
    assert.ok(isMemoryShared);
    assert.equal(threads, 2);
  });

  testTraining(report);
});
