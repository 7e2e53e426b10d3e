import createModule from '../dist/depthwise.web.js';
import { makeLoad } from './load.js';
import { fetchResponse } from './wasm-source.js';

export const load = makeLoad({
  createModule,
  // Literal, so that bundlers find the file.
  wasmUrl: new URL('../dist/depthwise.wasm', import.meta.url),
  fetchBytes: fetchResponse,
});

export { Tensor } from './tensor.js';
