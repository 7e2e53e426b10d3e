/**
 * The package 'depthwise-wasm' in one file, with its wasm: `dist/depthwise.standalone.js`.
 *
 * `load` needs no options and makes no request. The wasm in the file is the variant 'simd'. `wasmUrl`, `wasmBinary` and `wasmModule` replace
 * it and may be of the other variant.
 */

export * from './index.js';
