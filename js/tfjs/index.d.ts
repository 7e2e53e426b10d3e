/**
 * Kernels and gradients for TensorFlow.js, so that its wasm backend trains convolutional networks.
 *
 * ```js
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-backend-wasm';
 * import { registerKernels } from 'depthwise-wasm/tfjs';
 *
 * await tf.setBackend('wasm');
 * await registerKernels(tf); // model.fit trains now
 * ```
 *
 * @module depthwise-wasm/tfjs
 */

import type { Variant, WasmModule } from '../index.js';

export type { Variant };

/** The names of the kernels, as in tfjs. tfjs has no MeanGrad, FusedBatchNormGrad and ClipByValueGrad; gradients of this package call them. */
export type KernelName =
  | 'DepthwiseConv2dNative'
  | 'FusedDepthwiseConv2D'
  | 'DepthwiseConv2dNativeBackpropInput'
  | 'DepthwiseConv2dNativeBackpropFilter'
  | 'Conv2DBackpropInput'
  | 'Conv2DBackpropFilter'
  | 'MaxPoolGrad'
  | 'UnsortedSegmentSum'
  | 'FusedBatchNorm'
  | 'Mean'
  | 'Sum'
  | 'Identity'
  | 'Cast'
  | 'MeanGrad'
  | 'FusedBatchNormGrad'
  | 'ClipByValueGrad';

/** The options of {@link registerKernels}. */
export interface RegisterOptions {
  /** The backend that gets the kernels. On 'cpu', tensors are copied to and from WebAssembly. Default 'wasm'. */
  backend?: 'wasm' | 'cpu';
  /**
   * The kernels to register. Default: all. The gradient of an omitted kernel stays that of tfjs. Omit DepthwiseConv2dNative and
   * FusedDepthwiseConv2D to keep the forward pass of tfjs.
   */
  kernels?: readonly KernelName[];
  /**
   * The build of the kernels. Default: the fastest that the engine runs, or the variant of the wasm that you pass. If you pass a wasm and a
   * variant, they must match. The first call decides for all later calls.
   */
  variant?: Variant;
  /**
   * The address of depthwise-tfjs.wasm or depthwise-tfjs.relaxed.wasm; in Node also a path. Default: the file in this package. The first
   * call decides.
   */
  wasmUrl?: string | URL;
  /** The bytes of the file. An ArrayBuffer or a typed array, also of another realm. */
  wasmBinary?: ArrayBuffer | ArrayBufferView;
  /** The compiled file, for runtimes that forbid to compile from bytes. Also of another realm. */
  wasmModule?: WasmModule;
}

/** The result of {@link registerKernels}. */
export interface Registration {
  /** The backend that has the kernels now. */
  backend: 'wasm' | 'cpu';
  /** The kernels that this call registered. They replace the kernels of tfjs of the same name. */
  kernels: readonly KernelName[];
  /** The build of the kernels. */
  variant: Variant;
}

/**
 * Registers the kernels of this package in TensorFlow.js, and gradients that call them.
 *
 * On the wasm backend the kernels use the memory of tfjs, so no tensor is copied, in the plain and in the threaded build. If the internals
 * of the backend are not known, tensors are copied, and the console shows one warning. A backend that is removed and created again keeps
 * the kernels.
 *
 * tfjs has one gradient for all backends. If the current backend does not have the kernels of this package, its gradients compute what the
 * gradients of tfjs compute. They do so under a second tape (for second derivatives) too, except for convolutions, whose gradients have
 * gradients.
 *
 * Call it after all imports of tfjs: '@tensorflow/tfjs-layers' and others register gradients that replace those of this package. A second
 * call restores them.
 *
 * @param tf the namespace: `import * as tf from '@tensorflow/tfjs-core'` or from '@tensorflow/tfjs'
 * @param options default: all kernels, for the wasm backend
 * @throws (as a rejection) TypeError if an option is wrong, the backend is not imported or the bytes are not WebAssembly; Error if the wasm
 *   cannot be fetched or started. The kernels throw a TypeError with the message of tfjs if a tensor is not float32, and a RangeError if
 *   shapes do not match or memory runs out
 */
export function registerKernels(tf: any, options?: RegisterOptions): Promise<Registration>;
