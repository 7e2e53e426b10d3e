import { readFile } from 'node:fs/promises';

import { fetchResponse } from './wasm-source.js';

const MOVED =
  "If a bundler moved this script without its wasm file, exclude 'depthwise-wasm' from the bundle (Next.js: " +
  "serverExternalPackages: ['depthwise-wasm']) or import 'depthwise-wasm/standalone'";

/** Returns the response of a server, or the bytes of a file. */
export async function fetchBytes(url) {
  const address = String(url);
  if (/^https?:/.test(address)) return fetchResponse(address);
  try {
    return await readFile(address.startsWith('file:') ? new URL(address) : address);
  } catch (thrown) {
    const error = /** @type {NodeJS.ErrnoException} */ (thrown);
    if (error.code === 'ENOENT') error.message += `. ${MOVED}`;
    throw error;
  }
}
