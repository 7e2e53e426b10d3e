import createModule from '../../dist/depthwise.web.js';
import { makeLoad } from '../../js/load.js';
import { fetchResponse } from '../../js/wasm-source.js';

import gzippedWasm from 'gzipped:depthwise.wasm'; // a text in base64, by build.js

/** In the place of an address; also what errors call it. */
const EMBEDDED = 'the wasm in depthwise.standalone.js';

export const load = makeLoad({
  createModule,
  wasmUrls: { 'relaxed-simd': EMBEDDED, simd: EMBEDDED },
  fetchBytes: async (url) => (url === EMBEDDED ? embeddedWasm() : fetchResponse(url)),
});

export { Tensor } from '../../js/tensor.js';

/** Neither fetched nor a data: address, which a page's policy may forbid. */
function embeddedWasm() {
  const gzipped = Uint8Array.from(atob(gzippedWasm), (character) => character.charCodeAt(0));
  return new Response(new Blob([gzipped]).stream().pipeThrough(new DecompressionStream('gzip')));
}
