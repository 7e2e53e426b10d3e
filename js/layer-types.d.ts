/** The layer DepthwiseConv2D. */
import type { Shape, Steps, Tensor, TensorLike } from './index.js';

/** A shape with unknown sizes: null means any size. */
export type PartialShape = readonly (number | null)[];

/**
 * An initializer, a regularizer, a constraint or an activation: a name, a class with its configuration, or an object of tfjs. You can write
 * a name in three spellings: 'glorotUniform' (tfjs), 'glorot_uniform' (Keras) and the class 'GlorotUniform'. For an activation, only the
 * first two spellings exist.
 */
export type Named<Name extends string> =
  | Name
  | {
      /** The class, as in configurations of tfjs: 'GlorotUniform'. */
      className: string;
      /** The arguments. Default: those of the class. */
      config?: object | null;
    }
  | {
      /** The class, as in Keras and in model files. */
      class_name: string;
      /** The arguments. Default: those of the class. */
      config?: object | null;
    }
  | {
      /** Returns the class. An object of tfjs has this method. */
      getClassName(): string;
      /** Returns the arguments. */
      getConfig(): object;
    };

/** Another spelling of a listed name. */
type OtherSpelling = string & {};

/** The initial values of weights. docs/layer.md lists the parameters of each initializer and their defaults. */
export type InitializerName =
  | 'zeros'
  | 'ones'
  | 'constant'
  | 'randomUniform'
  | 'randomNormal'
  | 'truncatedNormal'
  | 'varianceScaling'
  | 'glorotUniform'
  | 'glorotNormal'
  | 'heUniform'
  | 'heNormal'
  | 'leCunUniform'
  | 'leCunNormal'
  | 'orthogonal'
  | 'identity'
  | OtherSpelling;

/** A penalty l1 · Σ|v| + l2 · Σv² in the loss. The default of each coefficient in the name is 0.01. */
export type RegularizerName = 'l1' | 'l2' | 'l1l2' | OtherSpelling;

/** The constraint that {@link DepthwiseConv2D.applyConstraints} applies. docs/layer.md lists the parameters of each constraint. */
export type ConstraintName = 'maxNorm' | 'minMaxNorm' | 'nonNeg' | 'unitNorm' | OtherSpelling;

/** The activation of the output. softmax and logSoftmax are along the last axis; all other activations are elementwise. */
export type LayerActivation =
  | 'elu'
  | 'gelu'
  | 'gelu_new'
  | 'hardSigmoid'
  | 'linear'
  | 'logSoftmax'
  | 'mish'
  | 'relu'
  | 'relu6'
  | 'selu'
  | 'sigmoid'
  | 'softmax'
  | 'softplus'
  | 'softsign'
  | 'swish'
  | 'tanh'
  | OtherSpelling;

