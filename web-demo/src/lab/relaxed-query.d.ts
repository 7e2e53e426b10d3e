declare module '*/js/index.js?relaxed' {
  export * from 'depthwise-wasm';
}
