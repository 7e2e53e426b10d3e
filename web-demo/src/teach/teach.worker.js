import { releaseProxy } from 'comlink';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { serve } from '../shared/worker-side.js';
import { useBackend } from './backends.js';
import { picturesOf } from './batches.js';
import { filesOf, isKept, keep, keptModel, modelFromFiles, namesIn } from './model-files.js';
import { makeNetwork } from './network.js';
import { predict, train } from './training.js';
import { letOthersRun } from './turns.js';

/** Of weights, split and batches: so they are the same on both backends, and in every training of the same samples. */
const SEED = 1;

/** @type {tfl.LayersModel | undefined} */
let model;
let isStopped = false;

tf.enableProdMode(); // it would tell the console, on the cpu backend, that there is a faster one

const api = {
  /** Loads what the backend needs. @param {import('./backends.js').Backend} backend */
  prepare: (backend) => useBackend(backend),

  /**
   * Trains a new model, which takes the place of the one before at once. Ends when it is stopped.
   *
   * @param {import('./backends.js').Backend} backend
   * @param {import('./batches.js').Samples} samples
   * @param {number} epochs
   * @param {(step: import('./training.js').Step) => void} onStep
   */
  async train(backend, samples, epochs, onStep) {
    isStopped = false;
    await useBackend(backend);
    replaceModel(makeNetwork(tfl, { seed: SEED }));
    await runSteps(trained(), samples, { epochs }, onStep);
  },

  /**
   * The first steps of the same training, with a model that is thrown away.
   *
   * @param {import('./backends.js').Backend} backend
   * @param {import('./batches.js').Samples} samples
   * @param {number} steps
   * @param {(step: import('./training.js').Step) => void} onStep
   */
  async measure(backend, samples, steps, onStep) {
    isStopped = false;
    const before = tf.getBackend();
    await useBackend(backend);
    const trial = makeNetwork(tfl, { seed: SEED });
    try {
      await runSteps(trial, samples, { epochs: steps, mostSteps: steps }, onStep);
    } finally {
      trial.dispose();
      await tf.setBackend(before);
    }
  },

  stop() {
    isStopped = true;
  },

  /** @param {Uint8Array} pixels [32, 32, 3] @returns {number[] | undefined} the classes' probabilities, or nothing before any training */
  predict(pixels) {
    return model && predict(tf, model, picturesOf(pixels, [{ index: 0 }]));
  },

  countParameters: () => model?.countParams() ?? 0,

  /** @param {string[]} names of the classes */
  files: (names) => filesOf(trained(), names),
  /** @param {string[]} names of the classes */
  keep: (names) => keep(trained(), names),
  isKept,

  /** @param {File[]} files @returns the classes' names, where they were saved too */
  async loadFiles(files) {
    return replaceModel(await modelFromFiles(files));
  },

  /** @returns the classes' names, where they were saved too */
  async loadKept() {
    return replaceModel(await keptModel());
  },
};

/** @typedef {typeof api} Api */

function trained() {
  if (!model) throw new Error('There is no model yet.');
  return model;
}

/** @param {tfl.LayersModel} next */
function replaceModel(next) {
  model?.dispose();
  model = next;
  return namesIn(model);
}

async function runSteps(trainee, samples, { epochs, mostSteps = Infinity }, onStep) {
  let told;
  for await (const step of train(tf, trainee, samples, { epochs, seed: SEED })) {
    told = onStep(step); // a call of the page; steps do not wait for it
    await letOthersRun();
    if (isStopped || step.step >= mostSteps) break;
  }
  await told; // the page has all of them before it hears that the training is over
  onStep[releaseProxy]();
}

serve(api);
