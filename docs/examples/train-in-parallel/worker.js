// A worker of a page.
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { trainOnWasm } from 'depthwise-wasm/tfjs';

import { train } from './replica.js';

const wasmPaths = new URL('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm', import.meta.url);
const starting = trainOnWasm(tf, { wasmPaths });

onmessage = ({ data }) => {
  starting.then(() => train(tf, tfl, data)).catch(({ message }) => data.report.postMessage({ message }));
};
