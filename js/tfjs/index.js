import { fetchResponse } from '../wasm-source.js';
import { startWorker } from '../threads/start-worker.js';
import { makeRegisterKernels } from './register.js';
import { makeSharedWasmPaths } from './shared-wasm-paths.js';
import { makeTrainOnWasm } from './train-on-wasm.js';

export { hookTraining } from './training/hooks.js';

export const sharedWasmPaths = makeSharedWasmPaths({ fetchBytes: fetchResponse });

export const registerKernels = makeRegisterKernels({ fetchBytes: fetchResponse, startWorker });

export const trainOnWasm = makeTrainOnWasm(registerKernels);
