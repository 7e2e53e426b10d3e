import { freemem } from 'node:os';

import createModule from '../../../dist/depthwise.node.js';
import { makeLoad } from '../../../js/load.js';
import { wasmBytes, wasmUrls } from './another-module.js';

/** Addresses that are negative where somebody takes them for numbers with a sign. */
export const SIGN = 2 ** 31;

/**
 * A module of which `bytes` are taken, so that whatever it allocates is past them; the engine gives memory for what is written only.
 *
 * @returns {Promise<{ dw: any, reason?: undefined } | { dw?: undefined, reason: string }>} `reason`: why there is none
 */
export async function loadPast(bytes) {
  let module;
  const load = makeLoad({
    createModule: async (options) => (module = await createModule(options)),
    wasmUrls,
    fetchBytes: () => wasmBytes(),
  });
  const dw = await load({ variant: 'simd' });
  if (module.allocate(bytes) === 0) return { reason: `this machine gives no ${bytes} bytes of addresses` };
  fillHoles(dw, bytes);
  return { dw };
}

/** Takes what is free before the large block, which the allocator would use first. */
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

/** Why a test that writes so many bytes does not run here; undefined where it does. */
export function noRoomFor(bytes) {
  return freemem() < bytes ? `it needs ${bytes} bytes, and ${freemem()} are free` : undefined;
}
