import { updates } from '../kernels/optimizers.js';

/**
 * Hooks for the optimizers of tfjs. One kernel of this package computes the new value of a variable and the new state of the optimizer for
 * it; tfjs runs two (SGD) to twenty kernels (centered RMSProp). The results have the same bits. The state stays in the fields of the
 * optimizer, so the methods of tfjs create, save, load and dispose it.
 *
 * The kernels write new tensors, because other tensors may share the data, and because kernels of tfjs's wasm backend keep packed weights by
 * the id of the data. Only compiled training changes data in place: no kernel of tfjs reads the weights of a model that can be compiled.
 */

/**
 * @typedef {object} OptimizerHook
 * @property {(optimizer: any) => string} kernelOf returns the name of the kernel
 * @property {(tf: any) => Record<string, number>} [constants] returns the attrs that are not fields of the optimizer
 * @property {(tf: any, optimizer: any) => void} [finish] runs after all variables are updated, as in tfjs
 */

/** @type {Record<string, OptimizerHook>} */
const optimizers = {
  SGDOptimizer: { kernelOf: () => 'SGDUpdate' },
  MomentumOptimizer: { kernelOf: ({ useNesterov }) => (useNesterov ? 'NesterovMomentumUpdate' : 'MomentumUpdate') },
  AdamOptimizer: {
    kernelOf: () => 'AdamUpdate',
    finish(tf, { accBeta1, accBeta2, beta1, beta2 }) {
      accBeta1.assign(tf.mul(accBeta1, beta1));
      accBeta2.assign(tf.mul(accBeta2, beta2));
    },
  },
  AdamaxOptimizer: {
    kernelOf: () => 'AdamaxUpdate',
    finish(tf, { accBeta1, iteration, beta1 }) {
      iteration.assign(tf.add(iteration, 1));
      accBeta1.assign(tf.mul(accBeta1, beta1));
    },
  },
  RMSPropOptimizer: { kernelOf: ({ centered }) => (centered ? 'CenteredRMSPropUpdate' : 'RMSPropUpdate') },
  AdagradOptimizer: { kernelOf: () => 'AdagradUpdate', constants: (tf) => ({ epsilon: tf.backend().epsilon() }) },
  AdadeltaOptimizer: { kernelOf: () => 'AdadeltaUpdate' },
};

/** @type {import('./hooks.js').Hook[]} */
export const optimizerHooks = Object.entries(optimizers).map(([className, hook]) => ({
  name: `${className}.applyGradients`,
  target: (tf) => tf[className]?.prototype,
  method: 'applyGradients',
  replacement(original, tf) {
    /** @this {any} */
    function applyGradients(variableGradients) {
      if (!update(tf, this, hook, variableGradients, false)) original.call(this, variableGradients);
    }
    // For compiled training.
    applyGradients.inPlace = (optimizer, gradients) => update(tf, optimizer, hook, gradients, true);
    return applyGradients;
  },
}));

/**
 * Does what `applyGradients` of an optimizer does, and changes the data of variables in place if no other tensor holds them. No kernel of tfjs
 * may have packed these data. Returns false if tfjs must do it.
 *
 * @param {any} optimizer
 * @param {{ name: string, tensor: any }[]} gradients with TensorInfos, of which some may be undefined
 * @returns {boolean}
 */
export function applyInPlace(optimizer, gradients) {
  return optimizer.applyGradients.inPlace?.(optimizer, gradients) ?? false;
}

/** Takes a step. Returns false if tfjs must take it. */
function update(tf, optimizer, hook, variableGradients, inPlace) {
  const calls = kernelCalls(tf, optimizer, hook, variableGradients);
  if (!calls) return false;
  const backend = tf.backend();
  for (const { kernelFunc, inputs, attrs, variables } of calls) {
    // The engine takes as long as the kernel of a small variable, so it is not called.
    const results = kernelFunc({ inputs, attrs: { ...attrs, inPlace }, backend });
    variables.forEach((variable, i) => assign(backend, variable, results[i]));
  }
  tf.tidy(() => hook.finish?.(tf, optimizer));
  optimizer.incrementIterations();
  return true;
}

/** Gives the data of a result to a variable. `assign` reads data, shape and type only, so a tensor is not necessary. */
function assign(backend, variable, result) {
  if (result === variable) return;
  variable.assign(result);
  backend.disposeData(result.dataId); // the variable holds another reference
}

/**
 * Returns the kernel calls of a step, or undefined if tfjs must take the step: in the first step, in which tfjs creates the state, and for
 * everything that the kernels do not support.
 *
 * @param {any} tf
 * @param {any} optimizer
 * @param {OptimizerHook} hook
 * @param {Record<string, any> | { name: string, tensor: any }[]} variableGradients
 */
function kernelCalls(tf, optimizer, { kernelOf, constants }, variableGradients) {
  const engine = tf.engine();
  const kernel = kernelOf(optimizer);
  const kernelFunc = tf.getKernel(kernel, tf.getBackend())?.kernelFunc;
  if (engine.state.gradientDepth > 0 || !kernelFunc) return undefined;
  const { state, scalars, attrs: attrNames } = updates[kernel];
  const attrs = { ...pick(optimizer, attrNames), ...constants?.(tf) };
  if (Object.values(attrs).some((value) => typeof value !== 'number')) return undefined;
  const scalarInputs = pick(optimizer, scalars);
  if (!Object.values(scalarInputs).every((scalar) => isFloat32(scalar, []))) return undefined;

  const gradients = Array.isArray(variableGradients)
    ? variableGradients.map(({ name, tensor }) => [name, tensor])
    : Object.entries(variableGradients);
  const calls = [];
  for (const [i, [name, gradient]] of gradients.entries()) {
    const value = engine.registeredVariables[name];
    const inputs = { value, gradient, ...scalarInputs };
    const variables = [value];
    for (const list of state) {
      inputs[list] = optimizer[list]?.[i]?.variable;
      variables.push(inputs[list]);
      if (!isFloat32(inputs[list], value?.shape)) return undefined;
    }
    if (gradient === null || gradient === undefined) continue;
    if (!isFloat32(value, value?.shape) || !isFloat32(gradient, value.shape)) return undefined;
    calls.push({ kernelFunc, inputs, attrs, variables });
  }
  return calls;
}

function pick(object, names) {
  return Object.fromEntries(names.map((name) => [name, object[name]]));
}

/** Returns whether a value is a live float32 tensor of this shape. */
function isFloat32(tensor, shape) {
  return (
    tensor?.dtype === 'float32' &&
    !tensor.isDisposed &&
    tensor.shape.length === shape?.length &&
    tensor.shape.every((size, i) => size === shape[i])
  );
}
