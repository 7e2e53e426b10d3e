import { reportOf } from './report-of.js';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { reportOnTraining } from '../training/report-on-training.js';

setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
// tfjs takes one thread for two cores, which on a machine with two would be the page's own.
Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 });

/** The variant that the page's address asks for, if any. */
const variant = new URLSearchParams(location.search).get('variant') ?? undefined;

globalThis.report = reportOf(async () => ({
  ...(await reportOnTraining(tf, tfl, variant)),
  isIsolated: globalThis.crossOriginIsolated,
  isThreaded: tf.env().getBool('WASM_HAS_MULTITHREAD_SUPPORT'),
}));
