import { describe, kindError } from './kinds.js';
import { errorOfVariant } from './variant.js';

/** WebAssembly from where a user says that it is. */

const WASM_MAGIC = [0, 97, 115, 109];

/**
 * The bytes of a module: those that are given, or those at an address.
 *
 * @param {string} functionName who asks, for the text of an error
 * @param {{ wasmBinary?: any, wasmUrl: any, fetchBytes: (url: string | URL) => Promise<BufferSource> }} source
 * @returns {Promise<Uint8Array>}
 */
export async function wasmBytes(functionName, { wasmBinary, wasmUrl, fetchBytes }) {
  const source = nameOf(wasmBinary, wasmUrl);
  const bytes = wasmBinary ?? (await bytesAt(functionName, wasmUrl, fetchBytes));
  if (!(bytes instanceof ArrayBuffer) && !ArrayBuffer.isView(bytes)) {
    throw kindError(functionName, 'wasmBinary', 'an ArrayBuffer or a typed array', bytes);
  }
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  if (!WASM_MAGIC.every((byte, i) => view[i] === byte)) {
    const begin = new TextDecoder().decode(view.subarray(0, 40)).trim();
    const hint = begin.startsWith('<') ? ' (a page of HTML: the server does not have the file there)' : '';
    throw new TypeError(`Error in ${functionName}: ${source} must be WebAssembly, got ${describe(begin)}${hint}`);
  }
  return view;
}

/** The same, compiled. */
export async function compileWasm(functionName, source) {
  const bytes = await wasmBytes(functionName, source);
  try {
    return await WebAssembly.compile(/** @type {BufferSource} */ (bytes));
  } catch (error) {
    const what = `${nameOf(source.wasmBinary, source.wasmUrl)} could not be compiled`;
    throw errorOfVariant(functionName, bytes, error) ?? failed(functionName, what, error);
  }
}

/** The bytes that a server sends. */
export async function fetchResponse(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

export function failed(functionName, what, cause) {
  return new Error(`Error in ${functionName}: ${what}: ${cause.message}`, { cause });
}

async function bytesAt(functionName, url, fetchBytes) {
  if (typeof url !== 'string' && !(url instanceof URL))
    throw kindError(functionName, 'wasmUrl', 'a string or a URL', url);
  try {
    return await fetchBytes(url);
  } catch (error) {
    throw failed(functionName, `${url} could not be fetched`, error);
  }
}

function nameOf(wasmBinary, wasmUrl) {
  return wasmBinary ? 'wasmBinary' : String(wasmUrl);
}
