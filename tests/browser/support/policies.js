/** Content security policies from which nothing can be removed. */

/** For the package, and for TensorFlow.js on one thread: own scripts, wasm, and fetching it. */
export const STRICT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

/** TensorFlow.js creates the workers of its threads from blobs, and their script too, so worker-src is not enough. */
export const WITH_BLOBS = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' blob:; connect-src 'self'";
