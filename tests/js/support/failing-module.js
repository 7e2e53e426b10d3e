import { readFile } from 'node:fs/promises';

import { makeLoad } from '../../../js/load.js';

const folder = new URL('../../../build/wasm/failing/', import.meta.url);

/**
 * Returns a module whose allocator can be made to fail (tests/failing-module). `failAllocation(n)` makes the n-th request from now on fail,
 * `isFailurePending()` returns whether that request has not arrived yet, `allocatedBlocks()` the number of blocks that are in use.
 *
 * @returns {Promise<{ dw: any, failAllocation: (n: number) => void, isFailurePending: () => boolean, allocatedBlocks: () => number }>}
 */
export async function loadFailingModule() {
  const { default: createModule } = await import(new URL('depthwise.mjs', folder).href);
  let module;
  const load = makeLoad({
    createModule: async (options) => (module = await createModule(options)),
    wasmUrls: { simd: new URL('depthwise.wasm', folder), 'relaxed-simd': new URL('depthwise.wasm', folder) },
    fetchBytes: (url) => readFile(url),
  });
  const dw = await load();
  const { failAllocation, isFailurePending, allocatedBlocks } = module;
  return { dw, failAllocation, isFailurePending, allocatedBlocks };
}
