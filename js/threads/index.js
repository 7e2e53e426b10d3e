import { fetchResponse } from '../wasm-source.js';
import { makeStartThreads } from './start-threads.js';
import { startWorker } from './start-worker.js';

// The threads of `load` in a browser, a part that `load` imports only if several threads shall compute.

export { withSharedMemory } from '../side-module/binary.js';

export const startThreads = makeStartThreads({ fetchBytes: fetchResponse, startWorker });
