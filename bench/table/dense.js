import seedrandom from 'seedrandom';
import { measurePass } from '../shared/measure.js';

/** 1 × 1 convolutions of MobileNetV1 (α 0.25, 96 × 96 pixels, batch 8): size, input channels, output channels, number of such layers. */
const LAYERS = [
  [48, 8, 16, 1],
  [24, 16, 32, 1],
  [24, 32, 32, 1],
  [12, 32, 64, 1],
  [12, 64, 64, 1],
  [6, 64, 128, 1],
  [6, 128, 128, 5],
  [3, 128, 256, 1],
  [3, 256, 256, 1],
].map(([size, channels, outChannels, times]) => ({ batch: 8, size, channels, outChannels, times }));

const KERNEL = 'Conv2DBackpropFilter';
const PLUG_IN = 'plug-in';

/** The filter gradient of dense 1 × 1 convolution in the plug-in for tfjs. */
export const denseSection = {
  id: 'dense',
  title: 'dense filter gradient',
  weight: 2,
  steps: () => LAYERS.map((layer) => ({ ...layer, name: `${layer.size}x${layer.size}x${layer.channels}` })),
  async measure(layer, { peers, shareOfTime }) {
    const { batch, size, channels, outChannels, times } = layer;
    const values = randomValues(layer);
    const candidates = [await candidateOf('wasm', layer, values)];
    if (peers.some(({ id }) => id === 'tfjs-cpu')) candidates.push(await candidateOf('cpu', layer, values));
    const flops = 2 * batch * size * size * channels * outChannels;
    const results = await measurePass(candidates, reference(layer, values), shareOfTime(candidates.length));
    for (const { dispose } of candidates) dispose();
    return [{ shape: `${batch}x${size}x${size}x${channels},${outChannels}`, times, flops, results }];
  },
};

async function candidateOf(backendName, { channels, outChannels }, { x, dy }) {
  const { rawCall, startTfjs, tf } = await import('../shared/tfjs.js');
  const backend = await startTfjs(backendName);
  if (backendName === 'wasm') {
    const { registerKernels } = await import('depthwise-wasm/tfjs');
    await registerKernels(tf, { backend: backendName, kernels: [KERNEL] });
  }
  const tensors = [x, dy].map(({ data, shape }) => tf.tensor(data, shape));
  const attrs = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dimRoundingMode: null };
  const filterShape = [1, 1, channels, outChannels];
  const call = rawCall(backendName, backend);
  return {
    id: backendName === 'wasm' ? PLUG_IN : 'tfjs-cpu',
    activate: () => tf.setBackend(backendName),
    run: () => call(KERNEL, { x: tensors[0], dy: tensors[1] }, { ...attrs, filterShape }),
    dispose: () => tf.dispose(tensors),
  };
}

function randomValues({ batch, size, channels, outChannels }) {
  const random = seedrandom.alea('dense');
  const tensor = (depth) => {
    const values = Float32Array.from({ length: batch * size * size * depth }, () => 2 * random() - 1);
    return { shape: [batch, size, size, depth], data: values };
  };
  return { x: tensor(channels), dy: tensor(outChannels) };
}

/** Returns the gradient in float64, by the definition. */
function reference({ batch, size, channels, outChannels }, { x, dy }) {
  const data = new Float64Array(channels * outChannels);
  for (let pixel = 0; pixel < batch * size * size; ++pixel) {
    for (let c = 0; c < channels; ++c) {
      const value = x.data[pixel * channels + c];
      for (let k = 0; k < outChannels; ++k) data[c * outChannels + k] += value * dy.data[pixel * outChannels + k];
    }
  }
  return { shape: [1, 1, channels, outChannels], data };
}
