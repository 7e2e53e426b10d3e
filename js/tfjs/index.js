import { fetchResponse } from '../wasm-source.js';
import { startWorker } from '../threads/start-worker.js';
import { makeRegisterKernels } from './register.js';
import { makeSharedWasmPaths } from './shared-wasm-paths.js';
import { makeTrainOnWasm } from './train-on-wasm.js';

export { hookTraining } from './training/hooks.js';

export const sharedWasmPaths = makeSharedWasmPaths({ fetchBytes: fetchResponse });

export const registerKernels = makeRegisterKernels({
  // Bundlers find the files only by literal paths. The getters read import.meta.url late, because some bundles do not have it; users of
  // such bundles pass the wasm.
  wasmUrls: {
    get 'relaxed-simd'() {
      return new URL('../../dist/depthwise-tfjs.relaxed.wasm', import.meta.url);
    },
    get simd() {
      return new URL('../../dist/depthwise-tfjs.wasm', import.meta.url);
    },
  },
  fetchBytes: fetchResponse,
  startWorker,
});

export const trainOnWasm = makeTrainOnWasm(registerKernels);
