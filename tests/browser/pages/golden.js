import { reportOf } from './report-of.js';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { load } from 'depthwise-wasm';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { goldenHashes } from '../../golden/golden-hashes.js';

setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');

globalThis.report = reportOf(async () => {
  await tf.setBackend('wasm');
  await registerKernels(tf, { variant: 'simd' });
  return { hashes: goldenHashes(await load({ variant: 'simd', wasmUrl: '/dist/depthwise.wasm' })) };
});
