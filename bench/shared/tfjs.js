import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

setWasmPaths(fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))));

export { tf };

/** Makes a backend of tfjs, 'cpu' or 'wasm', the current one and returns it. */
export async function startTfjs(backend) {
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs could not start its ${backend} backend`);
  if (backend === 'cpu') silenceBanner();
  return tf.backend();
}

// The first tensor in the cpu backend prints an advertisement for tfjs-node, except in production mode.
function silenceBanner() {
  tf.env().set('PROD', true);
  tf.scalar(0).dispose();
  tf.env().set('PROD', false);
}

/**
 * Returns a backend of tfjs, 'cpu' or 'wasm'. Its kernels are called through tfjs's engine, which takes less time than the ops, which check
 * their arguments first.
 */
export async function createTfjs(backend) {
  await startTfjs(backend);
  const call = (kernel, inputs, attrs) => tf.engine().runKernel(kernel, inputs, attrs);
  return {
    id: `tfjs-${backend}`,
    title: `tfjs ${backend}`,
    version: tf.version_core,
    activate: () => tf.setBackend(backend),
    /** Call this while the backend is active: tensors belong to the current backend. */
    prepare(layer, values) {
      const { x, filter, dy, bias } = Object.fromEntries(
        Object.entries(values).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]),
      );
      const passes = {};
      for (const [pass, [kernel, inputs, attrs]] of Object.entries(callsOf(layer, { x, filter, dy, bias }))) {
        if (tf.getKernel(kernel, backend)) passes[pass] = () => call(kernel, inputs, attrs);
      }
      return { passes, dispose: () => tf.dispose([x, filter, dy, bias]) };
    },
  };
}

function callsOf(layer, { x, filter, dy, bias }) {
  const { strides, dilations } = layer;
  const attrs = { strides, dilations, pad: padOf(layer), dataFormat: 'NHWC', dimRoundingMode: null };
  return {
    forward: ['DepthwiseConv2dNative', { x, filter }, attrs],
    fused: ['FusedDepthwiseConv2D', { x, filter, bias }, { ...attrs, activation: 'relu6' }],
    input: ['DepthwiseConv2dNativeBackpropInput', { dy, filter }, { ...attrs, inputShape: x.shape }],
    filter: ['DepthwiseConv2dNativeBackpropFilter', { x, dy }, { ...attrs, filterShape: filter.shape }],
  };
}

/** Returns a tensor in a backend that is not registered in tfjs's engine, and neither are the results of rawCall. */
export function rawTensor(backend, { data, shape }) {
  return { dataId: backend.write(data, shape, 'float32'), shape, dtype: 'float32' };
}

/** Returns a function that calls a kernel with rawTensors directly, or undefined without a kernel. */
export function rawCall(kernel, backend, inputs, attrs) {
  if (!kernel) return undefined;
  return () => {
    const { dataId, shape } = kernel.kernelFunc({ inputs, attrs, backend });
    return { shape, dataSync: () => backend.readSync(dataId), dispose: () => backend.disposeData(dataId) };
  };
}

// tfjs computes the output shape of numeric padding as if the filter were square.
function padOf({ pad }) {
  return typeof pad === 'number'
    ? [
        [0, 0],
        [pad, pad],
        [pad, pad],
        [0, 0],
      ]
    : pad;
}
