import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { CHANNELS, MAX_CLASSES, MIN_CLASSES, PHOTO_SIZE, SIZE } from './network.js';

/** @typedef {import('@tensorflow/tfjs-layers').LayersModel} LayersModel */

/** The address of the model that this browser saves. */
const SAVED = 'indexeddb://depthwise-wasm-teach';

const WEIGHTS_FILE = 'model.weights.bin';
const CHOOSE_BOTH = `Choose model.json and ${WEIGHTS_FILE} together.`;

/** The page cannot use a chosen file or the saved model. */
export class ModelError extends Error {
  name = 'ModelError';
}

/**
 * Returns the model as the two files that `model.save('downloads://model')` downloads. TensorFlow.js can download only in a document, not
 * in a worker.
 *
 * @param {LayersModel} model
 * @param {string[]} names of the classes
 * @param {boolean[]} known whether the model knows each class
 * @returns {Promise<{ name: string, content: string | ArrayBuffer }[]>}
 */
export async function filesOf(model, names, known) {
  /** @type {tf.io.ModelArtifacts | undefined} */
  let artifacts;
  await named(model, names, known).save(
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
  if (!json) throw new ModelError(`The model is missing. ${CHOOSE_BOTH}`);
  const weights = files.filter((file) => file !== json);
  if (weights.length === 0) throw new ModelError(`The weights are missing. ${CHOOSE_BOTH}`);
  // TensorFlow.js would throw these errors where nobody can catch them.
  const topology = await parsed(json);
  if (!topology?.modelTopology) throw new ModelError(`${json.name} is not a model of TensorFlow.js.`);
  return load(tf.io.browserFiles([json, ...withNamesOf(topology, weights)]));
}

/**
 * Returns the weight files with the names in the model. Browsers save a second download as `model.weights (1).bin`, `model.weights(1).bin`
 * or `model.weights-2.bin`, but TensorFlow.js searches the names in the model.
 *
 * @param {any} topology the content of model.json
 * @param {File[]} files
 */
function withNamesOf({ weightsManifest }, files) {
  const groups = Array.isArray(weightsManifest) ? weightsManifest : [];
  const names = groups.flatMap(({ paths }) => (Array.isArray(paths) ? paths : [])).map((path) => String(path).split('/').at(-1) ?? ''); // prettier-ignore
  if (names.length !== files.length) return files; // TensorFlow.js reports which file is missing
  const compare = new Intl.Collator('en', { numeric: true }).compare;
  names.sort(compare);
  const inOrder = [...files].sort((a, b) => compare(a.name, b.name));
  return inOrder.map((file, i) => new File([file], names[i]));
}

/** @param {File} json */
async function parsed(json) {
  try {
    return JSON.parse(await json.text());
  } catch (error) {
    throw new ModelError(`${json.name} is not JSON: ${/** @type {Error} */ (error).message}`);
  }
}

/** Saves the model in this browser. @param {LayersModel} model @param {string[]} names of the classes @param {boolean[]} known */
export async function save(model, names, known) {
  await named(model, names, known).save(SAVED);
}

/** @throws ModelError without a saved model */
export async function savedModel() {
  if (!(await isSaved())) throw new ModelError('This browser contains no saved model of this page.');
  return load(SAVED);
}

/** Also returns false when the browser has no storage, as in some private windows. */
export async function isSaved() {
  return tf.io.listModels().then(
    (models) => SAVED in models,
    () => false,
  );
}

/** @param {LayersModel} model @param {string[]} names @param {boolean[]} known */
function named(model, names, known) {
  model.setUserDefinedMetadata({ classes: names, known });
  return model;
}

/** @param {string | tf.io.IOHandler} source */
async function load(source) {
  const model = await loadLayersModel(source).catch((error) => {
    const text = error?.message ?? String(error);
    if (/Float32Array/.test(text)) throw new ModelError('The file of the weights is too short for the model.');
    throw new ModelError(`TensorFlow.js cannot load it: ${text}`);
  });
  const [input, output] = [model.inputs, model.outputs].map((all) => JSON.stringify(all.map(({ shape }) => shape)));
  const expectedInputs = [SIZE, PHOTO_SIZE].map((size) => JSON.stringify([[null, size, size, CHANNELS]]));
  const classes = classesOf(model);
  const isExpected = expectedInputs.includes(input) && output === JSON.stringify([[null, classes]]);
  const isFinite = model.getWeights().every((weights) => weights.dataSync().every(Number.isFinite));
  if (isExpected && classes >= MIN_CLASSES && classes <= MAX_CLASSES && isFinite) return model;
  model.dispose();
  if (!isFinite) throw new ModelError('Its weights contain NaN or infinity.');
  throw new ModelError(
    `Its input must be ${expectedInputs.join(' or ')} and its output [[null,classes]] with ${MIN_CLASSES} to ${MAX_CLASSES} classes, got ${input} and ${output}.`,
  );
}

/** Returns the number of classes that the model distinguishes. @param {LayersModel} model */
export function classesOf(model) {
  return Number(model.outputs[0].shape.at(-1));
}

/** Returns the side length of the pictures that the model expects. @param {LayersModel} model */
export function sizeOf(model) {
  return Number(model.inputs[0].shape[1]);
}

/** Returns the names of the classes in the metadata of the model, or undefined. @param {LayersModel} model @returns {string[] | undefined} */
export function namesIn(model) {
  const names = /** @type {any} */ (model.getUserDefinedMetadata())?.classes;
  return Array.isArray(names) && names.length === classesOf(model) ? names.map(String) : undefined;
}

/** Returns for each class whether the model was trained on examples of it. Models without this metadata know all. @param {LayersModel} model */
export function knownIn(model) {
  const { known } = /** @type {any} */ (model.getUserDefinedMetadata()) ?? {};
  return Array.from({ length: classesOf(model) }, (_, i) => !Array.isArray(known) || Boolean(known[i] ?? true));
}
