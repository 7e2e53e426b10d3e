import { availableParallelism } from 'node:os';

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
  threads: {
    default: { count: 1, reason: 'one thread is the default in Node' },
    processors: availableParallelism,
    importStart: () => import('./threads/index.node.js'),
  },
});

export { Tensor } from './tensor.js';
