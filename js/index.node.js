import createModule from '../dist/depthwise.node.js';
import { fetchBytes } from './fetch-bytes.node.js';
import { makeLoad } from './load.js';

export const load = makeLoad({
  createModule,
  wasmUrls: {
    get 'relaxed-simd'() {
      return new URL('../dist/depthwise.relaxed.wasm', import.meta.url);
    },
    get simd() {
      return new URL('../dist/depthwise.wasm', import.meta.url);
    },
  },
  fetchBytes,
});

export { Tensor } from './tensor.js';
