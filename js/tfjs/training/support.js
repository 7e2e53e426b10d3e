/** Functions of several hooks. */

/**
 * Returns the prototype of a class of tfjs-layers, or undefined if tfjs-layers is not imported. A class of `layersFor` may be registered
 * under the same name; its base class is the class of tfjs-layers.
 */
export function layerPrototype(tf, className) {
  let [layer] = tf.serialization?.SerializationMap.getMap().classNameMap[className] ?? [];
  while (layer && Object.getPrototypeOf(layer).className === className) layer = Object.getPrototypeOf(layer);
  return layer?.prototype;
}

/** Returns the only tensor of the inputs of a layer, or undefined. */
export function onlyTensorOf(inputs) {
  if (!Array.isArray(inputs)) return inputs;
  return inputs.length === 1 ? inputs[0] : undefined;
}

/** Returns whether the current backend has our kernels. The names must be those of kernels that tfjs does not have. */
export function hasKernels(tf, ...names) {
  return names.every((name) => tf.getKernel(name, tf.getBackend()) !== undefined);
}

/** Returns whether second derivatives are impossible, except through a tape that starts later and contains calls of now. */
export function isOutermost(tf) {
  return tf.engine().state.gradientDepth <= 1;
}

/** Returns whether tfjs records, and no second derivative can follow, as for isOutermost. */
export function isOnOnlyTape(tf) {
  return tf.engine().isTapeOn() && isOutermost(tf);
}

/** Returns whether the kernel of the current backend is ours. */
export function isOurKernel(tf, name) {
  const kernel = tf.getKernel(name, tf.getBackend());
  return kernel !== undefined && Symbol.for('depthwise-wasm.kernelBefore') in kernel.kernelFunc;
}

/**
 * Returns the result of an op whose gradients are computed together.
 *
 * @param {any} tf
 * @param {Record<string, any>} inputs tensors by name; undefined or null for one that is not given
 * @param {string[]} names the names of the inputs that have gradients
 * @param {object} op
 * @param {(inputs: any) => any} op.forward returns the result
 * @param {(inputs: any, dy: any, result: any) => Record<string, any>} op.backward returns the gradients
 * @param {boolean} [op.readsResult] whether `backward` reads the result
 * @param {(inputs: any) => any} op.composed returns the result of the same op, composed of ops of tfjs. For a second derivative, tfjs
 *   differentiates it
 */
export function differentiable(tf, inputs, names, { forward, backward, composed, readsResult = false }) {
  const given = Object.keys(inputs).filter((name) => inputs[name]);
  const differentiated = names.filter((name) => inputs[name]);
  const asObject = (keys, tensors) => Object.fromEntries(keys.map((name, i) => [name, tensors[i]]));
  const compute = tf.customGrad((...args) => {
    const save = args.at(-1);
    const value = forward(inputs);
    save([...given.map((name) => inputs[name]), ...(readsResult ? [value] : [])]);
    return { value, gradFunc };
  });
  return compute(...differentiated.map((name) => inputs[name]));

  function gradFunc(dy, saved) {
    const savedInputs = asObject(given, saved);
    if (!tf.engine().isTapeOn()) {
      const gradients = backward(savedInputs, dy, saved[given.length]);
      return differentiated.map((name) => gradients[name]);
    }
    const again = (...tensors) => composed({ ...savedInputs, ...asObject(differentiated, tensors) });
    return tf.grads(again)(
      differentiated.map((name) => savedInputs[name]),
      dy,
    );
  }
}
