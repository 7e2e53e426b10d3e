/**
 * Kernels and gradients for TensorFlow.js, so that its wasm backend trains convolutional networks.
 *
 * ```js
 * import * as tf from '@tensorflow/tfjs-core';
 * import { trainOnWasm } from 'depthwise-wasm/tfjs';
 *
 * await trainOnWasm(tf); // model.fit trains now
 * ```
 *
 * If you start the backend yourself, call {@link registerKernels}.
 *
 * @module depthwise-wasm/tfjs
 */

import type { Threads, Variant, WasmModule } from '../index.js';

export type { Threads, Variant };

/**
 * The names of the kernels, as in tfjs. MaxPoolGradGrad, MeanGrad, FusedBatchNormGrad, ClipByValueGrad, SigmoidGrad, TanhGrad, ErfGrad and
 * ReluGrad are not kernels of tfjs; gradients of this package call them. The kernels named Swish…, Gelu…, BatchNorm…, LayerNorm…
 * and …Update are not kernels of tfjs either, and have no gradient; {@link hookTraining} makes the layers and optimizers of tfjs call them.
 */
export type KernelName =
  | 'DepthwiseConv2dNative'
  | 'FusedDepthwiseConv2D'
  | 'DepthwiseConv2dNativeBackpropInput'
  | 'DepthwiseConv2dNativeBackpropFilter'
  | 'Conv2D'
  | 'FusedConv2D'
  | 'Conv2DBackpropInput'
  | 'Conv2DBackpropFilter'
  | 'BatchMatMul'
  | '_FusedMatMul'
  | 'MaxPool'
  | 'MaxPoolGrad'
  | 'AvgPool'
  | 'AvgPoolGrad'
  | 'MaxPoolGradGrad'
  | 'UnsortedSegmentSum'
  | 'FusedBatchNorm'
  | 'Mean'
  | 'Sum'
  | 'ClipByValue'
  | 'Relu6'
  | 'Sign'
  | 'ResizeNearestNeighborGrad'
  | 'ResizeBilinearGrad'
  | 'Identity'
  | 'Cast'
  | 'Einsum'
  | 'Conv3D'
  | 'Conv3DBackpropInputV2'
  | 'Conv3DBackpropFilterV2'
  | 'AvgPool3D'
  | 'AvgPool3DGrad'
  | 'MaxPool3D'
  | 'MaxPool3DGrad'
  | 'Add'
  | 'Sub'
  | 'Multiply'
  | 'RealDiv'
  | 'SquaredDifference'
  | 'Maximum'
  | 'Minimum'
  | 'Exp'
  | 'Tanh'
  | 'Erf'
  | 'Sqrt'
  | 'Rsqrt'
  | 'Swish'
  | 'Gelu'
  | 'LeakyRelu'
  | 'Pow'
  | 'Tile'
  | 'SigmoidGrad'
  | 'TanhGrad'
  | 'EluGrad'
  | 'ErfGrad'
  | 'SwishGrad'
  | 'GeluGrad'
  | 'ReluGrad'
  | 'MeanGrad'
  | 'FusedBatchNormGrad'
  | 'ClipByValueGrad'
  | 'BatchNormStatistics'
  | 'BatchNormTraining'
  | 'BatchNormTrainingGrad'
  | 'Conv2DBatchNorm'
  | 'DepthwiseConv2DBatchNorm'
  | 'LayerNorm'
  | 'LayerNormGrad'
  | 'SGDUpdate'
  | 'MomentumUpdate'
  | 'NesterovMomentumUpdate'
  | 'AdamUpdate'
  | 'AdamaxUpdate'
  | 'RMSPropUpdate'
  | 'CenteredRMSPropUpdate'
  | 'AdagradUpdate'
  | 'AdadeltaUpdate';

