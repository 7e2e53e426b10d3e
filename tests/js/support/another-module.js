import { readFile } from 'node:fs/promises';

import createModule from '../../../dist/depthwise.node.js';
import { makeLoad } from '../../../js/load.js';

export const wasmUrls = {
  'relaxed-simd': new URL('../../../dist/depthwise.relaxed.wasm', import.meta.url),
  simd: new URL('../../../dist/depthwise.wasm', import.meta.url),
};

/** A `load` that has not been called: for tests of loading. */
export function freshLoad() {
  return makeLoad({ createModule, wasmUrls, fetchBytes: (url) => readFile(url) });
}

/** A module with a memory of its own. */
export function loadAnotherModule() {
  return freshLoad()();
}

export function wasmBytes(variant = 'simd') {
  return readFile(wasmUrls[variant]);
}
