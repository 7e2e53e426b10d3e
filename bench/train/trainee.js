import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { mobilenetV1 } from './mobilenet.js';

setWasmPaths(fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))));
// Its workers would keep the process alive; and cpu has one thread too.
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);

const CLASSES = 2;
/**
 * Small, because the first gradients of this network are large (their norm is about 100): with more, a rounding in one step is a visible
 * difference two steps later, on any two backends.
 */
const LEARNING_RATE = 2e-5;

export { tf };

/** The network on a backend, with weights and pictures that are the same on each. */
export async function createTrainee(backend, { batch, size, alpha }) {
  await activate(backend);
  const model = mobilenetV1(tfl, { alpha, size, classes: CLASSES, seed: 1 });
  model.compile({ optimizer: tf.train.sgd(LEARNING_RATE), loss: 'categoricalCrossentropy' });
  const pictures = tf.randomUniform([batch, size, size, 3], -1, 1, 'float32', 7);
  const classes = tf.tidy(() => tf.cast(tf.oneHot(labels(batch), CLASSES), 'float32'));
  return {
    backend,
    memory: () => tf.memory(),
    /** One step; gives the loss before it, and its milliseconds. */
    async step() {
      await activate(backend);
      const start = performance.now();
      const loss = await model.trainOnBatch(pictures, classes);
      return { loss, milliseconds: performance.now() - start };
    },
  };
}

function labels(batch) {
  return tf.tensor1d(
    Array.from({ length: batch }, (_, i) => i % CLASSES),
    'int32',
  );
}

async function activate(backend) {
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs could not start its ${backend} backend`);
}
