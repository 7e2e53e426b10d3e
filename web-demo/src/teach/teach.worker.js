import { releaseProxy } from 'comlink';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers'; // also registers gradients, which registerKernels() must replace
import '../shared/tfjs-wasm.js';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { serve } from '../shared/worker.js';
import { classesOf, filesOf, isSaved, modelFromFiles, namesIn, save, savedModel } from './model-files.js';
import { CHANNELS, SIZE, createNetwork } from './network.js';
import { inputsOf, predict, train } from './training.js';

/** `wasm` is the wasm backend of TensorFlow.js with the kernels of this package. `cpu` is TensorFlow.js only. @typedef {'wasm' | 'cpu'} Backend */

/** The seed of weights, validation split and batches: the same on both backends and in each training of the same samples. */
const SEED = 1;

/** @type {tfl.LayersModel | undefined} */
let model;
let isStopped = false;

tf.enableProdMode(); // without it, the cpu backend prints to the console that faster backends exist

const api = {
  /** Loads a backend. @param {Backend} backend */
  prepare: (backend) => useBackend(backend),

  /**
   * Trains a new model, which replaces the current model at once. Ends early after `stop()`.
   *
   * @param {Backend} backend
   * @param {import('./training.js').Samples} samples
   * @param {import('./training.js').Options} options
   * @param {(step: import('./training.js').Step) => void} onStep
   */
  async train(backend, samples, options, onStep) {
    isStopped = false;
    await useBackend(backend);
    replaceModel(createNetwork(tfl, { seed: SEED, classes: samples.classes }));
    await runSteps(currentModel(), samples, options, onStep);
  },

  /**
   * Runs the first steps of the same training with a temporary model. The comparison calls it in a worker of its own.
   *
   * @param {Backend} backend
   * @param {import('./training.js').Samples} samples
   * @param {{ batch: number, rate: number, maxSteps: number, maxMilliseconds: number }} options the first limit that is reached ends it; it runs at least one step
   * @param {(step: import('./training.js').Step) => void} onStep
   */
  async measure(backend, samples, options, onStep) {
    isStopped = false;
    await useBackend(backend);
    const temporary = createNetwork(tfl, { seed: SEED, classes: samples.classes });
    try {
      await runSteps(temporary, samples, { epochs: options.maxSteps, ...options }, onStep);
    } finally {
      temporary.dispose();
    }
  },

  stop() {
    isStopped = true;
  },

  /** @param {Uint8Array} pixels [n, 32, 32, 3] @returns {number[] | undefined} the probabilities [n, classes]; undefined without a model */
  predict(pixels) {
    const count = pixels.length / (SIZE * SIZE * CHANNELS);
    const all = Array.from({ length: count }, (_, index) => ({ index }));
    return model && predict(tf, model, inputsOf(pixels, all));
  },

  countWeights: () => model?.countParams() ?? 0,

  /** @param {string[]} names of the classes */
  files: (names) => filesOf(currentModel(), names),
  /** @param {string[]} names of the classes */
  save: (names) => save(currentModel(), names),
  isSaved,

  /** @param {File[]} files @returns the number of classes, and their names when the files contain them */
  async loadFiles(files) {
    return replaceModel(await modelFromFiles(files));
  },

  /** @returns the number of classes, and their names when they were saved */
  async loadSaved() {
    return replaceModel(await savedModel());
  },
};

/** @typedef {typeof api} Api */

/** @param {Backend} name */
async function useBackend(name) {
  const isStarted = await tf.setBackend(name).catch(() => false);
  // In an engine without WebAssembly SIMD, registerKernels() throws an error with the reason.
  if (name === 'wasm') await registerKernels(tf);
  if (!isStarted) throw new Error(`TensorFlow.js could not start its ${name} backend.`);
}

function currentModel() {
  if (!model) throw new Error('The worker has no model. Train or load a model first.');
  return model;
}

/** @param {tfl.LayersModel} next */
function replaceModel(next) {
  model?.dispose();
  model = next;
  return { classes: classesOf(model), names: namesIn(model) };
}

/**
 * @param {tfl.LayersModel} trained
 * @param {import('./training.js').Samples} samples
 * @param {import('./training.js').Options & { maxSteps?: number, maxMilliseconds?: number }} options
 */
async function runSteps(trained, samples, { maxSteps = Infinity, maxMilliseconds = Infinity, ...options }, onStep) {
  let lastReport;
  let milliseconds = 0;
  for await (const step of train(tf, trained, samples, { ...options, seed: SEED })) {
    lastReport = onStep(step); // calls the page; the next step does not wait for the answer
    await handleMessages();
    milliseconds += step.milliseconds;
    if (isStopped || step.step >= maxSteps || milliseconds >= maxMilliseconds) break;
  }
  await lastReport; // the page must receive all steps before the training ends
  onStep[releaseProxy]();
}

/** Lets the worker handle waiting messages. A timeout would wait 4 ms, which is long compared with a training step. */
function handleMessages() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve(undefined);
    };
    port2.postMessage(undefined);
  });
}

serve(api);
