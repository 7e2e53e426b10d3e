import { fetchBytes } from '../fetch-bytes.node.js';
import { makeStartThreads } from './start-threads.js';
import { startWorker } from './start-worker.node.js';

// The threads of `load` in Node, a part that `load` imports only if several threads shall compute.

export { withSharedMemory } from '../side-module/binary.js';

export const startThreads = makeStartThreads({ fetchBytes, startWorker });
