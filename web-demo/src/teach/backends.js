import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // brings gradients, in whose place ours must come
import '../shared/tfjs-wasm.js';
import { registerKernels } from 'depthwise-wasm/tfjs';

/** 'wasm' is tfjs's wasm backend with this package's kernels; 'cpu' is tfjs alone. @typedef {'wasm' | 'cpu'} Backend */

/** Makes it the backend of the calls that follow. @param {Backend} name */
export async function useBackend(name) {
  if (name === 'wasm') return useWasm();
  if (!(await tf.setBackend(name))) throw new Error(`tfjs could not start its ${name} backend`);
}

async function useWasm() {
  const started = await tf.setBackend('wasm').catch(() => false);
  // Registering says why there is nothing to register, in an engine without what the kernels need.
  await registerKernels(tf);
  if (!started) throw new Error('tfjs could not start its wasm backend');
}
