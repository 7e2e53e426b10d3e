import { Worker } from 'node:worker_threads';

/** Long compared with the clock, short compared with slow changes of the machine. */
const TURN_MILLISECONDS = 2;
const MIN_ROUNDS = 20;

/**
 * Makes calls in turn, a few of each, for some seconds. Returns the times of each call in milliseconds, sorted.
 *
 * @param {(() => void)[]} calls
 * @param {number} seconds for all calls together
 */
export function samplesInTurn(calls, seconds) {
  const samples = calls.map(() => []);
  const counts = calls.map((call) => {
    const time = timeOf(call, 1).at(0);
    return Math.max(1, Math.round(TURN_MILLISECONDS / time));
  });
  const end = performance.now() + seconds * 1000;
  for (let round = 0; round < MIN_ROUNDS || performance.now() < end; ++round) {
    calls.forEach((call, i) => {
      call(); // brings the data back into the caches
      samples[i].push(...timeOf(call, counts[i]));
    });
  }
  return samples.map(sorted);
}

function timeOf(call, count) {
  return Array.from({ length: count }, () => {
    const start = performance.now();
    call();
    return performance.now() - start;
  });
}

export const sorted = (values) => [...values].sort((a, b) => a - b);

/** Returns the value below which a share of sorted values is. */
export function quantile(values, share) {
  return values[Math.min(values.length - 1, Math.floor(share * values.length))];
}

/** Runs `body` while another thread of this process computes without a pause. */
export async function whileBusy(body) {
  const busy = new Worker('require("node:worker_threads").parentPort.postMessage(""); for (;;);', { eval: true });
  await new Promise((resolve) => busy.once('message', resolve));
  try {
    return await body();
  } finally {
    await busy.terminate();
  }
}
