import { sizeOf } from '../../ops.js';
import { layerPrototype } from '../training/support.js';

/**
 * The layers that can be compiled, as kernel calls.
 *
 * @typedef {object} Shapes the shapes of symbolic tensors, in which null is an unknown size
 * @property {(number | null)[][]} inputShapes
 * @property {(number | null)[]} shape the shape of the output
 *
 * @typedef {(graph: import('./graph.js').Graph, layer: any, inputs: any[], shapes: Shapes, tf: any) => any} Description adds the calls of a
 *   layer and returns the value of its output, or undefined for a layer that it cannot describe
 */

/** @type {Record<string, Description>} */
const layers = {
  Conv2D: (graph, layer, [x]) =>
    hasChannelsLast(layer) && ['same', 'valid'].includes(layer.padding)
      ? activate(graph, layer, convolve(graph, 'FusedConv2D', layer, x, layer.kernel, layer.bias))
      : undefined,

  DepthwiseConv2D: (graph, layer, [x]) =>
    hasChannelsLast(layer) && (isOfThisPackage(layer) || !isDilated(layer)) // the layer of tfjs ignores dilations
      ? activate(graph, layer, convolve(graph, 'FusedDepthwiseConv2D', layer, x, layer.depthwiseKernel, layer.bias))
      : undefined,

  SeparableConv2D(graph, layer, [x]) {
    if (!hasChannelsLast(layer)) return undefined;
    const spatial = convolve(graph, 'FusedDepthwiseConv2D', layer, x, layer.depthwiseKernel);
    const pointwise = { strides: [1, 1], padding: 'valid', dilationRate: [1, 1] };
    return activate(
      graph,
      layer,
      convolve(graph, 'FusedConv2D', pointwise, spatial, layer.pointwiseKernel, layer.bias),
    );
  },

  Conv2DTranspose(graph, layer, [x], { shape }) {
    if (!hasChannelsLast(layer) || !isKnown(shape)) return undefined;
    const attrs = ({ dy }) => ({
      ...{ strides: layer.strides, pad: layer.padding, dataFormat: 'NHWC', dilations: [1, 1] },
      inputShape: [dy.shape[0], ...shape.slice(1)],
    });
    const y = graph.call('Conv2DBackpropInput', { dy: x, filter: layer.kernel }, attrs);
    return activate(graph, layer, layer.bias ? graph.call('Add', { a: y, b: layer.bias }) : y);
  },

  Dense(graph, layer, [x], { inputShapes: [inputShape], shape }) {
    const isMatrix = inputShape.length === 2;
    if (!isMatrix && !isKnown(shape)) return undefined;
    const rows = isMatrix ? x : reshape(graph, x, [inputShape.at(-1)]);
    const attrs = { transposeA: false, transposeB: false, activation: 'linear' };
    const y = graph.call('_FusedMatMul', { a: rows, b: layer.kernel, bias: layer.bias }, attrs);
    return activate(graph, layer, isMatrix ? y : reshape(graph, y, shape.slice(1)));
  },

  BatchNormalization(graph, layer, [x], { inputShapes: [inputShape] }) {
    const { gamma: scale, beta: offset, movingMean, movingVariance, momentum, epsilon: varianceEpsilon } = layer;
    if (inputShape.length < 2 || ![-1, inputShape.length - 1].includes(layer.axis)) return undefined;
    if (isOfThisPackage(layer) && !layer.trainable) {
      const inputs = { x, mean: movingMean, variance: movingVariance, scale, offset };
      return graph.call('FusedBatchNorm', inputs, { varianceEpsilon });
    }
    const inputs = { x, movingMean, movingVariance };
    const { results, writes } = graph.add('BatchNormStatistics', inputs, { momentum }, 4);
    const [mean, variance, movedMean, movedVariance] = results;
    writes.push({ weight: movingMean, value: movedMean }, { weight: movingVariance, value: movedVariance });
    const attrs = { varianceEpsilon, low: -Infinity, high: Infinity };
    return graph.call('BatchNormTraining', { x, mean, variance, scale, offset }, attrs);
  },

  LayerNormalization(graph, { axis, gamma: scale, beta: offset, epsilon }, [x], { inputShapes: [{ length }] }) {
    const areLast = axis.every((each, i) => each === length - axis.length + i);
    return areLast && length >= 2
      ? graph.call('LayerNorm', { x, scale, offset }, { epsilon, rank: axis.length })
      : undefined;
  },

  Activation: (graph, layer, [x]) => activate(graph, layer, x),

  ReLU(graph, { maxValue }, [x]) {
    if (maxValue === 6) return graph.call('Relu6', { x });
    const y = graph.call('Relu', { x });
    if (maxValue === null || maxValue === undefined) return y;
    if (!(maxValue >= 0)) return undefined;
    return graph.call('ClipByValue', { x: y }, { clipValueMin: 0, clipValueMax: maxValue });
  },

  LeakyReLU: (graph, { alpha }, [x]) => graph.call('LeakyRelu', { x }, { alpha }),

  Softmax: (graph, { axis }, [x], { shape }) =>
    [-1, shape.length - 1].includes(axis) ? activations.softmax(graph, x) : undefined,

  Add: (graph, layer, inputs, { inputShapes }) =>
    haveEqualRanks(inputShapes) ? inputs.reduce((a, b) => graph.call('Add', { a, b })) : undefined,

  Multiply: (graph, layer, inputs, { inputShapes }) =>
    haveEqualRanks(inputShapes) ? inputs.reduce((a, b) => graph.call('Multiply', { a, b })) : undefined,

  Concatenate: (graph, { axis }, inputs, { shape: { length } }) =>
    axis >= -1 ? graph.call('Concat', inputs, { axis: axis === -1 ? length - 1 : axis }) : undefined,

  MaxPooling2D: (graph, layer, [x]) => (hasChannelsLast(layer) ? pool(graph, 'MaxPool', layer, x) : undefined),

  AveragePooling2D: (graph, layer, [x]) => (hasChannelsLast(layer) ? pool(graph, 'AvgPool', layer, x) : undefined),

  GlobalAveragePooling2D: (graph, layer, [x]) =>
    hasChannelsLast(layer) ? graph.call('Mean', { x }, { axis: [1, 2], keepDims: false }) : undefined,

  UpSampling2D(graph, layer, [x], { shape }) {
    const kernel = { nearest: 'ResizeNearestNeighbor', bilinear: 'ResizeBilinear' }[layer.interpolation];
    if (!kernel || !hasChannelsLast(layer) || !isKnown(shape)) return undefined;
    return graph.call(kernel, { images: x }, { size: shape.slice(1, 3), alignCorners: false, halfPixelCenters: false });
  },

  ZeroPadding2D: (graph, layer, [x]) =>
    hasChannelsLast(layer)
      ? graph.call('PadV2', { x }, { paddings: [[0, 0], ...layer.padding, [0, 0]], constantValue: 0 })
      : undefined,

  Flatten: (graph, layer, [x], { shape }) =>
    layer.dataFormat !== 'channelsFirst' && isKnown(shape) ? reshape(graph, x, shape.slice(1)) : undefined,

  Reshape: (graph, layer, [x], { shape }) => (isKnown(shape) ? reshape(graph, x, shape.slice(1)) : undefined),

  Dropout(graph, { rate, noiseShape, seed }, [x], shapes, tf) {
    if (!(rate > 0 && rate < 1)) return x;
    const factors = graph.call(({ x: { shape } }) => tf.dropout(tf.ones(shape), rate, noiseShape, seed), { x });
    return graph.call('Multiply', { a: x, b: factors });
  },
};

