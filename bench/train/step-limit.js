import { workOf } from '../limits/limits.js';
import { sizeOf } from '../shared/reference.js';

// The least time of a training step: all multiplications and additions at the peak of the machine, and the bytes of normalization, activations
// and the optimizer at the speed of a copy.

const FLOAT_BYTES = 4;
/** Forward reads x and writes y. Backward reads x and dy and writes dx. */
const FORWARD_FLOATS = 2;
const BACKWARD_FLOATS = 3;
/** Floats read and written for each parameter: value and gradient, and both moments of Adam. */
const OPTIMIZER_FLOATS = { sgd: 3, adam: 7 };

const NORMALIZATIONS = ['BatchNormalization', 'LayerNormalization'];
const ACTIVATIONS = ['Activation', 'ReLU'];

/**
 * Returns the least work of a training step of a model: the floating-point operations of the forward pass, of the input gradients and of
 * the filter gradients, and the bytes of normalization with activations and of the optimizer.
 *
 * An input gradient counts if a layer before it is trained: not for the first layer. An activation that alone reads a normalization is
 * computed with it, so its elements do not count again.
 *
 * @param {import('@tensorflow/tfjs-layers').LayersModel} model
 * @param {number} batch
 * @param {'sgd' | 'adam'} optimizer
 */
export function stepWork(model, batch, optimizer) {
  const flops = { forward: 0, inputGradients: 0, filterGradients: 0 };
  /** Layers with trained weights, in themselves or in front of them. */
  const trained = new Set();
  let elements = 0;
  for (const layer of model.layers) {
    const before = layer.inboundNodes[0].inboundLayers;
    const isInputTrained = before.some((each) => trained.has(each));
    const isTrained = layer.trainableWeights.length > 0;
    if (isInputTrained || isTrained) trained.add(layer);
    const products = flopsOf(layer, batch);
    flops.forward += products;
    if (isInputTrained) flops.inputGradients += products;
    if (isTrained) flops.filterGradients += products;
    if (movesElements(layer)) elements += batch * sizeOf(layer.outputShape.slice(1));
  }
  const parameters = model.trainableWeights.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const bytes = {
    elementwise: FLOAT_BYTES * (FORWARD_FLOATS + BACKWARD_FLOATS) * elements,
    optimizer: FLOAT_BYTES * OPTIMIZER_FLOATS[optimizer] * parameters,
  };
  return { flops, bytes };
}

/** Returns the milliseconds of a work { flops, bytes } of stepWork at these speeds, in operations and bytes per millisecond. */
export function stepLimit({ flops, bytes }, { arithmetic, copy }) {
  const sum = (object) => Object.values(object).reduce((total, value) => total + value, 0);
  return sum(flops) / arithmetic + sum(bytes) / copy;
}

function flopsOf(layer, batch) {
  const [, ...inputShape] = layer.inboundNodes[0].inputShapes[0];
  switch (layer.getClassName()) {
    case 'Conv2D':
      return flopsOfConvolution(layer, batch, { outChannels: layer.filters });
    case 'DepthwiseConv2D':
      return flopsOfConvolution(layer, batch, { multiplier: layer.depthMultiplier });
    case 'Dense':
      return 2 * batch * sizeOf(inputShape) * layer.units;
    default:
      return 0;
  }
}

function flopsOfConvolution(layer, batch, outputs) {
  const [, height, width, channels] = layer.inboundNodes[0].inputShapes[0];
  const [filterHeight, filterWidth] = layer.kernelSize;
  const { strides, padding: pad } = layer;
  const dilations = [layer.dilationRate].flat().length === 2 ? layer.dilationRate : [1, 1];
  const shape = { batch, height, width, channels, filterHeight, filterWidth };
  return workOf({ ...shape, strides, dilations, pad, ...outputs }, 'forward').flops;
}

function movesElements(layer) {
  const name = layer.getClassName();
  if (NORMALIZATIONS.includes(name)) return true;
  if (!ACTIVATIONS.includes(name)) return false;
  const [before] = layer.inboundNodes[0].inboundLayers;
  return !(NORMALIZATIONS.includes(before.getClassName()) && before.outboundNodes.length === 1);
}
