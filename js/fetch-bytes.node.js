import { readFile } from 'node:fs/promises';

import { fetchResponse } from './wasm-source.js';

/** Returns the response of a server, or the bytes of a file. */
export async function fetchBytes(url) {
  const address = String(url);
  if (/^https?:/.test(address)) return fetchResponse(address);
  return readFile(address.startsWith('file:') ? new URL(address) : address);
}
