import { Depthwise } from './depthwise.js';
import { describe, kindError } from './kinds.js';
import { compileWasm, failed } from './wasm-source.js';

/** @type {import('./index.d.ts').Variant[]} */
const VARIANTS = ['simd'];

/** A module with one SIMD instruction (i32.const 0, i8x16.splat, drop): whether it validates tells whether the engine has SIMD. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11,
]);

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
    const compiled = wasmModule ?? (await compileWasm('load', { wasmBinary, wasmUrl, fetchBytes }));
    if (!(compiled instanceof WebAssembly.Module)) {
      throw kindError('load', 'wasmModule', 'a WebAssembly.Module', compiled);
    }
    try {
      return new Depthwise(await instantiate(createModule, compiled), variant);
    } catch (error) {
      throw failed('load', `${source} could not be started as this package's depthwise.wasm`, error);
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
