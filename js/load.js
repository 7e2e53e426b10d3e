import { Depthwise } from './depthwise.js';
import { kindError } from './kinds.js';
import { chooseVariant, variantOf } from './variant.js';
import { compiled, failed, nameOf, wasmBytes } from './wasm-source.js';

/**
 * Makes the `load` of an environment.
 *
 * @param {object} environment
 * @param {(options: object) => Promise<any>} environment.createModule Emscripten's loader
 * @param {Record<import('./index.d.ts').Variant, string | URL>} environment.wasmUrls where the package has its wasm. Read when one is needed,
 *   so that they may be getters
 * @param {(url: string | URL) => Promise<BufferSource | Response>} environment.fetchBytes
 */
export function makeLoad({ createModule, wasmUrls, fetchBytes }) {
  /** @type {Promise<Depthwise> | undefined} */
  let loaded;

  /** @param {import('./index.d.ts').LoadOptions} options */
  async function loadNow({ variant: wanted, ...given }) {
    const chosen = chooseVariant('load', wanted);
    const { wasmBinary, wasmModule, wasmUrl = wasmBinary || wasmModule ? undefined : wasmUrls[chosen] } = given;
    const source = wasmModule ? 'wasmModule' : nameOf(wasmBinary, wasmUrl);
    const module = wasmModule ?? (await compileWasm(source, { wasmBinary, wasmUrl, fetchBytes }));
    if (!(module instanceof WebAssembly.Module)) {
      throw kindError('load', 'wasmModule', 'a WebAssembly.Module', module);
    }
    try {
      const variant = variantOf(module, wanted);
      return new Depthwise(await instantiate(createModule, module), variant);
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

async function compileWasm(source, given) {
  const bytes = await wasmBytes('load', given);
  const compile = () => WebAssembly.compile(/** @type {BufferSource} */ (bytes));
  return compiled('load', `${source} could not be compiled`, bytes, compile);
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
