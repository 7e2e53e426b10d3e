import * as tf from '@tensorflow/tfjs-core';

/**
 * A backend of TensorFlow.js that has been imported. Its kernels are called as the engine calls them, without what the engine and the
 * ops do around that: what costs it least.
 *
 * @param {'cpu' | 'wasm'} name
 * @param {() => Promise<string>} describe what its kernels run on, asked when the backend has started
 */
export async function tfjsContestant(name, describe) {
  await start(name);
  /** @type {any} the interface of backends has less than kernels use */
  const backend = tf.backend();
  return {
    version: tf.version_core,
    detail: await describe(),
    /** @param {any} layer @param {any} values */
    async prepare(layer, values) {
      await start(name); // new tensors are of the backend that is active
      const [x, filter, dy] = ['x', 'filter', 'dy'].map((each) => tf.tensor(values[each].data, values[each].shape));
      const calls = {};
      for (const [pass, [kernel, inputs, attrs]] of Object.entries(kernelsOf(layer, { x, filter, dy }))) {
        const kernelFunc = tf.getKernel(kernel, name)?.kernelFunc;
        if (kernelFunc) calls[pass] = () => resultOf(kernelFunc({ inputs, attrs, backend }), backend);
      }
      return { calls, dispose: () => tf.dispose([x, filter, dy]) };
    },
  };
}

async function start(name) {
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not start its ${name} backend.`);
}

/** A kernel's result is the backend's, the engine knows nothing of it. */
function resultOf(info, backend) {
  const { dataId, shape } = info;
  return { shape, dataSync: () => backend.readSync(dataId), dispose: () => backend.disposeData(dataId) };
}

/** @returns {Record<string, [string, any, any]>} */
function kernelsOf({ strides, dilations, pad }, { x, filter, dy }) {
  const attrs = { strides, dilations, pad: explicit(pad), dataFormat: 'NHWC', dimRoundingMode: null };
  return {
    forward: ['DepthwiseConv2dNative', { x, filter }, attrs],
    input: ['DepthwiseConv2dNativeBackpropInput', { dy, filter }, { ...attrs, inputShape: x.shape }],
    filter: ['DepthwiseConv2dNativeBackpropFilter', { x, dy }, { ...attrs, filterShape: filter.shape }],
  };
}

// A number is right there only for square filters.
function explicit(pad) {
  const both = [pad, pad];
  return typeof pad === 'number' ? [[0, 0], both, both, [0, 0]] : pad;
}
