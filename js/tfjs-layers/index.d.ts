/**
 * `import { layersFor } from 'depthwise-wasm/tfjs-layers'`: layers for TensorFlow.js: its DepthwiseConv2D and SeparableConv2D, put right.
 *
 * @module depthwise-wasm/tfjs-layers
 */

/**
 * The namespace that has `layers`: of '@tensorflow/tfjs-layers' or of '@tensorflow/tfjs'. Arguments and layers have the types that it
 * gives them, so this package needs none of TensorFlow.js's.
 */
export interface LayersNamespace {
  /** `tf.layers`. */
  layers: {
    /** tfjs's own. */
    depthwiseConv2d(args: any): any;
    /** tfjs's own. */
    separableConv2d(args: any): any;
  };
}

/**
 * What a function of `tf.layers` takes.
 * @typeParam T the function
 */
export type ArgsOf<T extends (args: any) => any> = Parameters<T>[0];

/**
 * The class of a layer.
 * @typeParam Make the function of `tf.layers` whose arguments and layers it has
 * @typeParam Name what files call it
 */
export type LayerClass<Make extends (args: any) => any, Name extends string> = {
  /**
   * A layer, with the arguments that tfjs's has.
   * @throws TypeError for the arguments of a dense kernel, RangeError for a dilation that is none or beside strides
   */
  new (args: ArgsOf<Make>): ReturnType<Make>;
  /** What files call it. */
  className: Name;
  /** Passes over kernelInitializer, kernelRegularizer and kernelConstraint, which files of tf.keras have. */
  fromConfig(cls: any, config: any): any;
};

/**
 * The layers for a TensorFlow.js: what {@link layersFor} gives.
 * @typeParam L the namespace that has tfjs's own
 */
export interface Layers<L extends LayersNamespace> {
  /**
   * Extends tfjs's class: `call` and `computeOutputShape` know `dilationRate`, and `getConfig` writes `depthwiseConstraint`. Strides above
   * 1 beside a dilation are a RangeError, as in Keras up to 3.14; kernelInitializer, kernelRegularizer and kernelConstraint, which tfjs
   * passes over, a TypeError.
   *
   * The forward pass works on every backend. Through a dilation, gradients need the kernels of this package on the backend in use
   * (`registerKernels` of 'depthwise-wasm/tfjs'); elsewhere tfjs's error says that it does not support them.
   */
  DepthwiseConv2D: LayerClass<L['layers']['depthwiseConv2d'], 'DepthwiseConv2D'>;

  /**
   * Extends tfjs's class, which knows `dilationRate`: with 'channelsFirst' the bias is added to the channels, `pointwiseInitializer` is
   * used, and `getConfig` writes `depthMultiplier`. About strides and about gradients as DepthwiseConv2D.
   */
  SeparableConv2D: LayerClass<L['layers']['separableConv2d'], 'SeparableConv2D'>;

  /** As `tf.layers.depthwiseConv2d`, with this class. */
  depthwiseConv2d(args: ArgsOf<L['layers']['depthwiseConv2d']>): ReturnType<L['layers']['depthwiseConv2d']>;

  /** As `tf.layers.separableConv2d`, with this class. */
  separableConv2d(args: ArgsOf<L['layers']['separableConv2d']>): ReturnType<L['layers']['separableConv2d']>;

  /**
   * Makes `loadLayersModel` and `modelFromJSON` build these classes for what files call DepthwiseConv2D and SeparableConv2D. Without it
   * they build tfjs's, also from a model that was saved with these: files have Keras's names. `tf.layers.depthwiseConv2d` stays as it is.
   * @returns a function that puts back the classes that were registered before
   */
  registerClasses(): () => void;
}

/**
 * The layers for a TensorFlow.js, the same ones each time. Nothing of it changes but by `registerClasses`.
 * @param tf what `import * as tf from '@tensorflow/tfjs-core'` or from '@tensorflow/tfjs' gives
 * @param tfl what `import * as tfl from '@tensorflow/tfjs-layers'` gives; not needed beside the tf of '@tensorflow/tfjs'
 * @typeParam L the namespace that has `layers`
 * @throws TypeError when one of them is no TensorFlow.js, or they are two copies of it
 */
export function layersFor<L extends LayersNamespace>(tf: any, tfl: L): Layers<L>;
/**
 * The same for '@tensorflow/tfjs', which has both in one namespace.
 * @param tf what `import * as tf from '@tensorflow/tfjs'` gives
 * @typeParam L the namespace that has `layers`
 * @throws TypeError when it is no TensorFlow.js
 */
export function layersFor<L extends LayersNamespace>(tf: L): Layers<L>;