/** The options of {@link registerKernels}. */
export interface RegisterOptions {
  /** The backend that gets the kernels. On 'cpu', tensors are copied to and from WebAssembly. Default 'wasm'. */
  backend?: 'wasm' | 'cpu';
  /**
   * The kernels to register. Default: all. If a gradient of this package needs an omitted kernel, tfjs uses its own gradient. Omit
   * DepthwiseConv2dNative and FusedDepthwiseConv2D to keep the forward pass of tfjs.
   */
  kernels?: readonly KernelName[];
  /**
   * Whether calls that the wasm backend lacks or computes wrongly run on the cpu backend, on copies. Default true. Import
   * '@tensorflow/tfjs-backend-cpu' too: without it, such a call throws an error. If false, tfjs is unchanged except for the kernels above.
   */
  fallbacks?: boolean;
  /**
   * Whether {@link hookTraining} replaces methods of tfjs. Default true. If false, the methods of tfjs are restored. No effect for the backend
   * 'cpu'.
   */
  training?: boolean;
  /**
   * Whether training in tfjs-layers runs as a plan of kernel calls. Default false. If false, the method of tfjs is restored. A model that
   * contains a layer without a plan trains as without this option, and the console names the layer. tfjs computes the loss and the metrics,
   * and calls the optimizer. The package imports a script for this option. No effect for the backend 'cpu', or if `training` is false.
   */
  compile?: boolean;
  /**
   * The number of threads that compute the kernels, including the calling thread: 'auto', or a whole number from 1 to 16. Default 'auto': as
   * many as the wasm backend of tfjs uses, at most 16. Several threads need the threaded build of this backend, which tfjs loads on a
   * cross-origin isolated page; in Node they need {@link sharedWasmPaths}. The results do not depend on the number. No effect on a backend
   * whose kernels have already run. {@link Registration.threads} is the number that computes, and the reason.
   */
  threads?: 'auto' | number;
  /**
   * The build of the kernels. Default: the fastest build that the engine runs, or the variant of the wasm that you pass. If you pass a wasm
   * and a variant, they must match. Later calls use the build of the first call.
   */
  variant?: Variant;
  /**
   * The address of depthwise-tfjs.wasm or depthwise-tfjs.relaxed.wasm; in Node also a path. Default: the file in this package. Later calls
   * use the wasm of the first call.
   */
  wasmUrl?: string | URL;
  /** The bytes of the wasm file. An ArrayBuffer or a typed array, also of another realm. */
  wasmBinary?: ArrayBuffer | ArrayBufferView;
  /**
   * The compiled wasm file, for runtimes that do not allow compilation from bytes. Also of another realm. It works with the plain build of
   * tfjs only, not with the threaded build.
   */
  wasmModule?: WasmModule;
}

/** The result of {@link registerKernels}. */
export interface Registration {
  /** The backend for which this call registered the kernels. */
  backend: 'wasm' | 'cpu';
  /** The kernels that this call registered. They replace the kernels of tfjs of the same name. */
  kernels: readonly KernelName[];
  /** The build of the kernels. */
  variant: Variant;
  /**
   * The kernels of tfjs of which some calls run on the cpu backend, on copies. Empty without the cpu backend, for `fallbacks: false`, and for
   * the backend 'cpu'. All calls with strings or complex numbers run there too, and are not in this list.
   */
  fallbacks: readonly string[];
  /** The methods of tfjs that are replaced for training, such as 'AdamOptimizer.applyGradients'. Empty for the backend 'cpu'. */
  hooks: readonly string[];
  /** The number of threads that compute the kernels, and the reason. The workers start with the first call that is large enough. */
  threads: Threads;
}

/** The result of {@link hookTraining}. */
export interface TrainingHooks {
  /** The methods that are replaced, such as 'AdamOptimizer.applyGradients'. */
  hooks: string[];
  /** Restores the methods of tfjs. */
  undo(): void;
}

/**
 * Replaces methods of tfjs, so that training and predict need less time. {@link registerKernels} calls this function by default.
 *
 * The results do not change, except for rounding. A new method calls the method of tfjs if the current backend does not have the kernels of
 * this package, and in each case that the kernels do not support. The guide lists the methods. If you import tfjs-layers later, call the
 * function again. A call turns compiled training off; the option `compile` of registerKernels turns it on.
 *
 * @param tf the namespace: `import * as tf from '@tensorflow/tfjs-core'` or from '@tensorflow/tfjs'
 */
export function hookTraining(tf: any): TrainingHooks;

