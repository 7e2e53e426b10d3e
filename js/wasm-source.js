import { classOf, describe, kindError } from './arguments.js';
import { errorOfVariant, textOf } from './variant.js';

/** Loads and compiles WebAssembly from an address or from bytes, and explains failures. */

const ADVICE = '. Pass wasmUrl, its address, wasmBinary, its bytes, or wasmModule, the compiled module';
const POLICY = ". The policy must have 'wasm-unsafe-eval' in its script-src";
const NO_COMPILER = '. This environment compiles no bytes: import the .wasm file as a module and pass it as wasmModule';

/**
 * Returns the address of one of the package's own files. Some bundles have no import.meta.url, and the address cannot be computed there.
 *
 * @param {string} functionName the function that the user called, for the text of an error
 * @param {() => string | URL} address
 */
export function wasmUrlOf(functionName, address) {
  try {
    return address();
  } catch (error) {
    throw new Error(
      `Error in ${functionName}: the wasm file has no address, because import.meta.url is not an address here${ADVICE}`,
      { cause: error },
    );
  }
}

/**
 * Returns the bytes of a module, and its name for the texts of errors.
 *
 * @param {string} functionName
 * @param {object} source
 * @param {any} [source.wasmBinary] the bytes
 * @param {any} [source.wasmUrl] their address, if no bytes are given
 * @param {(url: string | URL) => Promise<BufferSource | Response>} source.fetchBytes
 * @returns {Promise<{ name: string, bytes: Uint8Array }>}
 */
export async function wasmBytes(functionName, { wasmBinary, wasmUrl, fetchBytes }) {
  const isGiven = wasmBinary !== undefined && wasmBinary !== null;
  const name = isGiven ? 'wasmBinary' : String(wasmUrl);
  const { data, contentType } = isGiven ? { data: wasmBinary } : await dataAt(functionName, wasmUrl, fetchBytes);
  const bytes = bytesOf(data);
  if (!bytes) throw kindError(functionName, 'wasmBinary', 'an ArrayBuffer or a typed array', data);
  if (!isWasm(bytes)) {
    const begin = textOf(bytes.subarray(0, 40)).trim();
    const type = contentType ? ` as ${contentType}` : '';
    const hint = begin.startsWith('<') ? ' (a page of HTML: the server does not have the file there)' : '';
    const advice = isGiven ? '' : ADVICE;
    throw new TypeError(
      `Error in ${functionName}: ${name} must be WebAssembly, got ${describe(begin)}${type}${hint}${advice}`,
    );
  }
  return { name, bytes };
}

const MAGIC = [0, 97, 115, 109];
const isWasm = (bytes) => MAGIC.every((byte, i) => bytes[i] === byte);

/** Returns a view of the bytes of an ArrayBuffer or a view, of any realm, or undefined. */
function bytesOf(data) {
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return isArrayBuffer(data) ? new Uint8Array(data) : undefined;
}

function isArrayBuffer(value) {
  try {
    return Reflect.get(ArrayBuffer.prototype, 'byteLength', value) >= 0; // the getter throws for any other object
  } catch {
    return false;
  }
}

/** Returns whether a value is a compiled module, of any realm. */
export function isModule(value) {
  try {
    WebAssembly.Module.exports(value); // throws for any other value
    return true;
  } catch {
    return false;
  }
}

/**
 * Compiles bytes. If that fails, throws an error with the reason and with advice.
 *
 * @param {string} functionName
 * @param {string} what "… could not be compiled", for the text of an error
 * @param {Uint8Array} bytes
 * @param {() => Promise<WebAssembly.Module>} compile
 */
export async function compileBytes(functionName, what, bytes, compile) {
  try {
    return await compile();
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    const advice = /disallowed by embedder/.test(message)
      ? NO_COMPILER
      : /Content Security Policy|CSP|unsafe-eval/.test(message)
        ? POLICY
        : '';
    throw errorOfVariant(functionName, bytes, error) ?? failed(functionName, what, error, advice);
  }
}

/** Returns the response of a server. Throws if the status is not OK. */
export async function fetchResponse(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`.trim());
  return response;
}

/** Returns the Error for a step that failed because of `cause`. */
export function failed(functionName, what, cause, advice = '') {
  return new Error(`Error in ${functionName}: ${what}: ${cause.message}${advice}`, { cause });
}

async function dataAt(functionName, url, fetchBytes) {
  if (typeof url !== 'string' && classOf(url) !== 'URL')
    throw kindError(functionName, 'wasmUrl', 'a string or a URL', url);
  try {
    const got = await fetchBytes(url);
    if (bytesOf(got)) return { data: got };
    return { data: await got.arrayBuffer(), contentType: got.headers?.get('content-type') };
  } catch (error) {
    const { cause } = /** @type {any} */ (error); // the message of Node's fetch says only that it failed
    const reason = cause?.message ? ` (${cause.message})` : '';
    throw failed(functionName, `${url} could not be fetched`, error, reason + ADVICE);
  }
}
