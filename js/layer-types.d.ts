/** The layer DepthwiseConv2D. */
import type { Shape, Steps, Tensor, TensorLike } from './index.js';

/** A shape of which not every size is known: null stands for any. */
export type PartialShape = readonly (number | null)[];

/**
 * What stands for an initializer, a regularizer or a constraint: its name (tfjs's 'glorotUniform', Keras's 'glorot_uniform' and the
 * class 'GlorotUniform' are the same), its class and configuration in either's spelling, or an object of tfjs.
 */
export type Named<Name extends string> =
  | Name
  | {
      /** As tfjs spells it in a configuration: 'GlorotUniform'. */
      className: string;
      /** Its arguments. Default: those of the class. */
      config?: object | null;
    }
  | {
      /** As Keras and model files spell it. */
      class_name: string;
      /** Its arguments. Default: those of the class. */
      config?: object | null;
    }
  | {
      /** As an object of tfjs has it. */
      getClassName(): string;
      /** Its arguments. */
      getConfig(): object;
    };

/** Any other spelling of a name that is listed. */
type OtherSpelling = string & {};

/** What the weights begin with. docs/layer.md has the parameters of each, and their defaults. */
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

/** A penalty l1 · Σ|v| + l2 · Σv² in the loss. The coefficients are 0.01 where none are given. */
export type RegularizerName = 'l1' | 'l2' | 'l1l2' | OtherSpelling;

/** Where {@link DepthwiseConv2D.applyConstraints} moves the weights. docs/layer.md has the parameters of each, and their defaults. */
export type ConstraintName = 'maxNorm' | 'minMaxNorm' | 'nonNeg' | 'unitNorm' | OtherSpelling;

/** What is done to the output. Elementwise, but for softmax and logSoftmax, which are along the last axis. */
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

/** The arguments of the layer. null and undefined stand for the default. docs/layer.md compares them with Keras's and tfjs's. */
export interface DepthwiseConv2DConfig {
  /** Height and width of the kernel, in pixels. Must be given. */
  kernelSize: Steps;
  /** Output channels for each input channel: a whole number from 1. Default 1. */
  depthMultiplier?: number | null;
  /** How far the window moves from one output to the next. Default 1. Above 1 only where dilationRate is 1. */
  strides?: Steps | null;
  /** TensorFlow's. Default 'valid'. */
  padding?: 'valid' | 'same' | null;
  /** The order of the dimensions of x and y. Default 'channelsLast'. */
  dataFormat?: 'channelsLast' | 'channelsFirst' | 'channels_last' | 'channels_first' | null;
  /** How far apart the taps of the kernel are. Default 1. */
  dilationRate?: Steps | null;
  /** Of the output, after the bias. Default 'linear'. */
  activation?: Named<LayerActivation> | null;
  /** Whether there is a weight `bias`. Default true. */
  useBias?: boolean | null;
  /** What the kernel begins with. Default 'glorotUniform', as in Keras. */
  depthwiseInitializer?: Named<InitializerName> | null;
  /** What the bias begins with. Default 'zeros'. */
  biasInitializer?: Named<InitializerName> | null;
  /** Of the kernel. Default none. */
  depthwiseRegularizer?: Named<RegularizerName> | null;
  /** Of the bias. Default none. */
  biasRegularizer?: Named<RegularizerName> | null;
  /** Of the output, divided by the batch. Default none. */
  activityRegularizer?: Named<RegularizerName> | null;
  /** Of the kernel. Default none. */
  depthwiseConstraint?: Named<ConstraintName> | null;
  /** Of the bias. Default none. */
  biasConstraint?: Named<ConstraintName> | null;
  /** Without the batch: what build takes when it is given nothing. */
  inputShape?: PartialShape | null;
  /** With the batch; goes before inputShape. */
  batchInputShape?: PartialShape | null;
  /** The batch that goes with inputShape. */
  batchSize?: number | null;
  /** 'float32', the only one there is. */
  dtype?: 'float32' | null;
  /** At most 100 bytes of UTF-8. Default 'depthwise_conv2d', 'depthwise_conv2d_1', … */
  name?: string | null;
  /** Default true. If false, backward gives dx only. */
  trainable?: boolean | null;
  /** What setWeights takes; copied, and set by build. */
  weights?: readonly TensorLike[] | null;
}

/** A layer as getConfig of it or of tfjs, or a model file of Keras or tfjs, says it. */
export type SerializedDepthwiseConv2D =
  | {
      /** tfjs's spelling. */
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
      /** As a layer has it, this one's or tfjs's. */
      getClassName(): string;
      /** The arguments. */
      getConfig(): object;
    }
  | { readonly [argument: string]: unknown };

/** A weight of a layer, in the layer's memory; also something that can be given where tensors are taken. */
export interface LayerWeight {
  /** Keras's name for it. */
  readonly name: 'depthwise_kernel' | 'bias';
  /** depthwise_kernel: `[height, width, channels, depthMultiplier]`; bias: `[channels · depthMultiplier]`. */
  readonly shape: Shape;
  /** The number of elements. */
  readonly size: number;
  /**
   * A live view, to be changed in place by whoever trains. Read the property again after anything that allocates.
   * @throws TypeError when the layer is disposed
   */
  readonly data: Float32Array;
}

