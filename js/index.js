import createModule from '../dist/depthwise.web.js';
import { makeLoad } from './load.js';
import { fetchResponse } from './wasm-source.js';

export const load = makeLoad({
  createModule,
  // Literals, so that bundlers find the files; read late, because some bundles have no import.meta.url and are given the wasm.
  wasmUrls: {
    get 'relaxed-simd'() {
      return new URL('../dist/depthwise.relaxed.wasm', import.meta.url);
    },
    get simd() {
      return new URL('../dist/depthwise.wasm', import.meta.url);
    },
  },
  fetchBytes: fetchResponse,
});

export { Tensor } from './tensor.js';
