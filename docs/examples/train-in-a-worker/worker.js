import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { trainOnWasm } from 'depthwise-wasm/tfjs';

import { serve } from './training.js';

const wasmPaths = new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', import.meta.url);
trainOnWasm(tf, { wasmPaths }).then(
  () => serve(tf, tfl),
  ({ message }) => postMessage({ type: 'failed', message }),
);
