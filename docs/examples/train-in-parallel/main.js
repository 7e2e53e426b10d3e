// Trains in Node with one worker and with several, in turn, and compares the times.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

import { trainWith } from './start.js';

const number = (initial) => /** @type {const} */ ({ type: 'string', default: String(initial) });
const { values } = parseArgs({
  options: {
    workers: number(availableParallelism()),
    ...{ steps: number(20), batch: number(32), size: number(64), repeats: number(3) },
    seed: { type: 'string' },
    'batch-norm': { type: 'boolean', default: false },
  },
});
const [count, steps, batchSize, size, repeats] = [
  values.workers,
  values.steps,
  values.batch,
  values.size,
  values.repeats,
].map(Number);
const options = { steps, batchSize, size, batchNorm: values['batch-norm'], seed: values.seed && Number(values.seed) };
if (batchSize % count !== 0) throw new Error(`--batch must be a multiple of --workers, ${count}`);

const fastest = {};
for (let repeat = 0; repeat < repeats; ++repeat) {
  for (const workers of new Set([1, count])) {
    const { losses, times, weights } = await train(workers);
    const areEqual = weights.every((each) => each.every((value, i) => Object.is(value, weights[0][i])));
    fastest[workers] = Math.min(fastest[workers] ?? Infinity, ...times);
    console.log(
      `${workers} worker${workers > 1 ? 's' : ''}: loss ${losses[0].toFixed(4)} to ${losses.at(-1).toFixed(4)}, ` +
        `fastest step ${Math.min(...times).toFixed(1)} ms${workers > 1 ? `, weights ${areEqual ? 'equal' : 'different'}` : ''}`,
    );
    if (!areEqual) process.exitCode = 1;
  }
}
if (count > 1)
  console.log(`A step with ${count} workers is ${(fastest[1] / fastest[count]).toFixed(2)} times as fast.`);

/** Trains once. Returns the losses and times of the steps, and the weights of each worker. */
async function train(count) {
  const workers = Array.from({ length: count }, () => new Worker(new URL('./node-worker.js', import.meta.url)));
  const [losses, times] = [[], []];
  const weights = await trainWith(workers, options, ({ step, loss, milliseconds }) => {
    [losses[step], times[step]] = [loss, milliseconds];
  });
  await Promise.all(workers.map((worker) => worker.terminate()));
  return { losses, times, weights };
}
