import { kindError } from './arguments.js';
import { Depthwise } from './depthwise.js';
import { requireThreads, threadsFor } from './threads/count.js';
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
 * @param {ThreadsOfEnvironment} [environment.threads]
 *
 * @typedef {object} ThreadsOfEnvironment
 * @property {import('./index.d.ts').Threads} [default] if it is not that for 'auto'
 * @property {() => number} processors returns the number of logical processors
 * @property {() => Promise<typeof import('./threads/index.js')>} importStart imports what starts threads
 */
export function makeLoad({ createModule, wasmUrls, fetchBytes, threads: threadsHere }) {
  /** @type {Promise<Depthwise> | undefined} */
  let loaded;

  /** @param {import('./index.d.ts').LoadOptions} options */
  async function loadNow({ variant: wanted, wasmBinary, wasmUrl, wasmModule, threads: wantedThreads }) {
    const chosen = chooseVariant('load', wanted);
    const threads = threadsOf(wantedThreads, wasmModule, threadsHere);
    const importing = threads.count > 1 ? threadsHere?.importStart() : undefined;
    importing?.catch(() => {}); // also if the source fails first, and nobody waits for the import
    const source = await sourceOf('load', { wasmBinary, wasmUrl, wasmModule }, () => wasmUrls[chosen], fetchBytes);
    if (!importing) return start(source, wanted, () => ({ threads }));
    try {
      const { startThreads, withSharedMemory } = await importing;
      const shared = { ...source, bytes: withSharedMemory(source.bytes) };
      return await start(shared, wanted, (module, variant) => startThreads(module, variant, threads));
    } catch (error) {
      const { cause, message } = /** @type {any} */ (error);
      const reason = `threads could not be started: ${cause?.message ?? message}`;
      return start(source, wanted, () => ({ threads: { count: 1, reason } }));
    }
  }

  /** Compiles and starts the module. `startThreads` returns its threads and, if there are several, the exported functions to call. */
  async function start({ name, bytes, module }, wanted, startThreads) {
    const compile = () => WebAssembly.compile(bytes);
    module ??= await compileBytes('load', `${name} could not be compiled`, bytes, compile);
    try {
      const variant = variantOf(module, wanted);
      const instance = await instantiate(createModule, module);
      return new Depthwise(instance, variant, await startThreads(instance, variant));
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

/** Returns how many threads to start. @param {ThreadsOfEnvironment} [here] @returns {import('./index.d.ts').Threads} */
function threadsOf(wanted, wasmModule, here) {
  if (wanted !== undefined) requireThreads('load', wanted);
  if (!here) return { count: 1, reason: 'this file of the package contains no threads' };
  if (wanted === undefined && here.default) return here.default;
  const threads = threadsFor(wanted ?? 'auto', here.processors());
  if (threads.count === 1 || !wasmModule) return threads;
  return { count: 1, reason: 'wasmModule is compiled for memory that is not shared' };
}

/**
 * Returns the compiled module or the bytes that the options select, and their name for the texts of errors.
 *
 * @returns {Promise<any>}
 */
async function sourceOf(functionName, { wasmBinary, wasmUrl, wasmModule }, defaultUrl, fetchBytes) {
  if (wasmModule) {
    if (!isModule(wasmModule)) throw kindError(functionName, 'wasmModule', 'a WebAssembly.Module', wasmModule);
    return { name: 'wasmModule', module: wasmModule };
  }
  const url = wasmBinary ? undefined : (wasmUrl ?? wasmUrlOf(functionName, defaultUrl));
  return wasmBytes(functionName, { wasmBinary, wasmUrl: url, fetchBytes });
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
