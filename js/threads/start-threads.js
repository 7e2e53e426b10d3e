import { SideModule } from '../side-module/side-module.js';
import { sideModuleUrls } from '../side-module/urls.js';
import { Pool } from './pool.js';

/**
 * Returns the function that gives the module of `load` threads, for an environment. The kernels then run in the side module, which works in the
 * shared memory of the core module; the core module allocates, and computes the layer with the convolutions of the side module.
 *
 * @import { Threads, Variant } from '../index.d.ts'
 * @param {object} environment
 * @param {(url: string | URL) => Promise<BufferSource | Response>} environment.fetchBytes
 * @param {import('./pool.js').StartWorker} environment.startWorker
 */
export function makeStartThreads({ fetchBytes, startWorker }) {
  /**
   * @param {any} core Emscripten's module, with shared memory
   * @param {Variant} variant
   * @param {Threads} threads
   */
  return async function startThreads(core, variant, threads) {
    const sideModule = new SideModule({ bytes: await bytesAt(sideModuleUrls[variant], fetchBytes) });
    const memory = core.wasmMemory;
    const module = await sideModule.compile(true);
    const pool = new Pool({ threads, module, memory, take: core._allocate, startWorker });
    const allocator = { take: core._allocate, give: core._release };
    const native = sideModule.instantiate(memory, allocator, 'load', pool);
    const { layerForward, layerInputGradient, layerFilterGradient } = native;
    const passes = [layerForward, layerInputGradient, layerFilterGradient];
    core._setPasses(...passes.map((pass) => addToTable(core.wasmTable, pass)));
    return { threads: pool, native };
  };
}

/** Returns the index of a function in a table. @param {WebAssembly.Table} table */
function addToTable(table, pass) {
  const index = table.grow(1);
  table.set(index, pass);
  return index;
}

/** @returns {Promise<Uint8Array>} */
async function bytesAt(url, fetchBytes) {
  try {
    const got = await fetchBytes(url);
    return new Uint8Array(ArrayBuffer.isView(got) ? got : await got.arrayBuffer());
  } catch (error) {
    throw new Error(`${url} could not be fetched: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
}
