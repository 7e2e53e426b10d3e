import createModule from '../dist/depthwise.web.js';
import { makeLoad } from './load.js';
import { fetchResponse } from './wasm-source.js';

export const load = makeLoad({
  createModule,
  // Bundlers find the files only by literal paths. The getters read import.meta.url late, because some bundles do not have it; users of
  // such bundles pass the wasm.
  wasmUrls: {
    get 'relaxed-simd'() {
      return new URL('../dist/depthwise.relaxed.wasm', import.meta.url);
    },
    get simd() {
      return new URL('../dist/depthwise.wasm', import.meta.url);
    },
  },
  fetchBytes: fetchResponse,
  threads: {
    processors: () => globalThis.navigator?.hardwareConcurrency ?? 1, // some runtimes have no navigator
    importStart: () => import('./threads/index.js'),
  },
});

export { Tensor } from './tensor.js';
