import { parentPort, workerData } from 'node:worker_threads';
import { serve } from './serve.js';

// The script of a worker in Node.
serve(workerData, () => parentPort?.postMessage('ready'));
