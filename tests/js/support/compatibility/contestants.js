/**
 * Those whose columns are executed. Each gives a function that computes a pass of a problem, or throws. A process has one of them:
 * onnxruntime-web changes its globals.
 */
export const CONTESTANTS = {
  'this package': async () => (await import('./own.js')).own(),
  'tfjs wasm with this package': async () => (await import('./tfjs.js')).tfjs('wasm', { registered: true }),
  'tfjs wasm': async () => (await import('./tfjs.js')).tfjs('wasm'),
  'tfjs cpu': async () => (await import('./tfjs.js')).tfjs('cpu'),
  'onnxruntime-web': async () => (await import('./ort.js')).ort(),
};
