// For workers that use the wasm backend of TensorFlow.js: sets the addresses of its wasm files. TensorFlow.js downloads one of them.
import { env } from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';

export { getThreadsCount, setThreadsCount } from '@tensorflow/tfjs-backend-wasm';

/** @param {string} url */
const absolute = (url) => new URL(url, import.meta.url).href;

setWasmPaths({
  'tfjs-backend-wasm.wasm': absolute(plain),
  'tfjs-backend-wasm-simd.wasm': absolute(simd),
  'tfjs-backend-wasm-threaded-simd.wasm': absolute(threadedSimd),
});

// Firefox 153 sometimes never returns from the start of TensorFlow.js's threads in a worker (measured: 11 of 40 starts): one thread computes.
if (/Firefox/.test(navigator.userAgent)) env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
