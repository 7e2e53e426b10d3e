// Prints the hashes of this runtime as JSON: node, bun, or another runtime of ES modules.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { load } from 'depthwise-wasm';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { goldenHashes } from './golden-hashes.js';

tf.enableProdMode(); // quiet
await tf.setBackend('wasm');
await registerKernels(tf, { variant: 'simd' });
const hashes = goldenHashes(await load({ variant: 'simd', threads: 1 }));
process.stdout.write(`${JSON.stringify(hashes, null, 2)}\n`, () => process.exit()); // tfjs keeps the process alive
