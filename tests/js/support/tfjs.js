import { fileURLToPath } from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

tf.enableProdMode(); // quiet
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false); // its workers would keep the process alive
setWasmPaths(
  fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'))),
);

export { tf };

/** Sets the backend of tfjs, 'cpu' or 'wasm'. */
export async function useBackend(name) {
  if (!(await tf.setBackend(name))) throw new Error(`tfjs has no backend '${name}'`);
}

/**
 * Returns the result of a kernel of tfjs as { data, shape }. It calls the kernel directly, without the checks of the op.
 *
 * @param {Record<string, { data: Float32Array, shape: number[] }>} inputs
 */
export function runTfjsKernel(name, inputs, attrs) {
  return tf.tidy(() => {
    const tensors = Object.entries(inputs).map(([key, { data, shape }]) => [key, tf.tensor(data, shape, 'float32')]);
    const { strides = [1, 1], dilations = [1, 1], dataFormat = 'NHWC', ...others } = attrs;
    const result = tf
      .engine()
      .runKernel(name, Object.fromEntries(tensors), { strides, dilations, dataFormat, ...others });
    return { data: result.dataSync(), shape: result.shape };
  });
}
