import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import { join } from 'node:path';
import { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

const require = createRequire(import.meta.url);
const part = (name) =>
  require.resolve(`@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.${name}`);

/**
 * Registers the threaded build of tfjs's wasm backend in Node. tfjs does not start its threads in Node: it passes their script as a blob, which
 * Node's Worker refuses. Its parts run there, so this function assembles a backend with threads and a shared memory. Returns a function
 * that removes the backend and ends its threads.
 */
export function registerThreadedBackend(tf) {
  const folder = mkdtempSync(join(os.tmpdir(), 'depthwise-wasm-threads-'));
  if (tf.findBackendFactory('wasm')) tf.removeBackend('wasm');
  tf.registerBackend('wasm', () => startThreadedBackend(folder));
  return () => {
    tf.removeBackend('wasm');
    rmSync(folder, { recursive: true });
  };
}

/** Returns a backend that is not registered. @param {string} folder for the script of its threads */
export async function startThreadedBackend(folder) {
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
