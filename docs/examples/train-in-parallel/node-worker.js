// A worker of Node.
import { parentPort } from 'node:worker_threads';

import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { trainOnWasm } from 'depthwise-wasm/tfjs';

import { train } from './replica.js';

const starting = trainOnWasm(tf);

parentPort.once('message', (data) => {
  starting.then(() => train(tf, tfl, data)).catch(({ message }) => data.report.postMessage({ message }));
});
