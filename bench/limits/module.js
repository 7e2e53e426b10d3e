import { readFile } from 'node:fs/promises';

/** scripts/cmake.js builds it. */
const wasmUrl = new URL('../../build/wasm/bench/limits.wasm', import.meta.url);

/** What limits.cpp exports, as entrants.js takes it. */
export async function loadLimitsModule() {
  const { instance } = await WebAssembly.instantiate(await readFile(wasmUrl), {});
  const native = /** @type {any} */ (instance.exports);
  native._initialize?.();
  return native;
}
