import { releaseProxy } from 'comlink';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers'; // also registers gradients, which registerKernels() must replace
import '../shared/tfjs-wasm.js';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { download } from '../shared/download.js';
import { serve } from '../shared/worker.js';
import mobileNetFile from '../../../build/demo-data/mobilenet.bin?url';
import { createMobileNet } from './mobilenet.js';
import {
  classesOf,
  filesOf,
  isSaved,
  knownIn,
  modelFromFiles,
  namesIn,
  save,
  savedModel,
  sizeOf,
} from './model-files.js';
import { CHANNELS, SIZE, createNetwork } from './network.js';
import { featureData, inputsOf, pictureData, predict, train } from './training.js';

/** `wasm` is the wasm backend of TensorFlow.js with the kernels of this package. `cpu` is TensorFlow.js only. @typedef {'wasm' | 'cpu'} Backend */

/** `small` trains from scratch, `mobilenet` is pretrained. @typedef {'small' | 'mobilenet'} Network */

/** The seed of weights, validation split and batches: the same on both backends and in each training of the same samples. */
const SEED = 1;

/** @type {tfl.LayersModel | undefined} */
let model;
/** The part of the model that trains: the model itself, or a model that shares its weights. @type {tfl.LayersModel | undefined} */
let trained;
/** Whether the model was trained on examples of each class. @type {boolean[]} */
let known = [];
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
   * @param {import('./training.js').Options & { network?: Network }} options
   * @param {(step: import('./training.js').Step) => void} onStep
   */
  async train(backend, samples, options, onStep) {
    isStopped = false;
    const created = await prepareTraining(backend, samples, options.network);
    replaceModel(created.model, created.trained, classesWith(samples));
    await runSteps(created.trained, created.data, options, onStep);
  },

  /**
   * Runs the first steps of the same training with a temporary model. The comparison calls it in a worker of its own.
   *
   * @param {Backend} backend
   * @param {import('./training.js').Samples} samples
   * @param {{ network?: Network, batch: number, rate: number, maxSteps: number, maxMilliseconds: number }} options the first limit that is reached ends it; it runs at least one step
   * @param {(step: import('./training.js').Step) => void} onStep
   */
  async measure(backend, samples, options, onStep) {
    isStopped = false;
    const temporary = await prepareTraining(backend, samples, options.network);
    try {
      await runSteps(temporary.trained, temporary.data, { epochs: options.maxSteps, ...options }, onStep);
    } finally {
      dispose(temporary.model, temporary.trained);
    }
  },

  stop() {
    isStopped = true;
  },

  /**
   * Returns the probabilities of the classes, undefined for a class that the model does not know.
   *
   * @param {Uint8Array} pixels [n, size, size, 3]
   * @param {number} [size]
   * @returns {(number | undefined)[] | undefined} [n, classes]; undefined without a model for pictures of this size
   */
  predict(pixels, size = SIZE) {
    if (!model || sizeOf(model) !== size) return undefined;
    const all = Array.from({ length: pixels.length / (size * size * CHANNELS) }, (_, index) => ({ index }));
    const probabilities = Array.from(predict(tf, model, inputsOf({ pixels, size }, all)));
    return probabilities.map((probability, i) => (known[i % known.length] ? probability : undefined));
  },

  /** Returns the number of weights that the last training changed. */
  countWeights: () => trained?.countParams() ?? 0,

  /** @param {string[]} names of the classes */
  files: (names) => filesOf(currentModel(), names, known),
  /** @param {string[]} names of the classes */
  save: (names) => save(currentModel(), names, known),
  isSaved,

  /** @param {File[]} files @returns the number of classes, their names when the files contain them, and the size of pictures */
  async loadFiles(files) {
    return replaceModel(await modelFromFiles(files));
  },

  /** @returns the number of classes, their names when they were saved, and the size of pictures */
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

/**
 * Returns a new model, the part of it that trains, and what this part trains on.
 *
 * @param {Backend} backend
 * @param {import('./training.js').Samples} samples
 * @param {Network} [network]
 */
async function prepareTraining(backend, samples, network = 'small') {
  const options = { seed: SEED, classes: samples.classes };
  if (network === 'small') {
    await useBackend(backend);
    const created = createNetwork(tfl, options);
    return { model: created, trained: created, data: pictureData(samples) };
  }
  const file = await (await download(mobileNetFile)).arrayBuffer();
  await useBackend('wasm').catch(() => useBackend(backend)); // the cpu backend needs seconds for the features of a picture
  const created = createMobileNet(tf, tfl, file, options);
  const data = featureData(tf, created.frozen, samples);
  await useBackend(backend);
  return { model: created.model, trained: created.trained, data };
}

function currentModel() {
  if (!model) throw new Error('The worker has no model. Train or load a model first.');
  return model;
}

/** Returns for each class whether samples contain it. @param {import('./training.js').Samples} samples */
function classesWith({ labels, classes }) {
  return Array.from({ length: classes }, (_, i) => labels.includes(i));
}

/** @param {tfl.LayersModel} next @param {tfl.LayersModel} [part] that trains @param {boolean[]} [classes] that it knows */
function replaceModel(next, part = next, classes = knownIn(next)) {
  if (model && trained) dispose(model, trained);
  model = next;
  trained = part;
  known = classes;
  return { classes: classesOf(model), names: namesIn(model), size: sizeOf(model) };
}

/** @param {tfl.LayersModel} whole @param {tfl.LayersModel} part that trains */
function dispose(whole, part) {
  whole.dispose();
  if (part !== whole) part.dispose(); // TensorFlow.js frees the weights that models share with the last of them
}

/**
 * @param {tfl.LayersModel} part
 * @param {import('./training.js').TrainingData} data
 * @param {import('./training.js').Options & { maxSteps?: number, maxMilliseconds?: number }} options
 */
async function runSteps(part, data, { maxSteps = Infinity, maxMilliseconds = Infinity, ...options }, onStep) {
  let lastReport;
  let milliseconds = 0;
  for await (const step of train(tf, part, data, { ...options, seed: SEED })) {
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
