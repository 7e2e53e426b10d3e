import inflate from 'tiny-inflate';

import createModule from '../../dist/depthwise.web.js';
import { makeLoad } from '../../js/load.js';
import { fetchResponse } from '../../js/wasm-source.js';

import { base64, size } from 'deflated:depthwise.wasm'; // by build.js

/** Replaces the address of the wasm file. Error messages contain this text. */
const EMBEDDED = 'the wasm in depthwise.standalone.js';

export const load = makeLoad({
  createModule,
  wasmUrls: { 'relaxed-simd': EMBEDDED, simd: EMBEDDED },
  fetchBytes: async (url) => (url === EMBEDDED ? embeddedWasm() : fetchResponse(url)),
});

export { Tensor } from '../../js/tensor.js';

/**
 * Returns the bytes of the wasm. It fetches nothing, not even a data: address, because a page's policy may forbid it. Some environments have no
 * DecompressionStream (Firefox before 113, Jest with jsdom), so a library decompresses the bytes.
 */
function embeddedWasm() {
  const deflated = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return inflate(deflated, new Uint8Array(size));
}
