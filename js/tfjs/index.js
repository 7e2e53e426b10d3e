import { fetchResponse } from '../wasm-source.js';
import { makeRegisterKernels } from './register-kernels.js';

export const registerKernels = makeRegisterKernels({
  // Literal, so that bundlers find the file.
  wasmUrl: new URL('../../dist/depthwise-tfjs.wasm', import.meta.url),
  fetchBytes: fetchResponse,
});
