import { fetchBytes } from '../fetch-bytes.node.js';
import { makeRegisterKernels } from './register-kernels.js';

export const registerKernels = makeRegisterKernels({
  wasmUrl: new URL('../../dist/depthwise-tfjs.wasm', import.meta.url),
  fetchBytes,
});
