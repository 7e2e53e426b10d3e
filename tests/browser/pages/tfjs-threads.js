import { reportOf } from './report-of.js';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { registerKernels } from 'depthwise-wasm/tfjs';

setWasmPaths('/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 }); // tfjs starts one thread for two cores

const START_MILLISECONDS = 60_000;
const SIZE = 2 ** 18;
const STEPS = 40;

/** Computes on threads if they start; with ?hidden, only while the page is not visible. */
globalThis.report = reportOf(async () => {
  if (location.search === '?hidden') await untilHidden();
  await tf.setBackend('wasm');
  const { threads } = await registerKernels(tf);
  const x = tf.linspace(-2, 2, SIZE);
  const first = compute(x);
  const resources = () => performance.getEntriesByType('resource').map(({ name }) => name.split('/').at(-1));
  const isDecided = async () =>
    resources().includes('worker.js') || (await registerKernels(tf)).threads.count !== threads.count;
  for (const end = Date.now() + START_MILLISECONDS; !(await isDecided()) && Date.now() < end;) {
    compute(x);
    await turn();
  }
  let areEqual = true;
  for (let step = 0; step < STEPS; ++step) {
    areEqual &&= compute(x).every((value, i) => value === first[i]);
    await turn();
  }
  const { hidden } = document;
  return { threads, threadsAtEnd: (await registerKernels(tf)).threads, areEqual, hidden };
});

function compute(x) {
  const y = tf.tanh(x);
  const values = y.dataSync().slice();
  y.dispose();
  return values;
}

/** Waits for a turn of the event loop. Not with a timer, because a hidden page has one per second. */
function turn() {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => resolve(port1.close());
    port2.postMessage('');
  });
}

function untilHidden() {
  return new Promise((resolve) => {
    const check = () => document.hidden && resolve();
    document.addEventListener('visibilitychange', check);
    check();
  });
}
