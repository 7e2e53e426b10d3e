import { kindError } from '../kinds.js';
import { depthwiseConv2DOf } from './depthwise-conv2d.js';
import { registerClasses } from './register-classes.js';
import { separableConv2DOf } from './separable-conv2d.js';

const NAME = 'layersFor';

/** What was made for a class of tfjs, so that `instanceof` knows the layers of every caller. */
const made = new WeakMap();

/** @type {(tf: any, tfl?: any) => import('./index.d.ts').Layers<any>} */
export function layersFor(tf, tfl = tf) {
  const Base = checkedBase(tf, tfl);
  if (!made.has(Base)) made.set(Base, makeLayers(tf, tfl, Base));
  return made.get(Base);
}

function makeLayers(tf, tfl, Base) {
  const DepthwiseConv2D = depthwiseConv2DOf(tf, Base);
  const SeparableConv2D = separableConv2DOf(tf, classOf(tfl.layers.separableConv2d, { kernelSize: 1, filters: 1 }));
  return Object.freeze({
    DepthwiseConv2D,
    SeparableConv2D,
    depthwiseConv2d: (args) => new DepthwiseConv2D(args),
    separableConv2d: (args) => new SeparableConv2D(args),
    registerClasses: () => registerClasses(tf, [DepthwiseConv2D, SeparableConv2D]),
  });
}

function checkedBase(tf, tfl) {
  if (typeof tf?.depthwiseConv2d !== 'function' || typeof tf.serialization?.registerClass !== 'function') {
    throw kindError(NAME, 'tf', "TensorFlow.js (import * as tf from '@tensorflow/tfjs-core')", tf);
  }
  if (typeof tfl?.layers?.depthwiseConv2d !== 'function' || typeof tfl.layers.separableConv2d !== 'function') {
    throw kindError(NAME, 'tfl', "the layers of TensorFlow.js (import * as tfl from '@tensorflow/tfjs-layers')", tfl);
  }
  const Base = classOf(tfl.layers.depthwiseConv2d, { kernelSize: 1 });
  if (Base.prototype instanceof tf.serialization.Serializable) return Base;
  throw new TypeError(`Error in ${NAME}: tf must be the TensorFlow.js that tfl is built on, got another copy of it`);
}

/** tfjs does not export the classes. The name keeps it from counting one of its own, which the names of the user's layers would show. */
function classOf(make, args) {
  return make({ ...args, name: 'depthwise_wasm' }).constructor;
}
