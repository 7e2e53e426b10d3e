import { fetchResponse } from '../wasm-source.js';
import { makeRegisterKernels } from './register.js';

export const registerKernels = makeRegisterKernels({
  // Literals, so that bundlers find the files; read late, because some bundles have no import.meta.url and are given the wasm.
  wasmUrls: {
    get 'relaxed-simd'() {
      return new URL('../../dist/depthwise-tfjs.relaxed.wasm', import.meta.url);
    },
    get simd() {
      return new URL('../../dist/depthwise-tfjs.wasm', import.meta.url);
    },
  },
  fetchBytes: fetchResponse,
});
