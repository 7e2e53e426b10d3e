import './environment.js';
import '@tensorflow/tfjs-core/dist/tests';

// What the suite takes for granted and tfjs-core's own index does not import.
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';

export * as tf from '@tensorflow/tfjs-core';
export { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
