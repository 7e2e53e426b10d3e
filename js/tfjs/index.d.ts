/**
 * `import { registerKernels } from 'depthwise-wasm/tfjs'`: the kernels for TensorFlow.js, so that its wasm backend trains convnets:
 *
 * ```js
 * import * as tf from '@tensorflow/tfjs-core';
 * import '@tensorflow/tfjs-backend-wasm';
 * import { registerKernels } from 'depthwise-wasm/tfjs';
 *
 * await tf.setBackend('wasm');
 * await registerKernels(tf); // from here on, model.fit trains
 * ```
 *
 * @module depthwise-wasm/tfjs
 */

import type { Variant } from '../index.js';

export type { Variant };

/**
 * The kernels, by tfjs's names. MeanGrad, FusedBatchNormGrad and ClipByValueGrad are not tfjs's: the gradients of this package call them.
 */
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

/** What {@link registerKernels} takes. */
export interface RegisterOptions {
  /** The backend that gets the kernels. On 'cpu' tensors are copied in and out of WebAssembly. Default 'wasm'. */
  backend?: 'wasm' | 'cpu';
  /**
   * Which kernels. Default: all. A gradient whose kernel is left out stays as tfjs has it. Leave out DepthwiseConv2dNative and
   * FusedDepthwiseConv2D to keep tfjs's forward pass.
   */
  kernels?: readonly KernelName[];
  /**
   * Which build of the kernels. Default: the fastest that the engine runs; of a wasm that is given by one of the options below, whichever
   * it is. With both, the wasm must be of this variant. The first call decides for all of them.
   */
  variant?: Variant;
  /**
   * Where depthwise-tfjs.wasm or depthwise-tfjs.relaxed.wasm is. Default: beside this package's code, where bundlers put them. The first
   * call decides.
   */
  wasmUrl?: string | URL;
  /** Its bytes, when you have fetched them yourself. */
  wasmBinary?: ArrayBuffer | ArrayBufferView;
}

/** What {@link registerKernels} has done. */
export interface Registration {
  /** Which backend has the kernels now. */
  backend: 'wasm' | 'cpu';
  /** What was registered now, in the place of tfjs's where there was one. */
  kernels: readonly KernelName[];
  /** Which build of them. */
  variant: Variant;
}

/**
 * Registers this package's kernels with a TensorFlow.js, and gradients that call them.
 *
 * On the wasm backend the kernels work in tfjs's own memory, so nothing is copied, in the plain and in the threaded build. Where the
 * backend is not as expected tensors are copied, with one warning on the console. A backend that is removed and made again keeps them.
 *
 * tfjs has one gradient for all backends. Ours look at the backend of the moment: where it has none of our kernels they do what tfjs's did;
 * and under a second tape (for second derivatives) too, but for convolutions, whose gradients have gradients.
 *
 * Call it when all of tfjs has been imported: gradients that come later, such as those that '@tensorflow/tfjs-layers' brings, take the
 * place of ours. Calling it again is harmless, and puts them back.
 *
 * @param tf what `import * as tf from '@tensorflow/tfjs-core'` or from '@tensorflow/tfjs' gives
 * @param options default: all kernels, for the wasm backend
 * @throws (as a rejection) TypeError when an option is wrong, the backend has not been imported or the bytes are not WebAssembly, Error
 *   when the wasm cannot be had. The kernels themselves throw a TypeError for a tensor of another type than float32, in tfjs's own words, and
 *   a RangeError for shapes that do not fit each other and when memory runs out
 */
export function registerKernels(tf: any, options?: RegisterOptions): Promise<Registration>;
