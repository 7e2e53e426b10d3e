import { fetchResponse } from '../wasm-source.js';
import { makeRegisterKernels } from './register-kernels.js';

export const registerKernels = makeRegisterKernels({
  // Literals, so that bundlers find the files.
  wasmUrls: {
    'relaxed-simd': new URL('../../dist/depthwise-tfjs.relaxed.wasm', import.meta.url),
    simd: new URL('../../dist/depthwise-tfjs.wasm', import.meta.url),
  },
  fetchBytes: fetchResponse,
});
