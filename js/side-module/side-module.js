import { classOf, outOfMemory } from '../arguments.js';
import { instanceBytes, instantiateSideModule } from './instance.js';
import { memoryWantedBy, withMemoryImport } from './binary.js';

/**
 * Loads dist/depthwise-tfjs.wasm, of either variant. It has no memory and no allocator of its own, so it can work in any memory.
 * Emscripten's documentation calls it a side module;
 * https://github.com/WebAssembly/tool-conventions/blob/main/DynamicLinking.md describes how one is loaded.
 */

export class SideModule {
  #bytes;
  #modules = new Map(); // by whether the memory is shared

  /** @param {{ bytes?: Uint8Array, module?: WebAssembly.Module }} source */
  constructor({ bytes, module }) {
    this.#bytes = bytes;
    if (module) this.#modules.set(false, module);
  }

  /** Compiles the module for memories that are shared or not, and returns it. Throws if it is not a side module. */
  async compile(shared = false) {
    if (!this.#modules.has(shared)) {
      this.#modules.set(shared, await WebAssembly.compile(withMemoryImport(this.#bytes, shared)));
    }
    const module = this.#modules.get(shared);
    memoryWantedBy(module);
    return module;
  }

  /**
   * Instantiates the module in a memory.
   *
   * @param {WebAssembly.Memory} memory
   * @param {{ take: (bytes: number) => number, give: (address: number) => void }} allocator allocates and frees in `memory`. `take` returns
   *   0 if there is no memory
   * @param {string} functionName the kernel that is called, for the text of an error
   * @param {import('../threads/pool.js').Pool} [pool] the threads for the instance
   * @returns {any} the exported functions
   */
  instantiate(memory, { take, give }, functionName, pool) {
    const module = this.#moduleFor(isShared(memory), functionName);
    const bytes = instanceBytes(module);
    const place = take(bytes) >>> 0;
    if (place === 0) throw outOfMemory(functionName, bytes);
    const instance = instantiateSideModule(module, memory, place, {
      takeMemory: take,
      giveMemory: give,
      runParts(functionIndex, context, parts, microseconds, loop, isInPlace) {
        if (!pool) return 0;
        try {
          const job = { functionIndex, context, parts, microseconds, loop, isInPlace: isInPlace !== 0 };
          return pool.run(instance.table.get(functionIndex), job) ? 1 : 0;
        } catch (error) {
          instance.resetStack(); // the error ends all functions of the module without their last instructions
          throw error;
        }
      },
    });
    return instance.native;
  }

  /** Returns the module for shared memory. */
  shared(functionName) {
    return this.#moduleFor(true, functionName);
  }

  #moduleFor(shared, functionName) {
    if (!this.#modules.has(shared)) {
      if (!this.#bytes) {
        throw new TypeError(
          `Error in ${functionName}: wasmModule fits tfjs's plain build only. For its threaded build pass wasmUrl or wasmBinary`,
        );
      }
      this.#modules.set(shared, new WebAssembly.Module(withMemoryImport(this.#bytes, shared)));
    }
    return this.#modules.get(shared);
  }
}

/** Returns whether a memory can be shared with workers. */
export function isShared(memory) {
  return classOf(memory.buffer) === 'SharedArrayBuffer';
}
