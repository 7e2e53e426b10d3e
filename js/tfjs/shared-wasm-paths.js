import { kindError } from '../arguments.js';
import { failed, wasmBytes } from '../wasm-source.js';
import { withSharedMemory } from '../side-module/binary.js';

const NAME = 'sharedWasmPaths';
/** The files of tfjs's wasm backend that have a memory of their own. */
const PLAIN = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm'];
const THREADED = 'tfjs-backend-wasm-threaded-simd.wasm';

/**
 * Returns the `sharedWasmPaths` of an environment.
 *
 * @param {{ fetchBytes: (url: string | URL) => Promise<BufferSource | Response> }} environment
 */
export function makeSharedWasmPaths({ fetchBytes }) {
  /** @type {typeof import('./index.d.ts').sharedWasmPaths} */
  return async function sharedWasmPaths(folder) {
    const url = urlOf(folder);
    const paths = { [THREADED]: String(new URL(THREADED, url)) };
    for (const file of PLAIN) {
      const { name, bytes } = await wasmBytes(NAME, { wasmUrl: new URL(file, url), fetchBytes });
      try {
        const blob = new Blob([withSharedMemory(bytes)], { type: 'application/wasm' });
        paths[file] = URL.createObjectURL(blob);
      } catch (error) {
        throw failed(NAME, `${name} could not be changed`, error);
      }
    }
    return paths;
  };
}

function urlOf(folder) {
  try {
    return new URL('.', folder);
  } catch {
    throw kindError(NAME, 'folder', 'the URL of a folder, which ends with a slash', folder);
  }
}
