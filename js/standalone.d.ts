/**
 * The package 'depthwise-wasm' in one file, with its wasm: `dist/depthwise.standalone.js`.
 *
 * `load` needs no options and makes no request. The wasm in the file is the variant 'simd'. `wasmUrl`, `wasmBinary` and `wasmModule` replace
 * it and may be of the other variant. The engine must have DecompressionStream: Chrome 91, Firefox 113, Safari 16.4, Node 18.
 */

export * from './index.js';
