import { Arena } from './arena.js';
import { SPIN_MILLISECONDS, WorkerControl } from './control.js';
import { instantiateSideModule } from '../side-module/instance.js';

/**
 * What a worker of a pool does: it instantiates the side module once more in the memory of the caller, and runs parts of jobs until the caller
 * stops it. It does not allocate: its memory is that of `data`.
 */

const LOADS_PER_CLOCK = 64; // reading the clock takes as long as many loads

/** @param {import('./pool.js').WorkerData} start */
export function serve({ number, module, memory, controlAddress, place, arenaAddress }, reportReady) {
  const control = new WorkerControl(memory, controlAddress, number);
  const arena = new Arena(arenaAddress);
  const { table, resetStack } = instantiateSideModule(module, memory, place, {
    takeMemory: (bytes) => arena.take(bytes >>> 0),
    giveMemory: (address) => arena.give(address >>> 0),
    runParts: () => 0, // a part that contains a loop of its own runs it alone
  });
  reportReady();
  while (!control.isStopped) {
    const part = control.takePart();
    if (part < 0) idle(control);
    else control.finish(part, compute(part));
  }

  function compute(part) {
    const { functionIndex, context } = control.job;
    try {
      table.get(functionIndex)(context, part);
      return true;
    } catch {
      resetStack(); // a trap leaves it as deep as it was
      arena.clear();
      return false; // the caller computes the part, and the error occurs there
    }
  }
}

/** Returns when there is something to do. */
function idle(control) {
  const end = performance.now() + SPIN_MILLISECONDS;
  do {
    for (let i = 0; i < LOADS_PER_CLOCK; ++i) if (control.hasWork) return;
  } while (performance.now() < end);
  control.sleep();
}
