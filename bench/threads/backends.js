import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { startThreadedBackend } from '../../tests/js/support/tfjs-threaded-backend.js';
import { rawTensor, tf } from '../shared/tfjs.js';

// Backends of tfjs's threaded build in one process, each with another number of threads. tfjs cannot start its threads in Node; the tests of
// this package assemble such a backend.

const WORKER_START_MILLISECONDS = 1000;
/** A kernel call that is large enough to start the workers. */
const LARGE = 2 ** 20;

const folder = mkdtempSync(join(os.tmpdir(), 'depthwise-wasm-threads-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** tfjs's own kernels, by their names. */
export const tfjsKernels = new Map(tf.getKernelsForBackend('wasm').map((kernel) => [kernel.kernelName, kernel]));

/** Starts a backend on which the kernels of this package and those of tfjs compute on a number of threads. */
export async function startBackend(threads) {
  setThreadsCount(threads);
  const backend = await startThreadedBackend(folder);
  const { variant } = await registerKernels(tf, { threads, training: false });
  const x = rawTensor(backend, { data: new Float32Array(LARGE), shape: [LARGE] });
  backend.disposeData(tf.getKernel('Tanh', 'wasm').kernelFunc({ inputs: { x }, attrs: {}, backend }).dataId);
  backend.disposeData(x.dataId);
  if (threads > 1) await setTimeout(WORKER_START_MILLISECONDS);
  return { threads, backend, variant, activate: () => activate(backend) };
}

/** Makes a backend the one with which tfjs's engine computes. The engine keeps one backend for each name, so this replaces it. */
async function activate(backend) {
  tf.engine().registry.wasm = backend;
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs could not use the threaded backend');
}

/** Lets tfjs's own kernels compute on a backend. Their functions belong to the backend for which they were set up last. */
export function setUpTfjs({ backend }) {
  for (const { setupFunc } of tfjsKernels.values()) setupFunc?.(backend);
}

/** Returns the numbers of threads to measure: 1 to the number of processors. */
export function threadCounts() {
  return Array.from({ length: os.availableParallelism() }, (_, i) => i + 1);
}
