/**
 * All of 'depthwise-wasm' in one file, its wasm too, for pages without a bundler: `dist/depthwise.standalone.js`.
 *
 * `load` needs no options and asks the network for nothing. The wasm in the file is the variant 'simd'; `wasmUrl`, `wasmBinary` and
 * `wasmModule` take the place of it, and may be of the other variant. Wants an engine with DecompressionStream: Chrome 91, Firefox 113,
 * Safari 16.4, Node 18.
 */

export * from './index.js';
