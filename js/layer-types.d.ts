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
  | { className: string; config?: object | null }
  | { class_name: string; config?: object | null }
  | { getClassName(): string; getConfig(): object };

/** Any other spelling of a name that is listed. */
type OtherSpelling = string & {};

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

export type RegularizerName = 'l1' | 'l2' | 'l1l2' | OtherSpelling;

export type ConstraintName = 'maxNorm' | 'minMaxNorm' | 'nonNeg' | 'unitNorm' | OtherSpelling;

/** Elementwise, but for softmax and logSoftmax, which are along the last axis. */
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
  /** Height and width of the kernel. Must be given. */
  kernelSize: Steps;
  /** Output channels for each input channel. Default 1. */
  depthMultiplier?: number | null;
  /** Default 1. Above 1 only where dilationRate is 1. */
  strides?: Steps | null;
  /** Default 'valid'. */
  padding?: 'valid' | 'same' | null;
  /** Default 'channelsLast'. */
  dataFormat?: 'channelsLast' | 'channelsFirst' | 'channels_last' | 'channels_first' | null;
  /** Default 1. */
  dilationRate?: Steps | null;
  /** Default 'linear'. */
  activation?: Named<LayerActivation> | null;
  /** Default true. */
  useBias?: boolean | null;
  /** Default 'glorotUniform', as in Keras. */
  depthwiseInitializer?: Named<InitializerName> | null;
  /** Default 'zeros'. */
  biasInitializer?: Named<InitializerName> | null;
  depthwiseRegularizer?: Named<RegularizerName> | null;
  biasRegularizer?: Named<RegularizerName> | null;
  /** Of the output, divided by the batch. */
  activityRegularizer?: Named<RegularizerName> | null;
  depthwiseConstraint?: Named<ConstraintName> | null;
  biasConstraint?: Named<ConstraintName> | null;
  /** Without the batch: what build takes when it is given nothing. */
  inputShape?: PartialShape | null;
  /** With the batch; goes before inputShape. */
  batchInputShape?: PartialShape | null;
  /** The batch that goes with inputShape. */
  batchSize?: number | null;
  /** 'float32'. */
  dtype?: 'float32' | null;
  /** Default 'depthwise_conv2d', 'depthwise_conv2d_1', … */
  name?: string | null;
  /** Default true. If false, backward gives dx only. */
  trainable?: boolean | null;
  /** What setWeights takes; copied, and set by build. */
  weights?: readonly TensorLike[] | null;
}

/** A layer as getConfig of it or of tfjs, or a model file of Keras or tfjs, says it. */
export type SerializedDepthwiseConv2D =
  | { className: 'DepthwiseConv2D'; config: object }
  | { class_name: 'DepthwiseConv2D'; config: object }
  | { getClassName(): string; getConfig(): object }
  | { readonly [argument: string]: unknown };

/** A weight of a layer, in the layer's memory; also something that can be given where tensors are taken. */
export interface LayerWeight {
  readonly name: 'depthwise_kernel' | 'bias';
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
  dx: Tensor;
  gradients: { depthwise_kernel?: Tensor; bias?: Tensor };
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
   */
  build(inputShape?: PartialShape): void;

  /**
   * The output for x.
   * @param options.training whether backward is to follow, for which x and more is kept. Default false
   */
  call(x: TensorLike, options?: { training?: boolean }): Tensor;

  /**
   * Gradients at the last training call of a loss whose gradient with respect to y is dy. The losses of the regularizers are part of
   * the loss. May be repeated until setWeights or applyConstraints.
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

  /** Copies of the weights, for the caller to dispose. */
  getWeights(): Tensor[];

  /** Copies `weights`, which have the number, order and shapes of those of the layer, which must be built. */
  setWeights(weights: readonly TensorLike[]): void;

  getClassName(): 'DepthwiseConv2D';

  /** What tfjs's getConfig gives for such a layer, field by field; tfjs and fromConfig take it. */
  getConfig(): Record<string, unknown>;

  /** The layer as an entry of a model file, in Keras's spelling, which tfjs's model files have too; so JSON.stringify(layer) gives it. */
  toJSON(): { class_name: 'DepthwiseConv2D'; config: Record<string, unknown> };

  readonly isDisposed: boolean;
  /** Frees the memory. Doing so twice is harmless. */
  dispose(): void;
  [Symbol.dispose](): void;
}

export interface DepthwiseConv2DClass {
  readonly className: 'DepthwiseConv2D';
  /** @throws TypeError, RangeError for an argument that is wrong or that the layer does not have */
  new (config: DepthwiseConv2DConfig): DepthwiseConv2D;
  /** A layer of what getConfig or toJSON gave, here or in tfjs, or of a layer's entry in a model file. Without its weights. */
  fromConfig(config: SerializedDepthwiseConv2D): DepthwiseConv2D;
}