/** The arguments of the layer. null and undefined mean the default. docs/layer.md compares them with Keras and tfjs. */
export interface DepthwiseConv2DConfig {
  /** Height and width of the kernel, in pixels. Required. */
  kernelSize: Steps;
  /** Output channels for each input channel: a whole number from 1. Default 1. */
  depthMultiplier?: number | null;
  /** The distance between the windows of adjacent outputs. Default 1. Above 1 only if dilationRate is 1. */
  strides?: Steps | null;
  /** The padding, as in TensorFlow. Default 'valid'. */
  padding?: 'valid' | 'same' | null;
  /** The order of the dimensions of x and y. Default 'channelsLast'. */
  dataFormat?: 'channelsLast' | 'channelsFirst' | 'channels_last' | 'channels_first' | null;
  /** The distance between adjacent taps of the kernel. Default 1. */
  dilationRate?: Steps | null;
  /** The activation of the output, after the bias. Default 'linear'. */
  activation?: Named<LayerActivation> | null;
  /** Whether the layer has the weight `bias`. Default true. */
  useBias?: boolean | null;
  /** The initializer of the kernel. Default 'glorotUniform', as in Keras. */
  depthwiseInitializer?: Named<InitializerName> | null;
  /** The initializer of the bias. Default 'zeros'. */
  biasInitializer?: Named<InitializerName> | null;
  /** The regularizer of the kernel. Default: none. */
  depthwiseRegularizer?: Named<RegularizerName> | null;
  /** The regularizer of the bias. Default: none. */
  biasRegularizer?: Named<RegularizerName> | null;
  /** The regularizer of the output, divided by the batch. Default: none. */
  activityRegularizer?: Named<RegularizerName> | null;
  /** The constraint of the kernel. Default: none. */
  depthwiseConstraint?: Named<ConstraintName> | null;
  /** The constraint of the bias. Default: none. */
  biasConstraint?: Named<ConstraintName> | null;
  /** The shape of x without the batch. If you call build without an argument, it uses this shape. */
  inputShape?: PartialShape | null;
  /** The shape of x with the batch. Takes precedence over inputShape. */
  batchInputShape?: PartialShape | null;
  /** The batch size, used with inputShape only. */
  batchSize?: number | null;
  /** 'float32', or a dtype policy of Keras with this name. Default 'float32'. */
  dtype?: 'float32' | object | null;
  /** The name, at most 100 bytes of UTF-8. Default 'depthwise_conv2d', 'depthwise_conv2d_1', … */
  name?: string | null;
  /** Whether the weights are trained. Default true. If false, backward returns only dx. */
  trainable?: boolean | null;
  /** The weights, as for setWeights. The constructor copies these weights, and build sets them. */
  weights?: readonly TensorLike[] | null;
}

/** A layer: an entry of a model file, the result of getConfig of this layer or of tfjs, or a layer object. */
export type SerializedDepthwiseConv2D =
  | {
      /** The spelling of tfjs. */
      className: 'DepthwiseConv2D';
      /** The arguments, in camelCase or snake_case. */
      config: object;
    }
  | {
      /** The spelling of Keras and of model files. */
      class_name: 'DepthwiseConv2D';
      /** The arguments, in camelCase or snake_case. */
      config: object;
    }
  | {
      /** Returns the class. A layer of this package or of tfjs has this method. */
      getClassName(): string;
      /** Returns the arguments. */
      getConfig(): object;
    }
  | { readonly [argument: string]: unknown };

/** A weight of a layer, in the memory of the layer. Functions that take plain values also take a weight. */
export interface LayerWeight {
  /** The name, as in Keras. */
  readonly name: 'depthwise_kernel' | 'bias';
  /** depthwise_kernel: `[height, width, channels, depthMultiplier]`; bias: `[channels · depthMultiplier]`. */
  readonly shape: Shape;
  /** The number of elements. */
  readonly size: number;
  /**
   * A live view of the values. Change it in place to train. Read the property again after each call that allocates.
   * @throws TypeError if the layer is disposed
   */
  readonly data: Float32Array;
}

/** The gradients of a loss. The caller disposes of them. */
export interface Gradients {
  /** The gradient with respect to x, of the shape of x. */
  dx: Tensor;
  /** The gradients with respect to the weights. Empty if `trainable` was false. */
  gradients: {
    /** The gradient of the kernel, of the shape of the kernel. */
    depthwise_kernel?: Tensor;
    /** The gradient of the bias, of the shape of the bias. Absent if the layer has no bias. */
    bias?: Tensor;
  };
}

/**
 * The layer y = activation(x ∗ depthwise_kernel + bias) and its gradients, as in Keras and tfjs.
 *
 * x is `[batch, height, width, channels]`, or `[batch, channels, height, width]` with channelsFirst. y has the same layout and
 * `channels · depthMultiplier` channels. depthwise_kernel is `[height, width, channels, depthMultiplier]`, bias
 * `[channels · depthMultiplier]`.
 *
 * A layer owns its memory: tidy does not dispose of a layer, and {@link Depthwise.memory} counts its memory only in heapBytes. Messages of
 * errors begin with "Error in DepthwiseConv2D" and name the argument. After an error the layer has its old weights.
 */
export interface DepthwiseConv2D {
  /** The name from the arguments, or a generated name. */
  readonly name: string;
  /** Whether the weights are trained. You may change this value. A change discards the data of the last training call. */
  trainable: boolean;
  /** Whether the layer has weights. */
  readonly built: boolean;
  /** The kernel, and the bias if the layer has one. Empty before build. */
  readonly weights: readonly LayerWeight[];

