import { readFile } from 'node:fs/promises';

import createModule from '../dist/depthwise.node.js';
import { fetchResponse, makeLoad } from './load.js';

export const load = makeLoad({
  createModule,
  wasmUrl: new URL('../dist/depthwise.wasm', import.meta.url),
  async fetchBytes(url) {
    const address = String(url);
    if (/^https?:/.test(address)) return fetchResponse(address);
    return readFile(address.startsWith('file:') ? new URL(address) : address);
  },
});

export { Tensor } from './tensor.js';
