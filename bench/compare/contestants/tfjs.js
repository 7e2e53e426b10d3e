import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

const kernels = {
  forward: 'DepthwiseConv2dNative',
  input: 'DepthwiseConv2dNativeBackpropInput',
  filter: 'DepthwiseConv2dNativeBackpropFilter',
};

setWasmPaths(fileURLToPath(new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))));

/**
 * A backend of tfjs, 'cpu' or 'wasm', with its tensors in it. Its kernels are called through the engine, which costs it less than
 * the ops that check the arguments first.
 */
export async function createTfjs(backend) {
  const activate = () => tf.setBackend(backend);
  if (!(await activate())) throw new Error(`tfjs could not start its ${backend} backend`);
  if (backend === 'cpu') await silenceBanner();
  return {
    id: `tfjs-${backend}`,
    title: `tfjs ${backend}`,
    version: tf.version_core,
    activate,
    /** To be called while the backend is active, so that the tensors become its. */
    prepare(layer, values) {
      const [x, filter, dy] = [values.x, values.filter, values.dy].map(({ data, shape }) => tf.tensor(data, shape));
      const { strides, dilations } = layer;
      const attrs = { strides, dilations, pad: padOf(layer), dataFormat: 'NHWC', dimRoundingMode: null };
      const calls = {
        forward: [{ x, filter }, attrs],
        input: [
          { dy, filter },
          { ...attrs, inputShape: x.shape },
        ],
        filter: [
          { x, dy },
          { ...attrs, filterShape: filter.shape },
        ],
      };
      const passes = {};
      for (const [pass, kernel] of Object.entries(kernels)) {
        if (!tf.getKernel(kernel, backend)) continue;
        const [inputs, attributes] = calls[pass];
        passes[pass] = () => tf.engine().runKernel(kernel, inputs, attributes);
      }
      return { passes, dispose: () => tf.dispose([x, filter, dy]) };
    },
  };
}

// tfjs takes a number to mean the padding of a square filter, and is wrong for any other.
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

// The first tensor in the cpu backend advertises tfjs-node; what is said in 'production' is only that tensor's.
async function silenceBanner() {
  tf.env().set('PROD', true);
  tf.scalar(0).dispose();
  tf.env().set('PROD', false);
}
