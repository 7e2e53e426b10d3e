import { reportOf } from './report-of.js';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { reportOnTraining } from '../training/report-on-training.js';

setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 }); // tfjs starts one thread for two cores

/** The variant in the address of the page, if any. */
const variant = new URLSearchParams(location.search).get('variant') ?? undefined;

globalThis.report = reportOf(async () => ({
  ...(await reportOnTraining(tf, tfl, variant)),
  isIsolated: globalThis.crossOriginIsolated,
  isThreaded: tf.env().getBool('WASM_HAS_MULTITHREAD_SUPPORT'),
}));
