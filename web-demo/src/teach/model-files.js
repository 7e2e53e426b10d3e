import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { CHANNELS, CLASSES, SIZE } from './network.js';

/** @typedef {import('@tensorflow/tfjs-layers').LayersModel} LayersModel */

/** Where the browser keeps the model that is to be kept. */
const KEPT = 'indexeddb://depthwise-wasm-teach';

const WEIGHTS_FILE = 'model.weights.bin';

/** A file that was chosen, or what the browser has kept, is not what this page can use. */
export class ModelError extends Error {
  name = 'ModelError';
}

/**
 * The model as the two files that tfjs downloads for `model.save('downloads://model')`, which itself only works where there is a document.
 *
 * @param {LayersModel} model
 * @param {string[]} names of the classes
 * @returns {Promise<{ name: string, content: string | ArrayBuffer }[]>}
 */
export async function filesOf(model, names) {
  /** @type {tf.io.ModelArtifacts | undefined} */
  let artifacts;
  await named(model, names).save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  const { weightData, weightSpecs, ...others } = /** @type {tf.io.ModelArtifacts} */ (artifacts);
  const json = { ...others, weightsManifest: [{ paths: [`./${WEIGHTS_FILE}`], weights: weightSpecs }] };
  return [
    { name: 'model.json', content: JSON.stringify(json) },
    { name: WEIGHTS_FILE, content: tf.io.CompositeArrayBuffer.join(weightData) },
  ];
}

/** @param {File[]} files model.json and its weights, in any order @throws ModelError */
export async function modelFromFiles(files) {
  const json = files.find(({ name }) => name.endsWith('.json'));
  if (!json) throw new ModelError('Choose model.json and model.weights.bin together.');
  const weights = files.filter((file) => file !== json);
  if (weights.length === 0)
    throw new ModelError('The weights are missing. Choose model.json and model.weights.bin together.');
  try {
    JSON.parse(await json.text()); // tfjs would fail where nobody can catch it
  } catch (error) {
    throw new ModelError(`${json.name} is not JSON: ${/** @type {Error} */ (error).message}`);
  }
  return load(tf.io.browserFiles([json, ...weights]));
}

/** @param {LayersModel} model @param {string[]} names of the classes */
export async function keep(model, names) {
  await named(model, names).save(KEPT);
}

/** @throws ModelError when none has been kept */
export async function keptModel() {
  if (!(await isKept())) throw new ModelError('This browser has kept no model of this page.');
  return load(KEPT);
}

/** False too where the browser has no place to keep it, as in some private windows. */
export async function isKept() {
  return tf.io.listModels().then(
    (models) => KEPT in models,
    () => false,
  );
}

/** @param {LayersModel} model @param {string[]} names */
function named(model, names) {
  model.setUserDefinedMetadata({ classes: names });
  return model;
}

/** @param {string | tf.io.IOHandler} source */
async function load(source) {
  const model = await loadLayersModel(source).catch((error) => {
    throw new ModelError(`TensorFlow.js cannot load it: ${error?.message ?? error}`);
  });
  const [taken, given] = [model.inputs, model.outputs].map((all) => JSON.stringify(all.map(({ shape }) => shape)));
  const [wanted, wantedGiven] = [[null, SIZE, SIZE, CHANNELS], [null, CLASSES]].map((shape) => JSON.stringify([shape])); // prettier-ignore
  if (taken === wanted && given === wantedGiven) return model;
  model.dispose();
  throw new ModelError(`It makes ${given} of ${taken}; this page's models make ${wantedGiven} of ${wanted}.`);
}

/** The names of the classes that were saved with it, where there are three. @param {LayersModel} model @returns {string[] | undefined} */
export function namesIn(model) {
  const names = /** @type {any} */ (model.getUserDefinedMetadata())?.classes;
  return Array.isArray(names) && names.length === CLASSES ? names.map(String) : undefined;
}
