/**
 * The package 'depthwise-wasm' in one file, with its wasm: `dist/depthwise.standalone.js`.
 *
 * `load` needs no options and makes no request. The wasm in the file is the variant 'simd'. `wasmUrl`, `wasmBinary` and `wasmModule` replace
 * this wasm and may be of the other variant. One thread computes.
 */

export * from './index.js';
