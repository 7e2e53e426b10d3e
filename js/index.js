import createModule from '../dist/depthwise.web.js';
import { makeLoad } from './load.js';
import { fetchResponse } from './wasm-source.js';

export const load = makeLoad({
  createModule,
  // Literals, so that bundlers find the files.
  wasmUrls: {
    'relaxed-simd': new URL('../dist/depthwise.relaxed.wasm', import.meta.url),
    simd: new URL('../dist/depthwise.wasm', import.meta.url),
  },
  fetchBytes: fetchResponse,
});

export { Tensor } from './tensor.js';
