import * as tf from '@tensorflow/tfjs-core';
import { webglRenderer, webgpuAdapter } from './gpu.js';

/**
 * Starts a backend of TensorFlow.js and makes it the current one.
 *
 * @param {'cpu' | 'wasm' | 'webgl' | 'webgpu'} name
 */
export async function startTfjs(name) {
  tf.enableProdMode(); // without it, the cpu backend prints to the console that faster backends exist
  const describe = await IMPORTS[name]();
  await activate(name);
  return { version: tf.version_core, runsOn: await describe(), finish: finishOf(name) };
}

/**
 * Starts a backend of TensorFlow.js. The lab calls its kernels directly, without the overhead of the engine and of the ops.
 *
 * @param {'cpu' | 'wasm' | 'webgl' | 'webgpu'} name
 */
export async function tfjsBackend(name) {
  const started = await startTfjs(name);
  /** @type {any} kernels use more than the declared interface of backends */
  const backend = tf.backend();
  return {
    ...started,
    /** @param {any} layer @param {any} values */
    async prepare(layer, values) {
      await activate(name); // new tensors belong to the active backend
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

/** Downloads a backend. Each returns a function that describes what its kernels run on. */
const IMPORTS = {
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu');
    return async () => 'JavaScript';
  },
  async webgl() {
    await import('@tensorflow/tfjs-backend-webgl');
    return async () => String(webglRenderer());
  },
  async webgpu() {
    await import('@tensorflow/tfjs-backend-webgpu');
    return async () => String(await webgpuAdapter());
  },
  async wasm() {
    const { getThreadsCount } = await import('../shared/tfjs-wasm.js');
    return async () => {
      const hasSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
      // Browsers allow threads only on pages that are isolated from other sites.
      const hasThreads = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
      const threads = hasThreads ? getThreadsCount() : 1;
      return `${hasSimd ? 'SIMD' : 'no SIMD'}, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
    };
  },
};

/** Returns a function that waits until a GPU has finished: it reads one number, which the GPU computes last. @param {string} name */
function finishOf(name) {
  if (name !== 'webgl' && name !== 'webgpu') return undefined;
  const one = tf.tensor1d([1]);
  return async () => {
    const sum = tf.add(one, one);
    // dataSync waits without a timer. WebGPU has only data.
    await (name === 'webgl' ? sum.dataSync() : sum.data());
    sum.dispose();
  };
}

/** @param {string} name */
async function activate(name) {
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not start its ${name} backend.`);
}

/** The engine does not know a result of a direct call: only the backend can read and dispose it. */
function resultOf(info, backend) {
  const { dataId, shape } = info;
  return {
    shape,
    read: () => backend.read(dataId),
    dataSync: () => backend.readSync(dataId),
    dispose: () => backend.disposeData(dataId),
  };
}

/** @returns {Record<string, [string, any, any]>} kernel, inputs and attributes of each pass */
function kernelsOf({ strides, dilations, pad }, { x, filter, dy }) {
  const attrs = { strides, dilations, pad: explicit(pad), dataFormat: 'NHWC', dimRoundingMode: null };
  return {
    forward: ['DepthwiseConv2dNative', { x, filter }, attrs],
    input: ['DepthwiseConv2dNativeBackpropInput', { dy, filter }, { ...attrs, inputShape: x.shape }],
    filter: ['DepthwiseConv2dNativeBackpropFilter', { x, dy }, { ...attrs, filterShape: filter.shape }],
  };
}

// TensorFlow.js handles a number correctly only for square filters.
function explicit(pad) {
  const both = [pad, pad];
  return typeof pad === 'number' ? [[0, 0], both, both, [0, 0]] : pad;
}
