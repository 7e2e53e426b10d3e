import { readFile } from 'node:fs/promises';

import createModule from '../../../dist/depthwise.node.js';
import { makeLoad } from '../../../js/load.js';

export const wasmUrls = {
  'relaxed-simd': new URL('../../../dist/depthwise.relaxed.wasm', import.meta.url),
  simd: new URL('../../../dist/depthwise.wasm', import.meta.url),
};

/** Returns a `load` that was not called before. */
export function freshLoad() {
  return makeLoad({ createModule, wasmUrls, fetchBytes: (url) => readFile(url) });
}

/** Returns a module with its own memory. */
export function loadAnotherModule() {
  return freshLoad()();
}

export function wasmBytes(variant = 'simd') {
  return readFile(wasmUrls[variant]);
}

let copies = 0;

/** Returns an export of another copy of an entry file, such as a `load` or a `registerKernels` that was not called before. */
export async function anotherCopy(entry, name) {
  return (await import(`${new URL(`../../../js/${entry}`, import.meta.url)}?copy=${++copies}`))[name];
}