/** Gradients of a loss: those of the weights that are trained, under their names. They are the caller's to dispose. */
export interface Gradients {
  /** With respect to x, of its shape. */
  dx: Tensor;
  /** With respect to the weights. Empty where `trainable` was false. */
  gradients: {
    /** Of the shape of the kernel. */
    depthwise_kernel?: Tensor;
    /** Of the shape of the bias; not there without one. */
    bias?: Tensor;
  };
}

/**
 * y = activation(x ∗ depthwise_kernel + bias), with its gradients: the layer of Keras and tfjs.
 *
 * x is `[batch, height, width, channels]`, or `[batch, channels, height, width]` with channelsFirst; y likewise, with
 * `channels · depthMultiplier` channels. depthwise_kernel is `[height, width, channels, depthMultiplier]`, bias
 * `[channels · depthMultiplier]`.
 *
 * Its memory is its own: no tidy ends it, and {@link Depthwise.memory} counts it in heapBytes only. Errors begin with
 * "Error in DepthwiseConv2D", name the argument, and leave the layer with the weights that it had.
 */
export interface DepthwiseConv2D {
  /** As given, or chosen by the layer. */
  readonly name: string;
  /** May be changed; takes effect with the next training call. */
  trainable: boolean;
  /** Whether there are weights. */
  readonly built: boolean;
  /** depthwise_kernel, and bias where the layer has one; none before build. */
  readonly weights: readonly LayerWeight[];

  /**
   * Makes the weights. `call` does so by itself when it is needed.
   * @param inputShape that of x, batch included, of which the number of channels must be known. Default: that of the configuration
   * @throws TypeError, RangeError when the shape is wrong or not there, or an initializer cannot fill it; RangeError also when memory runs out
   */
  build(inputShape?: PartialShape): void;

  /**
   * The output for x.
   * @param x `[batch, height, width, channels]`, or with the channels first
   * @param options default: no training
   * @returns y, for the caller to dispose
   * @throws TypeError, RangeError for a wrong argument; RangeError also when memory runs out
   */
  call(
    x: TensorLike,
    options?: {
      /** Whether backward is to follow, for which x and more is kept. Default false. */
      training?: boolean;
    },
  ): Tensor;

  /**
   * Gradients at the last training call of a loss whose gradient with respect to y is dy. The losses of the regularizers are part of
   * the loss. May be repeated until setWeights or applyConstraints.
   * @param dy of the shape of y
   * @throws TypeError when there was no training call, RangeError for a dy of another shape and when memory runs out
   */
  backward(dy: TensorLike): Gradients;

  /** The terms that the regularizers add to the loss, in the order kernel, bias, activity (of the last call). */
  losses(): number[];

  /** Moves the weights to where the constraints want them. After every step of training. */
  applyConstraints(): void;

  /** The shape of the output for a shape of x, both with the batch. Only the number of channels must be known. */
  computeOutputShape(inputShape: PartialShape): (number | null)[];

  /** The number of values in the weights. @throws TypeError before build */
  countParams(): number;

  /** Copies of the weights, for the caller to dispose, in the order of {@link DepthwiseConv2D.weights}. */
  getWeights(): Tensor[];

  /**
   * Copies `weights`, which have the number, order and shapes of those of the layer, which must be built.
   * @throws TypeError, RangeError when they have not, or it is not
   */
  setWeights(weights: readonly TensorLike[]): void;

  /** The name of the class, as tfjs's layers tell it. */
  getClassName(): 'DepthwiseConv2D';

  /** What tfjs's getConfig gives for such a layer, field by field; tfjs and fromConfig take it. */
  getConfig(): Record<string, unknown>;

  /** The layer as an entry of a model file, in Keras's spelling, which tfjs's model files have too; so JSON.stringify(layer) gives it. */
  toJSON(): {
    /** Keras's name of the class. */
    class_name: 'DepthwiseConv2D';
    /** The arguments, in snake_case. */
    config: Record<string, unknown>;
  };

  /** Whether {@link DepthwiseConv2D.dispose} was called. */
  readonly isDisposed: boolean;
  /** Frees the memory. Doing so twice is harmless; any other use of the layer is a TypeError afterwards. */
  dispose(): void;
  /** As {@link DepthwiseConv2D.dispose}, at the end of a block that begins with `using layer = …`. */
  [Symbol.dispose](): void;
}

/** The class of a module's layers: `dw.DepthwiseConv2D`. */
export interface DepthwiseConv2DClass {
  /** Under which tfjs and Keras know it. */
  readonly className: 'DepthwiseConv2D';
  /**
   * A layer without weights: {@link DepthwiseConv2D.build} or the first call makes them.
   * @throws TypeError, RangeError for an argument that is wrong or that the layer does not have
   */
  new (config: DepthwiseConv2DConfig): DepthwiseConv2D;
  /**
   * A layer of what getConfig or toJSON gave, here or in tfjs, or of a layer's entry in a model file. Without its weights.
   * @throws as the constructor
   */
  fromConfig(config: SerializedDepthwiseConv2D): DepthwiseConv2D;
}