/**
 * Registers the kernels of this package in TensorFlow.js, and gradients that call them.
 *
 * On the wasm backend the kernels use the memory of tfjs, so no tensor is copied, in the plain and in the threaded build. If this package
 * does not recognize the internals of the backend, tensors are copied, and the console shows one warning. A backend that is removed and
 * created again keeps the kernels.
 *
 * In tfjs, one gradient function serves all backends. If the current backend does not have the kernels of this package, the gradient
 * functions of this package call the gradient functions of tfjs. All gradients of this package have gradients.
 *
 * {@link trainOnWasm} starts the wasm backend and calls this function. Call either function after all imports of tfjs: '@tensorflow/tfjs-layers' and '@tensorflow/tfjs' register gradients that replace the gradients of this
 * package. A second call restores the gradients of this package.
 *
 * @param tf the namespace: `import * as tf from '@tensorflow/tfjs-core'` or from '@tensorflow/tfjs'
 * @param options default: all kernels, for the wasm backend
 * @throws (as a rejection) TypeError if an option is wrong, the backend is not imported or the bytes are not WebAssembly; Error if the wasm
 *   cannot be fetched, compiled or started. The kernels throw a TypeError with the message of tfjs if a tensor is not float32, and a
 *   RangeError if shapes do not match or memory runs out
 */
export function registerKernels(tf: any, options?: RegisterOptions): Promise<Registration>;

/**
 * Returns the addresses of copies of the plain build of tfjs, whose memory the threads of this package can share. Use this function in Node,
 * Bun and Deno, where tfjs does not load its threaded build.
 *
 * Before the wasm backend starts, pass the result and `true` to `setWasmPaths` of '@tensorflow/tfjs-backend-wasm'. Then pass the number of
 * threads to {@link trainOnWasm} or {@link registerKernels}. The kernels that tfjs computes run on one thread.
 *
 * @param folder the address of the folder that contains the wasm files of tfjs, with a slash at the end
 * @returns the address of each file, by its name
 * @throws (as a rejection) TypeError if the folder is not an address or a file is not WebAssembly; Error if a file cannot be read or is not
 *   one of tfjs
 * @example
 * import * as tf from '@tensorflow/tfjs-core';
 * import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
 * import { sharedWasmPaths, trainOnWasm } from 'depthwise-wasm/tfjs';
 *
 * const folder = new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'));
 * setWasmPaths(await sharedWasmPaths(folder), true);
 * await trainOnWasm(tf, { threads: 2 });
 */
export function sharedWasmPaths(folder: string | URL): Promise<Record<string, string>>;

/** The options of {@link trainOnWasm}: `wasmPaths` or `tfjsModule`, and the options of {@link registerKernels} except `backend`. */
export interface TrainOnWasmOptions extends Omit<RegisterOptions, 'backend'> {
  /**
   * The addresses of the wasm files of tfjs: the address of their folder, the address of tfjs-backend-wasm-simd.wasm, or an object with this
   * address and others, by the names of the files. Without the address of the threaded build, tfjs uses one thread. Default: tfjs looks next
   * to its script. It finds its files in Node and with the script of a CDN, but not in bundles. No effect if the backend has started.
   */
  wasmPaths?: string | URL | Partial<Record<TfjsWasmFile, string | URL>>;

  /**
   * The compiled module of tfjs-backend-wasm-simd.wasm, in place of its address, for runtimes that compile no bytes, such as Cloudflare
   * Workers. tfjs then uses one thread. No effect if the backend has started.
   */
  tfjsModule?: WasmModule;
}

/** The wasm files of @tensorflow/tfjs-backend-wasm. */
export type TfjsWasmFile =
  'tfjs-backend-wasm.wasm' | 'tfjs-backend-wasm-simd.wasm' | 'tfjs-backend-wasm-threaded-simd.wasm';

/** The result of {@link trainOnWasm}. */
export interface WasmTraining extends Registration {
  /** The folder or the addresses that this call passed to `setWasmPaths` of tfjs. undefined if it did not call `setWasmPaths`. */
  wasmPaths: string | Readonly<Record<TfjsWasmFile, string>> | undefined;
}

/**
 * Prepares TensorFlow.js for training on its wasm backend: imports this backend if it is not imported, passes the addresses of its wasm files
 * to `setWasmPaths`, sets the backend and calls {@link registerKernels}.
 *
 * Call this function after all imports of tfjs. '@tensorflow/tfjs-layers' and '@tensorflow/tfjs' register gradients that replace the
 * gradients of this package. A second call restores the gradients of this package.
 *
 * @param tf the namespace: `import * as tf from '@tensorflow/tfjs-core'` or from '@tensorflow/tfjs'
 * @param options default: all kernels; tfjs looks for its wasm files next to its script
 * @throws (as a rejection) TypeError if an option is wrong; Error if the backend cannot be imported or started; the errors of registerKernels
 */
export function trainOnWasm(tf: any, options?: TrainOnWasmOptions): Promise<WasmTraining>;
