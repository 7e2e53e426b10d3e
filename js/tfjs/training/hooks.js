import { activationHooks } from './activations.js';
import { batchNormalizationHooks } from './batch-normalization.js';
import { convolutionHooks } from './convolution.js';
import { layerNormalizationHooks } from './layer-normalization.js';
import { optimizerHooks } from './optimizers.js';
import { layerPrototype } from './support.js';
import { tapeHooks } from './tape.js';

/**
 * A hook replaces a method of an object of tfjs, such as `applyGradients` of the prototype of an optimizer.
 *
 * @typedef {object} Hook
 * @property {string} name the name in the result of hookTraining, such as 'AdamOptimizer.applyGradients'
 * @property {(tf: any) => any} target returns the object whose method is replaced, or undefined if this tfjs does not contain it
 * @property {string} method
 * @property {(original: Function, tf: any) => Function} [replacement] returns the new method. It calls `original` with the same `this` and
 *   arguments for each call that it does not support.
 */

/** @type {Hook[]} */
const hooks = [
  ...optimizerHooks,
  ...batchNormalizationHooks,
  ...layerNormalizationHooks,
  ...activationHooks,
  ...convolutionHooks,
  ...tapeHooks,
];

/** The method that compiled training replaces, a part that registerKernels imports only if it is wanted. @type {Hook} */
const compilationHook = {
  name: 'LayersModel.makeTrainFunction',
  target: (tf) => layerPrototype(tf, 'Model'),
  method: 'makeTrainFunction',
};

/** A property of our methods: the property descriptor of the method before, or undefined if the object inherited it. */
const before = Symbol.for('depthwise-wasm.methodBefore');

/**
 * Replaces methods of tfjs. Returns the names of the hooks and a function that restores the methods of tfjs. A method that is already
 * replaced is replaced again, from the method of tfjs.
 *
 * @param {any} tf
 * @param {{ compiledTraining?: Hook['replacement'] }} [options] of compiled/train-function.js. Without it, training is not compiled
 * @returns {import('../index.d.ts').TrainingHooks}
 */
export function hookTraining(tf, { compiledTraining } = {}) {
  const installed = [];
  for (const hook of [...hooks, { ...compilationHook, replacement: compiledTraining }]) {
    const { name, target, method, replacement } = hook;
    const object = target(tf);
    if (typeof object?.[method] !== 'function') continue;
    restore(object, method);
    if (!replacement) continue;
    const descriptor = Object.getOwnPropertyDescriptor(object, method);
    const ours = replacement(object[method], tf);
    ours[before] = descriptor;
    Object.defineProperty(object, method, { value: ours, writable: true, configurable: true, enumerable: false });
    installed.push({ name, object, method, ours });
  }
  return {
    hooks: installed.map(({ name }) => name),
    undo() {
      for (const { object, method, ours } of installed) if (object[method] === ours) restore(object, method);
    },
  };
}

function restore(object, method) {
  const current = object[method];
  if (!Object.hasOwn(object, method) || !(before in current)) return;
  if (current[before]) Object.defineProperty(object, method, current[before]);
  else delete object[method];
}
