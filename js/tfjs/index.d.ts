/** The kernels for TensorFlow.js. */

export interface RegisterOptions {
  /** The backend that gets the kernels. Default 'wasm'. */
  backend?: 'wasm' | 'cpu';
  /** Which kernels, by tfjs's names. Default: all. */
  kernels?: readonly string[];
  /** Where depthwise-tfjs.wasm is. Default: beside this package's code, where bundlers put it. */
  wasmUrl?: string | URL;
  /** Its bytes, when you have fetched them yourself. */
  wasmBinary?: ArrayBuffer | ArrayBufferView;
}

export interface Registration {
  backend: 'wasm' | 'cpu';
  kernels: readonly string[];
}

/**
 * Registers this package's kernels with a TensorFlow.js.
 * @param tf what `import * as tf from '@tensorflow/tfjs-core'` or from '@tensorflow/tfjs' gives
 */
export function registerKernels(tf: any, options?: RegisterOptions): Promise<Registration>;