/** The activations, by their names in tfjs-layers. @type {Record<string, (graph: import('./graph.js').Graph, x: any) => any>} */
const activations = {
  linear: (graph, x) => x,
  relu: (graph, x) => graph.call('Relu', { x }),
  relu6: (graph, x) => graph.call('Relu6', { x }),
  elu: (graph, x) => graph.call('Elu', { x }),
  sigmoid: (graph, x) => graph.call('Sigmoid', { x }),
  tanh: (graph, x) => graph.call('Tanh', { x }),
  swish: (graph, x) => graph.call('Swish', { x }),
  gelu: (graph, x) => graph.call('Gelu', { x }),
  softmax: (graph, logits) => graph.call('Softmax', { logits }, ({ logits: { shape } }) => ({ dim: shape.length - 1 })),
};

/**
 * Adds the kernel calls of a layer, and returns the value of its output, or undefined for a layer that is not known.
 *
 * @param {any} tf
 * @param {import('./graph.js').Graph} graph
 * @param {any} layer
 * @param {any[]} inputs
 * @param {Shapes} shapes
 */
export function callsOf(tf, graph, layer, inputs, shapes) {
  const name = layer.getClassName();
  return Object.hasOwn(layers, name) && isUnchanged(tf, layer)
    ? layers[name](graph, layer, inputs, shapes, tf)
    : undefined;
}

/** A property of the classes of `layersFor`. Their layers honour `dilationRate`, and `trainable` of batch normalization. */
const ofThisPackage = Symbol.for('depthwise-wasm.layer');

function isOfThisPackage(layer) {
  return Object.hasOwn(layer.constructor, ofThisPackage); // not the classes that a user derives
}

/** Returns whether a layer is a model of tfjs-layers, without code of a user. */
export function isModel(tf, layer) {
  return ['Model', 'Functional', 'Sequential'].includes(layer.getClassName()) && isUnchanged(tf, layer);
}

/** Returns whether a layer is of tfjs-layers or of `layersFor`, without code of a user. */
function isUnchanged(tf, layer) {
  const { _callHook: callHook, activityRegularizer } = layer;
  const isOfTfjs = Object.getPrototypeOf(layer) === layerPrototype(tf, layer.getClassName());
  return (isOfTfjs || isOfThisPackage(layer)) && !Object.hasOwn(layer, 'call') && !callHook && !activityRegularizer;
}

function hasChannelsLast({ dataFormat }) {
  return dataFormat === undefined || dataFormat === null || dataFormat === 'channelsLast';
}

function isDilated({ dilationRate }) {
  return [dilationRate].flat().some((rate) => rate !== undefined && rate !== 1);
}

/** Returns whether all sizes but the number of examples are known. */
function isKnown(shape) {
  return shape.slice(1).every((size) => size !== null);
}

/** Layers of tfjs that merge tensors of several ranks do not broadcast as kernels do. */
function haveEqualRanks(shapes) {
  return shapes.every(({ length }) => length === shapes[0].length);
}

function activate(graph, { activation }, x) {
  const name = activation?.getClassName() ?? 'linear';
  return Object.hasOwn(activations, name) ? activations[name](graph, x) : undefined;
}

function convolve(graph, kernel, { strides, padding: pad, dilationRate }, x, filter, bias) {
  const dilations = isDilated({ dilationRate }) ? dilationRate : [1, 1];
  return graph.call(kernel, { x, filter, bias }, { strides, pad, dilations, dataFormat: 'NHWC', activation: 'linear' });
}

function pool(graph, kernel, { poolSize: filterSize, strides, padding: pad }, x) {
  return graph.call(kernel, { x }, { filterSize, strides, pad });
}

/** Returns x with another shape of each example. */
function reshape(graph, x, shape) {
  return graph.call('Reshape', { x }, ({ x }) => ({ shape: [sizeOf(x.shape) / sizeOf(shape), ...shape] }));
}
