import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

setWasmPaths(fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))));

export { tf };

/** Starts a backend of tfjs, 'cpu' or 'wasm'; new tensors become its. */
export async function startTfjs(backend) {
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs could not start its ${backend} backend`);
  if (backend === 'cpu') silenceBanner();
  return tf.backend();
}

// The first tensor in the cpu backend advertises tfjs-node; what is said in 'production' is only that tensor's.
function silenceBanner() {
  tf.env().set('PROD', true);
  tf.scalar(0).dispose();
  tf.env().set('PROD', false);
}
