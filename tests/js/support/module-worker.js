// The worker of workers.test.js: two modules in one thread, in turn.
import { parentPort, workerData } from 'node:worker_threads';

import { freshLoad } from './another-module.js';
import { useModule } from './use-module.js';

const { rounds: count, ...options } = workerData;
const modules = [await freshLoad()(options), await freshLoad()(options)];
const rounds = [];
for (let i = 0; i < count; ++i) for (const dw of modules) rounds.push(useModule(dw));
const numTensors = modules.reduce((sum, dw) => sum + dw.memory().numTensors, 0);
parentPort.postMessage({ rounds, numTensors });
