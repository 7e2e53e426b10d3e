/** Layers for TensorFlow.js: its DepthwiseConv2D and SeparableConv2D, put right. */

/**
 * The namespace that has `layers`: of '@tensorflow/tfjs-layers' or of '@tensorflow/tfjs'. Arguments and layers have the types that it
 * gives them, so this package needs none of TensorFlow.js's.
 */
export interface LayersNamespace {
  layers: { depthwiseConv2d(args: any): any; separableConv2d(args: any): any };
}

type ArgsOf<T extends (args: any) => any> = Parameters<T>[0];

export type LayerClass<Make extends (args: any) => any, Name extends string> = {
  new (args: ArgsOf<Make>): ReturnType<Make>;
  className: Name;
  /** Passes over kernelInitializer, kernelRegularizer and kernelConstraint, which files of tf.keras have. */
  fromConfig(cls: any, config: any): any;
};

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

  /** As `tf.layers.depthwiseConv2d`. */
  depthwiseConv2d(args: ArgsOf<L['layers']['depthwiseConv2d']>): ReturnType<L['layers']['depthwiseConv2d']>;

  /** As `tf.layers.separableConv2d`. */
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
 */
export function layersFor<L extends LayersNamespace>(tf: any, tfl: L): Layers<L>;
export function layersFor<L extends LayersNamespace>(tf: L): Layers<L>;
