import { Depthwise } from './depthwise.js';
import { describe, kindError } from './kinds.js';

/** @type {import('./index.d.ts').Variant[]} */
const VARIANTS = ['simd'];

/** A module with one SIMD instruction (i32.const 0, i8x16.splat, drop): whether it validates tells whether the engine has SIMD. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11,
]);

const WASM_MAGIC = [0, 97, 115, 109];

/**
 * Makes the `load` of an environment.
 *
 * @param {object} environment
 * @param {(options: object) => Promise<any>} environment.createModule Emscripten's loader
 * @param {URL} environment.wasmUrl where the package has its wasm
 * @param {(url: string | URL) => Promise<BufferSource>} environment.fetchBytes
 */
export function makeLoad({ createModule, wasmUrl: defaultUrl, fetchBytes }) {
  /** @type {Promise<Depthwise> | undefined} */
  let loaded;

  /** @param {import('./index.d.ts').LoadOptions} options */
  async function loadNow({ variant = VARIANTS[0], wasmUrl = defaultUrl, wasmBinary, wasmModule }) {
    if (!VARIANTS.includes(variant)) {
      throw kindError('load', 'variant', VARIANTS.map(describe).join(' or '), variant);
    }
    if (typeof WebAssembly !== 'object' || !WebAssembly.validate(SIMD_PROBE)) {
      throw new Error(
        'Error in load: this engine has no WebAssembly SIMD. Browsers have it since 2021 (Safari: 2023), Node since 16.4',
      );
    }
    const source = wasmModule ? 'wasmModule' : wasmBinary ? 'wasmBinary' : String(wasmUrl);
    const compiled = wasmModule ?? (await compile(wasmBinary ?? (await bytesAt(wasmUrl)), source));
    if (!(compiled instanceof WebAssembly.Module)) {
      throw kindError('load', 'wasmModule', 'a WebAssembly.Module', compiled);
    }
    try {
      return new Depthwise(await instantiate(createModule, compiled), variant);
    } catch (error) {
      throw failed(`${source} could not be started as this package's depthwise.wasm`, error);
    }
  }

  async function bytesAt(url) {
    if (typeof url !== 'string' && !(url instanceof URL)) throw kindError('load', 'wasmUrl', 'a string or a URL', url);
    try {
      return await fetchBytes(url);
    } catch (error) {
      throw failed(`${url} could not be fetched`, error);
    }
  }

  /** @type {typeof import('./index.d.ts').load} */
  return function load(options = {}) {
    if (options === null || typeof options !== 'object') {
      return Promise.reject(kindError('load', 'options', 'an object', options));
    }
    loaded ??= loadNow(options).catch((error) => {
      loaded = undefined; // the next call may come with a better address
      throw error;
    });
    return loaded;
  };
}

/** The bytes that a server sends. */
export async function fetchResponse(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

function failed(what, cause) {
  return new Error(`Error in load: ${what}: ${cause.message}`, { cause });
}

async function compile(bytes, source) {
  if (!(bytes instanceof ArrayBuffer) && !ArrayBuffer.isView(bytes)) {
    throw kindError('load', 'wasmBinary', 'an ArrayBuffer or a typed array', bytes);
  }
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  if (!WASM_MAGIC.every((byte, i) => view[i] === byte)) {
    const begin = new TextDecoder().decode(view.subarray(0, 40)).trim();
    const hint = begin.startsWith('<') ? ' (a page of HTML: the server does not have the file there)' : '';
    throw new TypeError(`Error in load: ${source} must be WebAssembly, got ${describe(begin)}${hint}`);
  }
  try {
    return await WebAssembly.compile(/** @type {BufferSource} */ (view));
  } catch (error) {
    throw failed(`${source} could not be compiled`, error);
  }
}

/** Emscripten's loader takes an instance by callback, and would wait for ever if none came. */
function instantiate(createModule, compiled) {
  return new Promise((resolve, reject) => {
    createModule({
      instantiateWasm(imports, receive) {
        WebAssembly.instantiate(compiled, imports)
          .then((instance) => receive(instance, compiled))
          .catch(reject);
        return {};
      },
    }).then(resolve, reject);
  });
}