  /**
   * Creates the weights. The first `call` builds the layer if needed.
   * @param inputShape the shape of x with the batch. The channels must be known. Default: the input shape of the configuration
   * @throws TypeError or RangeError if the shape is wrong or missing, or if an initializer cannot fill a weight; RangeError if memory runs
   *   out
   */
  build(inputShape?: PartialShape): void;

  /**
   * Computes the output for x.
   * @param x `[batch, height, width, channels]`, or channelsFirst
   * @param options default: no training
   * @returns y. The caller disposes of this tensor
   * @throws TypeError or RangeError if an argument is wrong; RangeError if memory runs out
   */
  call(
    x: TensorLike,
    options?: {
      /** Whether backward will follow. If true, the layer stores x and other data. Default false. */
      training?: boolean;
    },
  ): Tensor;

  /**
   * Computes the gradients of a loss for the last training call. The loss includes the penalties of the regularizers. You may repeat this
   * call until setWeights, applyConstraints or a change of `trainable`.
   * @param dy the gradient of the loss with respect to y, of the shape of y
   * @throws TypeError if there is no training call; RangeError if dy has another shape or memory runs out
   */
  backward(dy: TensorLike): Gradients;

  /**
   * Returns the penalties that the regularizers add to the loss, in the order kernel, bias, activity (of the last call). A penalty without a
   * regularizer is omitted.
   * @throws TypeError before build
   */
  losses(): number[];

  /**
   * Applies the constraints to the weights. Call it after each training step.
   * @throws TypeError before build
   */
  applyConstraints(): void;

  /** Returns the shape of the output for a shape of x, both with the batch. null is an unknown size; the channels must be known. */
  computeOutputShape(inputShape: PartialShape): (number | null)[];

  /** Returns the number of values in the weights. @throws TypeError before build */
  countParams(): number;

  /** Returns copies of the weights, in the order of {@link DepthwiseConv2D.weights}. The caller disposes of them. */
  getWeights(): Tensor[];

  /**
   * Copies `weights` into the layer. Their number, order and shapes must agree with {@link DepthwiseConv2D.weights}.
   * @throws TypeError or RangeError if number, order or shapes differ, or if the layer is not built
   */
  setWeights(weights: readonly TensorLike[]): void;

  /** Returns the name of the class, as the layers of tfjs do. */
  getClassName(): 'DepthwiseConv2D';

  /** Returns the configuration with the fields that getConfig of tfjs has. tfjs and fromConfig accept it. */
  getConfig(): Record<string, unknown>;

  /** Returns the layer as an entry of a model file, in the spelling of Keras. JSON.stringify(layer) calls this method. */
  toJSON(): {
    /** The name of the class in Keras. */
    class_name: 'DepthwiseConv2D';
    /** The arguments, in snake_case. */
    config: Record<string, unknown>;
  };

  /** True after {@link DepthwiseConv2D.dispose}. */
  readonly isDisposed: boolean;
  /** Frees the memory. A second call does nothing. Any other use of the layer is a TypeError afterwards. */
  dispose(): void;
  /** Calls {@link DepthwiseConv2D.dispose} at the end of a block with `using layer = …`. */
  [Symbol.dispose](): void;
}

/** The class of the layers of a module: `dw.DepthwiseConv2D`. */
export interface DepthwiseConv2DClass {
  /** The name of the class in tfjs and Keras. */
  readonly className: 'DepthwiseConv2D';
  /**
   * Creates a layer without weights. {@link DepthwiseConv2D.build} or the first call creates the weights.
   * @throws TypeError or RangeError if an argument is wrong or unknown
   */
  new (config: DepthwiseConv2DConfig): DepthwiseConv2D;
  /**
   * Creates a layer from the result of getConfig or toJSON, of this package or of tfjs, or from an entry of a model file. The layer is not
   * built.
   * @throws TypeError or RangeError if an argument is wrong or unknown
   */
  fromConfig(config: SerializedDepthwiseConv2D): DepthwiseConv2D;
}
