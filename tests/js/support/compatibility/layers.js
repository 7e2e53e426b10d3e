import * as tfl from '@tensorflow/tfjs-layers';
import { load } from 'depthwise-wasm';
import { registerKernels } from 'depthwise-wasm/tfjs';
import { layersFor } from 'depthwise-wasm/tfjs-layers';

import { tf, useBackend } from '../tfjs.js';

/** The layer implementations whose columns of the third table of docs/compatibility.md are computed: how to create and call a layer. */
export const MAKERS = {
  'this layer': async () => {
    const dw = await load();
    await useBackend('cpu'); // for the tensors that the rows create
    return {
      make: (config) => new dw.DepthwiseConv2D(config),
      call: (layer, x) => layer.call({ data: x.dataSync(), shape: x.shape }),
    };
  },
  'layersFor in tfjs': async () => {
    await useBackend('wasm');
    await registerKernels(tf);
    return ofTfjs(layersFor(tf, tfl));
  },
  'tfjs-layers': async () => {
    await useBackend('cpu');
    return ofTfjs(tfl.layers);
  },
};

function ofTfjs(layers) {
  return {
    make: (config) => layers.depthwiseConv2d(config),
    call: (layer, x) => layer.apply(x),
  };
}

const maxNorm = { className: 'MaxNorm', config: { maxValue: 2, axis: 0 } };

/** The rows of the third table. Each function throws if the layer refuses the row, otherwise it returns whether the result is right. */
export const LAYER_ROWS = {
  dilationRate: ({ make, call }) => {
    const layer = make({ kernelSize: 3, dilationRate: 2 });
    return String(call(layer, tf.ones([1, 7, 7, 1])).shape) === '1,3,3,1';
  },
  'strides above 1 with a dilationRate': ({ make, call }) => {
    const layer = make({ kernelSize: 3, strides: 2, dilationRate: 2 });
    return String(call(layer, tf.ones([1, 9, 9, 1])).shape) === '1,3,3,1';
  },
  "dataFormat 'channelsFirst'": ({ make, call }) => {
    const layer = make({ kernelSize: 2, dataFormat: 'channelsFirst', depthwiseInitializer: 'ones' });
    const y = call(layer, tf.tensor4d([1, 2, 3, 4, 10, 20, 30, 40], [1, 2, 2, 2]));
    return String(y.shape) === '1,2,1,1' && String(y.dataSync()) === '10,100';
  },
  "'truncatedNormal' of VarianceScaling": ({ make, call }) => {
    const config = { scale: 1, mode: 'fanAvg', distribution: 'truncatedNormal', seed: 1 };
    const layer = make({ kernelSize: 50, depthwiseInitializer: { className: 'VarianceScaling', config } });
    call(layer, tf.ones([1, 50, 50, 1]));
    const weight = layer.getWeights()[0];
    const variance = weight.dataSync().reduce((sum, value) => sum + value * value, 0) / 2500;
    // A uniform distribution ends at √3 ≈ 1.73 standard deviations. A normal distribution that is cut off at 2 has larger values.
    return weight.dataSync().some((value) => Math.abs(value) > 1.8 * Math.sqrt(variance));
  },
  "regularizers by name, 'l1' and 'l2'": ({ make }) => Boolean(make({ kernelSize: 3, depthwiseRegularizer: 'l2' })),
  activityRegularizer: ({ make, call }) =>
    Boolean(
      call(
        make({ kernelSize: 3, activityRegularizer: { className: 'L1L2', config: { l1: 0.1, l2: 0.1 } } }),
        tf.ones([1, 5, 5, 1]),
      ),
    ),
  'depthwiseConstraint in getConfig': ({ make }) => {
    const { depthwiseConstraint } = make({ kernelSize: 3, depthwiseConstraint: structuredClone(maxNorm) }).getConfig();
    return JSON.stringify(depthwiseConstraint) === JSON.stringify(maxNorm);
  },
};

/** The rows about refusals. The verdict is 'yes' if the function throws. */
export const LAYER_REFUSALS = {
  'refuses unknown arguments': ({ make }) => make({ kernelSize: 3, dilationrate: 2 }),
  'refuses kernelInitializer': ({ make }) => make({ kernelSize: 3, kernelInitializer: 'ones' }),
  'refuses invalid sizes': ({ make }) => make({ kernelSize: 3, depthMultiplier: 0 }),
};

/** Returns the verdict on each row for a layer implementation. @returns {Promise<Record<string, 'yes' | 'no' | 'wrong'>>} */
export async function layerVerdicts(name) {
  const maker = await MAKERS[name]();
  const verdicts = {};
  for (const [row, isRight] of Object.entries(LAYER_ROWS)) {
    try {
      verdicts[row] = isRight(maker) ? 'yes' : 'wrong';
    } catch {
      verdicts[row] = 'no';
    }
  }
  for (const [row, make] of Object.entries(LAYER_REFUSALS)) {
    try {
      make(maker);
      verdicts[row] = 'no';
    } catch {
      verdicts[row] = 'yes';
    }
  }
  return verdicts;
}
