/**
 * The layers BatchNormalization, Conv2D, DepthwiseConv2D and SeparableConv2D for TensorFlow.js, with corrections, and DepthwiseConv1D and
 * SeparableConv1D.
 *
 * Import it with `import { layersFor } from 'depthwise-wasm/tfjs-layers'`.
 *
 * @module depthwise-wasm/tfjs-layers
 */

/**
 * A namespace with `layers`: of '@tensorflow/tfjs-layers' or of '@tensorflow/tfjs'. TypeScript infers the types of arguments and layers from
 * this namespace, so this package does not import the types of TensorFlow.js.
 */
export interface LayersNamespace {
  /** `tf.layers`. */
  layers: {
    /** The function of tfjs. */
    batchNormalization(args?: any): any;
    /** The function of tfjs. */
    conv2d(args: any): any;
    /** The function of tfjs. */
    depthwiseConv2d(args: any): any;
    /** The function of tfjs. */
    separableConv2d(args: any): any;
  };
}

/**
 * The arguments of a function of `tf.layers`.
 * @typeParam T the function
 */
export type ArgsOf<T extends (args?: any) => any> = Parameters<T>[0];

/**
 * The class of a layer.
 * @typeParam Make the function of `tf.layers` with the same arguments and result
 * @typeParam Name the class name in model files
 */
export type LayerClass<Make extends (args?: any) => any, Name extends string> = {
  /**
   * Creates a layer. It takes the arguments of the tfjs layer.
   * @throws TypeError if an argument is not one of this layer, such as an argument of a dense kernel; RangeError if a dilation is invalid or
   *   combined with strides
   */
  new (args: ArgsOf<Make>): ReturnType<Make>;
  /** The class name in model files. */
  className: Name;
  /** Creates a layer from a configuration. Ignores kernelInitializer, kernelRegularizer and kernelConstraint in files of tf.keras. */
  fromConfig(cls: any, config: any): any;
};

/**
 * The arguments of a layer over sequences: the arguments of a layer of tfjs over images, but with one number for each of `kernelSize`, `strides`
 * and `dilationRate`. With causal padding, an output reads only the inputs up to its own position.
 * @typeParam T the function of `tf.layers` for images
 */
export type SequenceArgsOf<T extends (args?: any) => any> = Omit<
  ArgsOf<T>,
  'kernelSize' | 'strides' | 'dilationRate' | 'padding'
> & {
  /** The number of positions in the kernel. */
  kernelSize: number | [number];
  /** Default 1. */
  strides?: number | [number];
  /** Default 1. */
  dilationRate?: number | [number];
  /** Default 'valid'. */
  padding?: 'valid' | 'same' | 'causal';
};

/**
 * The result of {@link layersFor}.
 * @typeParam L the namespace with the layers of tfjs
 */
export interface Layers<L extends LayersNamespace> {
  /**
   * Extends the class of tfjs: the layer trains without scale or center (tfjs throws an error), and takes tensors of any rank. If `trainable` is
   * false, the layer uses its moving statistics and does not change them, as in Keras; tfjs uses the statistics of the batch.
   *
   * Gradients need the kernels of this package on the current backend (`registerKernels` of 'depthwise-wasm/tfjs'). On the cpu backend of
   * tfjs, an `axis` other than the last one needs these kernels too.
   */
  BatchNormalization: LayerClass<L['layers']['batchNormalization'], 'BatchNormalization'>;

  /**
   * Extends the class of tfjs: a layer with a dilation trains also with a linear activation, for which tfjs throws an error. The rules for
   * strides and gradients are the same as in DepthwiseConv2D.
   */
  Conv2D: LayerClass<L['layers']['conv2d'], 'Conv2D'>;

  /**
   * The layer DepthwiseConv1D of Keras, which tfjs lacks: each channel of a sequence [batch, length, channels] has its own kernels. Its
   * weights have the shapes of Keras: [kernelSize, channels, depthMultiplier] and [channels · depthMultiplier].
   */
  DepthwiseConv1D: LayerClass<
    (args: SequenceArgsOf<L['layers']['depthwiseConv2d']>) => ReturnType<L['layers']['depthwiseConv2d']>,
    'DepthwiseConv1D'
  >;

