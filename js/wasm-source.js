import { describe, kindError } from './kinds.js';
import { errorOfVariant } from './variant.js';
import { isCutShort, isWasm } from './wasm-format.js';

/** WebAssembly from where a user says that it is. */

/**
 * @typedef {object} WasmSource
 * @property {any} [wasmBinary]
 * @property {any} wasmUrl
 * @property {(url: string | URL) => Promise<BufferSource | Response>} fetchBytes
 */

/**
 * The bytes of a module: those that are given, or those at an address.
 *
 * @param {string} functionName who asks, for the text of an error
 * @param {WasmSource} source
 * @returns {Promise<Uint8Array>}
 */
export async function wasmBytes(functionName, { wasmBinary, wasmUrl, fetchBytes }) {
  const { bytes, contentType } = isGiven(wasmBinary)
    ? { bytes: wasmBinary }
    : await bytesAt(functionName, wasmUrl, fetchBytes);
  if (!(bytes instanceof ArrayBuffer) && !ArrayBuffer.isView(bytes)) {
    throw kindError(functionName, 'wasmBinary', 'an ArrayBuffer or a typed array', bytes);
  }
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  if (!isWasm(view)) {
    const begin = new TextDecoder().decode(view.subarray(0, 40)).trim();
    const type = contentType ? ` as ${contentType}` : '';
    const hint = begin.startsWith('<') ? ' (a page of HTML: the server does not have the file there)' : '';
    const what = `${nameOf(wasmBinary, wasmUrl)} must be WebAssembly, got ${describe(begin)}${type}${hint}`;
    throw new TypeError(`Error in ${functionName}: ${what}${isGiven(wasmBinary) ? '' : ADVICE}`);
  }
  return view;
}

/**
 * Compiles bytes, and says what is wrong with those that cannot be.
 *
 * @param {string} functionName
 * @param {string} what "… could not be compiled", for the text of an error
 * @param {Uint8Array} bytes
 * @param {() => Promise<WebAssembly.Module>} compile
 */
export async function compiled(functionName, what, bytes, compile) {
  try {
    if (isCutShort(bytes)) throw new TypeError(`it ends after ${bytes.length} bytes, and a part is missing`);
    return await compile();
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    const hint = /Content Security Policy|CSP|unsafe-eval/.test(message) ? POLICY : '';
    throw errorOfVariant(functionName, bytes, error) ?? failed(functionName, what, error, hint);
  }
}

/** What a server sends. */
export async function fetchResponse(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim());
  return response;
}

export function failed(functionName, what, cause, advice = '') {
  return new Error(`Error in ${functionName}: ${what}: ${cause.message}${advice}`, { cause });
}

export function nameOf(wasmBinary, wasmUrl) {
  return isGiven(wasmBinary) ? 'wasmBinary' : String(wasmUrl);
}

const isGiven = (option) => option !== undefined && option !== null;

const ADVICE = '. Pass wasmUrl, where the file is, or wasmBinary, its bytes';
const POLICY = ". The policy must have 'wasm-unsafe-eval' in its script-src";

async function bytesAt(functionName, url, fetchBytes) {
  if (typeof url !== 'string' && !(url instanceof URL))
    throw kindError(functionName, 'wasmUrl', 'a string or a URL', url);
  try {
    const got = await fetchBytes(url);
    if (got instanceof ArrayBuffer || ArrayBuffer.isView(got)) return { bytes: got };
    return { bytes: await got.arrayBuffer(), contentType: got.headers?.get('content-type') };
  } catch (error) {
    const { cause } = /** @type {any} */ (error); // Node's fetch says itself no more than that it failed
    const reason = cause?.message ? ` (${cause.message})` : '';
    throw failed(functionName, `${url} could not be fetched`, error, reason + ADVICE);
  }
}
