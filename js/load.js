import { kindError } from './arguments.js';
import { Depthwise } from './depthwise.js';
import { chooseVariant, variantOf } from './variant.js';
import { compileBytes, failed, isModule, wasmBytes, wasmUrlOf } from './wasm-source.js';

/**
 * Returns the `load` of an environment.
 *
 * @param {object} environment
 * @param {(options: object) => Promise<any>} environment.createModule Emscripten's loader
 * @param {Record<import('./index.d.ts').Variant, string | URL>} environment.wasmUrls the addresses of the package's wasm files. They may be
 *   getters: they are read when one is needed
 * @param {(url: string | URL) => Promise<BufferSource | Response>} environment.fetchBytes
 */
export function makeLoad({ createModule, wasmUrls, fetchBytes }) {
  /** @type {Promise<Depthwise> | undefined} */
  let loaded;

  /** @param {import('./index.d.ts').LoadOptions} options */
  async function loadNow({ variant: wanted, wasmBinary, wasmUrl, wasmModule }) {
    const chosen = chooseVariant('load', wanted);
    const source = { wasmBinary, wasmUrl, wasmModule };
    const { name, module } = await moduleFrom('load', source, () => wasmUrls[chosen], fetchBytes);
    try {
      const variant = variantOf(module, wanted);
      return new Depthwise(await instantiate(createModule, module), variant);
    } catch (error) {
      throw failed('load', `${name} could not be started as this package's depthwise.wasm`, error);
    }
  }

  /** @type {typeof import('./index.d.ts').load} */
  return function load(options = {}) {
    if (options === null || typeof options !== 'object') {
      return Promise.reject(kindError('load', 'options', 'an object', options));
    }
    loaded ??= loadNow(options).catch((error) => {
      loaded = undefined; // the next call may pass a better address
      throw error;
    });
    return loaded;
  };
}

/** Returns the compiled module that the options select, and its name for the texts of errors. */
async function moduleFrom(functionName, { wasmBinary, wasmUrl, wasmModule }, defaultUrl, fetchBytes) {
  if (wasmModule) {
    if (!isModule(wasmModule)) throw kindError(functionName, 'wasmModule', 'a WebAssembly.Module', wasmModule);
    return { name: 'wasmModule', module: wasmModule };
  }
  const url = wasmBinary ? undefined : (wasmUrl ?? wasmUrlOf(functionName, defaultUrl));
  const { name, bytes } = await wasmBytes(functionName, { wasmBinary, wasmUrl: url, fetchBytes });
  const compile = () => WebAssembly.compile(/** @type {BufferSource} */ (bytes));
  return { name, module: await compileBytes(functionName, `${name} could not be compiled`, bytes, compile) };
}

/** Returns Emscripten's module. Rejects if the instantiation fails; Emscripten's loader alone would then wait for ever. */
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
