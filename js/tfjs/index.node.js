import { fetchBytes } from '../fetch-bytes.node.js';
import { startWorker } from '../threads/start-worker.node.js';
import { makeRegisterKernels } from './register.js';
import { makeSharedWasmPaths } from './shared-wasm-paths.js';
import { makeTrainOnWasm } from './train-on-wasm.js';

export { hookTraining } from './training/hooks.js';

export const sharedWasmPaths = makeSharedWasmPaths({ fetchBytes });

export const registerKernels = makeRegisterKernels({ fetchBytes, startWorker });

export const trainOnWasm = makeTrainOnWasm(registerKernels);
