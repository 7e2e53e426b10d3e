import { startTfjs, tf } from '../tfjs-backend.js';

/**
 * A backend of tfjs, 'cpu' or 'wasm', with its tensors in it. Its kernels are called through the engine, as its users do; the ops, which
 * check the arguments first, would cost it more.
 */
export async function createTfjs(backend) {
  await startTfjs(backend);
  const call = (kernel, inputs, attrs) => tf.engine().runKernel(kernel, inputs, attrs);
  return {
    id: `tfjs-${backend}`,
    title: `tfjs ${backend}`,
    version: tf.version_core,
    activate: () => tf.setBackend(backend),
    /** To be called while the backend is active, so that the tensors become its. */
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

/** How the engine calls a kernel of the backend; its result is the backend's, not the engine's. */
export function rawCall(name, backend) {
  return (kernel, inputs, attrs) => {
    const { dataId, shape } = tf.getKernel(kernel, name).kernelFunc({ inputs, attrs, backend });
    return { shape, dataSync: () => backend.readSync(dataId), dispose: () => backend.disposeData(dataId) };
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
