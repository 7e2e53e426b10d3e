import { freemem } from 'node:os';

import createModule from '../../../dist/depthwise.node.js';
import { makeLoad } from '../../../js/load.js';
import { wasmBytes, wasmUrls } from './another-module.js';

/** Addresses from here on are negative where they are read as signed numbers. */
export const SIGN = 2 ** 31;

/**
 * Returns a module in which `bytes` are allocated, so that everything else is at higher addresses. Operating systems provide only memory
 * that is written.
 *
 * @returns {Promise<{ dw: any, reason?: undefined } | { dw?: undefined, reason: string }>} `reason`: why there is no such module
 */
export async function loadPast(bytes) {
  let module;
  const load = makeLoad({
    createModule: async (options) => (module = await createModule(options)),
    wasmUrls,
    fetchBytes: () => wasmBytes(),
  });
  const dw = await load({ variant: 'simd' });
  const allocate = module._allocate;
  if (allocate(bytes) === 0) return { reason: `this machine does not provide ${bytes} bytes of addresses` };
  fillHoles(dw, bytes);
  return { dw };
}

/** Allocates the free blocks before the large block, which the allocator would use first. */
function fillHoles(dw, bytes) {
  for (const size of [1 << 16, 1 << 10, 16, 1]) {
    for (;;) {
      const tensor = dw.tensor(new Float32Array(size), [size]);
      if (tensor.data.byteOffset < bytes) continue;
      tensor.dispose();
      break;
    }
  }
}

/** Returns why a test that writes so many bytes does not run here, or undefined. */
export function reasonToSkip(bytes) {
  return freemem() < bytes ? `it needs ${bytes} bytes, and ${freemem()} are free` : undefined;
}
