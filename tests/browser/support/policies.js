/** Content security policies, from which nothing can be left out. */

/** What the package needs, and TensorFlow.js on one thread: its own scripts, its wasm, and fetching it. */
export const STRICT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

/** TensorFlow.js makes the workers of its threads from blobs, and the script that they import too (so worker-src is not enough). */
export const WITH_BLOBS = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' blob:; connect-src 'self'";
