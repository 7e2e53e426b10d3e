import { kindError } from '../arguments.js';
import { batchNormalizationOf } from './batch-normalization.js';
import { depthwiseConv1DOf, separableConv1DOf } from './conv1d.js';
import { conv2DOf } from './conv2d.js';
import { depthwiseConv2DOf } from './depthwise-conv2d.js';
import { functionalOf } from './functional.js';
import { inputLayerOf } from './input-layer.js';
import { separableConv2DOf } from './separable-conv2d.js';

const NAME = 'layersFor';

/** The result of layersFor for each copy of tfjs-layers. Every caller gets the same classes, so `instanceof` works. */
const created = new WeakMap();

/** @type {(tf: any, tfl?: any) => import('./index.d.ts').Layers<any>} */
export function layersFor(tf, tfl = tf) {
  const Base = checkedBase(tf, tfl);
  if (!created.has(Base)) created.set(Base, createLayers(tf, tfl, Base));
  return created.get(Base);
}

function createLayers(tf, tfl, Base) {
  const Conv2D = conv2DOf(tf, classOf(tfl.layers.conv2d, { kernelSize: 1, filters: 1 }));
  const DepthwiseConv2D = depthwiseConv2DOf(tf, Base);
  const SeparableBase = classOf(tfl.layers.separableConv2d, { kernelSize: 1, filters: 1 });
  const SeparableConv2D = separableConv2DOf(tf, SeparableBase);
  const DepthwiseConv1D = depthwiseConv1DOf(tf, Base);
  const SeparableConv1D = separableConv1DOf(tf, SeparableBase);
  const BatchNormalization = batchNormalizationOf(tf, classOf(tfl.layers.batchNormalization, {}));
  const Functional = functionalOf(tf.serialization.SerializationMap.getMap().classNameMap.Functional[0]);
  const InputLayer = inputLayerOf(classOf(tfl.layers.inputLayer, { inputShape: [1] }));
  return Object.freeze({
    BatchNormalization,
    Conv2D,
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
    batchNormalization: (args) => new BatchNormalization(args),
    conv2d: (args) => new Conv2D(args),
    depthwiseConv1d: (args) => new DepthwiseConv1D(args),
    depthwiseConv2d: (args) => new DepthwiseConv2D(args),
    separableConv1d: (args) => new SeparableConv1D(args),
    separableConv2d: (args) => new SeparableConv2D(args),
    registerClasses() {
      const ofConvolutions = [Conv2D, DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D];
      return registerClasses(tf, [Functional, InputLayer, BatchNormalization, ...ofConvolutions]);
    },
  });
}

function checkedBase(tf, tfl) {
  if (typeof tf?.depthwiseConv2d !== 'function' || typeof tf.serialization?.registerClass !== 'function') {
    throw kindError(NAME, 'tf', "TensorFlow.js (import * as tf from '@tensorflow/tfjs-core')", tf);
  }
  const needed = ['batchNormalization', 'conv2d', 'depthwiseConv2d', 'inputLayer', 'separableConv2d'];
  if (needed.some((name) => typeof tfl?.layers?.[name] !== 'function')) {
    throw kindError(NAME, 'tfl', "the layers of TensorFlow.js (import * as tfl from '@tensorflow/tfjs-layers')", tfl);
  }
  const Base = classOf(tfl.layers.depthwiseConv2d, { kernelSize: 1 });
  if (Base.prototype instanceof tf.serialization.Serializable) return Base;
  throw new TypeError(`Error in ${NAME}: tf must be the TensorFlow.js that tfl is built on, got another copy of it`);
}

/** Returns the class of a layer, which tfjs does not export. The explicit name does not affect tfjs's automatic names. */
function classOf(make, args) {
  return make({ ...args, name: 'depthwise_wasm' }).constructor;
}

/**
 * Registers classes under their Keras names. tfjs then creates the layers of loaded models from them.
 * @returns {() => void} restores the classes that were registered before
 */
function registerClasses({ serialization }, classes) {
  const { classNameMap } = serialization.SerializationMap.getMap();
  const before = classes.map(({ className }) => classNameMap[className]?.[0]);
  for (const each of classes) serialization.registerClass(each);
  return () => {
    classes.forEach(({ className }, i) => {
      if (before[i]) serialization.registerClass(before[i]);
      else delete classNameMap[className]; // tfjs has no such layer
    });
  };
}
