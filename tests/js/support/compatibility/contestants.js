/**
 * The backends whose columns of docs/compatibility.md are computed. Each function resolves to a function that computes a pass of a problem,
 * or throws. Use one of them per process, because onnxruntime-web changes globals.
 */
export const CONTESTANTS = {
  'this package': async () => (await import('./own.js')).own(),
  'tfjs wasm with this package': async () => (await import('./tfjs.js')).tfjs('wasm', { registered: true }),
  'tfjs wasm': async () => (await import('./tfjs.js')).tfjs('wasm'),
  'tfjs cpu': async () => (await import('./tfjs.js')).tfjs('cpu'),
  'onnxruntime-web': async () => (await import('./ort.js')).ort(),
};
