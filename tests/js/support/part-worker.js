import { parentPort, workerData } from 'node:worker_threads';

import { WorkerControl } from '../../../js/threads/control.js';
import { writePart } from './write-part.js';

// A worker of a pool whose parts are written in JavaScript. Each part writes words of the shared memory. With a fate, the worker does not finish
// its first part: it ends in a way, or it stops.
const { number, memory, controlAddress, fate } = workerData;
const control = new WorkerControl(memory, controlAddress, number);
const fates = {
  exit: () => process.exit(3),
  throw() {
    throw new Error('broken');
  },
  stop: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
};

parentPort.postMessage('ready');
while (!control.isStopped) {
  const part = control.takePart();
  if (part < 0) {
    control.sleep();
    continue;
  }
  fates[fate]?.();
  writePart(memory, control.job.context, part);
  control.finish(part, true);
}
