/** tfjs fetches this address only through its platform. */
const ADDRESS = 'module:tfjs-backend-wasm-simd.wasm';

/**
 * Starts the wasm backend with a compiled module of its wasm file, for runtimes that compile no bytes. tfjs can only fetch the bytes and
 * instantiate them. While it starts, its platform answers with the module in place of the bytes, and WebAssembly.instantiate accepts it.
 *
 * @param {any} tf
 * @param {any} backend the namespace of @tensorflow/tfjs-backend-wasm
 * @param {WebAssembly.Module} module
 * @returns {Promise<boolean>} as tf.setBackend
 */
export async function startWithModule(tf, backend, module) {
  const { platform } = tf.env();
  const { fetch } = platform;
  const { instantiate } = WebAssembly;
  platform.fetch = (path, ...rest) =>
    path === ADDRESS
      ? Promise.resolve({ ok: true, arrayBuffer: async () => module })
      : fetch.call(platform, path, ...rest);
  // For bytes, the result is { instance, module }; for a module it is the instance.
  WebAssembly.instantiate = /** @type {any} */ (
    async (source, imports) => {
      const result = await instantiate(source, imports);
      return source === module ? { instance: result, module } : result;
    }
  );
  try {
    const names = ['tfjs-backend-wasm', 'tfjs-backend-wasm-simd', 'tfjs-backend-wasm-threaded-simd'];
    backend.setWasmPaths(Object.fromEntries(names.map((name) => [`${name}.wasm`, ADDRESS])), true);
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    return await tf.setBackend('wasm');
  } finally {
    platform.fetch = fetch;
    WebAssembly.instantiate = instantiate;
  }
}
