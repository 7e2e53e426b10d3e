import './environment.js';
import '@tensorflow/tfjs-core/dist/tests';

// The suite needs these, and tfjs-core's index does not import them.
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';

// The fallbacks run kernels of this backend.
import '@tensorflow/tfjs-backend-cpu';

export * as tf from '@tensorflow/tfjs-core';
export { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
