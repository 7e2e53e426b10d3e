import * as tf from '@tensorflow/tfjs-core';
import { webglRenderer, webgpuAdapter } from './gpu.js';
import { problemOfThreads, threadsText } from './threads.js';

/**
 * Starts a backend of TensorFlow.js and makes it the current one.
 *
 * @param {'cpu' | 'wasm' | 'webgl' | 'webgpu'} name
 * @param {number} [threads] of the wasm backend; default: it picks the number
 */
export async function startTfjs(name, threads) {
  tf.enableProdMode(); // without it, the cpu backend prints to the console that faster backends exist
  const describe = await IMPORTS[name](threads);
  await activate(name);
  return { version: tf.version_core, finish: finishOf(name), ...(await describe()) };
}

/**
 * Starts a backend of TensorFlow.js. The lab calls its kernels directly, without the overhead of the engine and of the ops.
 *
 * @param {'cpu' | 'wasm' | 'webgl' | 'webgpu'} name
 * @param {number} [threads]
 */
export async function tfjsBackend(name, threads) {
  const started = await startTfjs(name, threads);
  /** @type {any} kernels use more than the declared interface of backends */
  const backend = tf.backend();
  return {
    ...started,
    problem: () => started.problem,
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

const LIMIT = 'TensorFlow.js uses at most half of the processors';
const NO_THREADS = 'the threads of TensorFlow.js do not start here';

/**
 * Downloads a backend. Each returns a function that describes what its kernels run on.
 *
 * @type {Record<string, (threads?: number) => Promise<() => Promise<{ runsOn: string, problem?: string }>>>}
 */
const IMPORTS = {
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu');
    return async () => ({ runsOn: 'JavaScript' });
  },
  async webgl() {
    await import('@tensorflow/tfjs-backend-webgl');
    return async () => ({ runsOn: String(webglRenderer()) });
  },
  async webgpu() {
    await import('@tensorflow/tfjs-backend-webgpu');
    return async () => ({ runsOn: String(await webgpuAdapter()) });
  },
  async wasm(wanted) {
    const { getThreadsCount, setThreadsCount } = await import('../shared/tfjs-wasm.js');
    if (wanted) setThreadsCount(wanted);
    return async () => {
      const hasSimd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
      // Browsers allow threads only on pages that are isolated from other sites.
      const hasThreads = await tf.env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
      const count = hasThreads ? getThreadsCount() : 1;
      return {
        runsOn: `${hasSimd ? 'SIMD' : 'no SIMD'}, ${threadsText(count)}`,
        problem: problemOfThreads(wanted, {
          count,
          reason: hasThreads ? LIMIT : NO_THREADS,
        }),
      };
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
