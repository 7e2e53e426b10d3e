import { readFile } from 'node:fs/promises';

import { makeLoad } from '../../../js/load.js';

const folder = new URL('../../../build/wasm/failing/', import.meta.url);

/**
 * A module whose allocator can be made to fail (tests/failing-module): `failAllocation(n)` lets the n-th request from then on find no memory,
 * `isToFail()` says whether it has not come yet, `blocksTaken()` how many blocks are in use.
 *
 * @returns {Promise<{ dw: any, failAllocation: (n: number) => void, isToFail: () => boolean, blocksTaken: () => number }>}
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
  const { failAllocation, isToFail, blocksTaken } = module;
  return { dw, failAllocation, isToFail, blocksTaken };
}