  /**
   * Extends the class of tfjs: `call` and `computeOutputShape` use `dilationRate`, and `getConfig` writes `depthwiseConstraint`. Strides
   * above 1 with a dilation are a RangeError, as in Keras up to 3.14. The arguments kernelInitializer, kernelRegularizer and
   * kernelConstraint are a TypeError; tfjs ignores them.
   *
   * The forward pass works on every backend. Gradients through a dilation need the kernels of this package on the current backend
   * (`registerKernels` of 'depthwise-wasm/tfjs'). Without them, tfjs throws an error.
   */
  DepthwiseConv2D: LayerClass<L['layers']['depthwiseConv2d'], 'DepthwiseConv2D'>;

  /**
   * The layer SeparableConv1D of Keras, which tfjs lacks. Its weights have the shapes of Keras: [kernelSize, channels, depthMultiplier],
   * [1, channels · depthMultiplier, filters] and [filters].
   */
  SeparableConv1D: LayerClass<
    (args: SequenceArgsOf<L['layers']['separableConv2d']>) => ReturnType<L['layers']['separableConv2d']>,
    'SeparableConv1D'
  >;

  /**
   * Extends the class of tfjs: with 'channelsFirst', `call` adds the bias to the channels; `pointwiseInitializer` is used; `getConfig` writes
   * `depthMultiplier`. The rules for strides and gradients are the same as in DepthwiseConv2D.
   */
  SeparableConv2D: LayerClass<L['layers']['separableConv2d'], 'SeparableConv2D'>;

  /** Creates a {@link Layers.BatchNormalization}, as `tf.layers.batchNormalization` does for its class. */
  batchNormalization(args?: ArgsOf<L['layers']['batchNormalization']>): ReturnType<L['layers']['batchNormalization']>;

  /** Creates a {@link Layers.Conv2D}, as `tf.layers.conv2d` does for its class. */
  conv2d(args: ArgsOf<L['layers']['conv2d']>): ReturnType<L['layers']['conv2d']>;

  /** Creates a {@link Layers.DepthwiseConv1D}. */
  depthwiseConv1d(args: SequenceArgsOf<L['layers']['depthwiseConv2d']>): ReturnType<L['layers']['depthwiseConv2d']>;

  /** Creates a {@link Layers.DepthwiseConv2D}, as `tf.layers.depthwiseConv2d` does for its class. */
  depthwiseConv2d(args: ArgsOf<L['layers']['depthwiseConv2d']>): ReturnType<L['layers']['depthwiseConv2d']>;

  /** Creates a {@link Layers.SeparableConv1D}. */
  separableConv1d(args: SequenceArgsOf<L['layers']['separableConv2d']>): ReturnType<L['layers']['separableConv2d']>;

  /** Creates a {@link Layers.SeparableConv2D}, as `tf.layers.separableConv2d` does for its class. */
  separableConv2d(args: ArgsOf<L['layers']['separableConv2d']>): ReturnType<L['layers']['separableConv2d']>;

  /**
   * Registers these classes, so that `loadLayersModel` and `modelFromJSON` create their layers. Without this call, these functions create
   * layers of tfjs, because model files contain the class names of Keras. `tf.layers.depthwiseConv2d` does not change. After this call, these
   * functions also read the topology of Keras 3: functional models, `batch_shape`, dtype policies and seed generators.
   * @returns a function that restores the classes that were registered before
   */
  registerClasses(): () => void;
}

/**
 * Returns the layers for a copy of TensorFlow.js. Each call for the same copy returns the same layers. Only `registerClasses` changes
 * TensorFlow.js.
 * @param tf the namespace: `import * as tf from '@tensorflow/tfjs-core'` or from '@tensorflow/tfjs'
 * @param tfl the namespace: `import * as tfl from '@tensorflow/tfjs-layers'`; not needed with '@tensorflow/tfjs'
 * @typeParam L the namespace with `layers`
 * @throws TypeError if an argument is not TensorFlow.js, or if `tf` and `tfl` are from different copies of TensorFlow.js
 */
export function layersFor<L extends LayersNamespace>(tf: any, tfl: L): Layers<L>;
/**
 * Returns the layers for '@tensorflow/tfjs', which contains the functions of both packages in one namespace.
 * @param tf the namespace: `import * as tf from '@tensorflow/tfjs'`
 * @typeParam L the namespace with `layers`
 * @throws TypeError if `tf` is not TensorFlow.js
 */
export function layersFor<L extends LayersNamespace>(tf: L): Layers<L>;
