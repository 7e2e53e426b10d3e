// depthwise-wasm, Apache-2.0: Emscripten's loader for depthwise.wasm.
// @ts-nocheck
