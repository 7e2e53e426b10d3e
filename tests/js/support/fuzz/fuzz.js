import { test } from 'node:test';
import fc from 'fast-check';

const seed = Number(process.env.DEPTHWISE_FUZZ_SEED ?? 1) | 0;
const RUNS_A_ROUND = 50;

/** For one target; 0: as many values as the target names, the same ones each time. */
const seconds = Number(process.env.DEPTHWISE_FUZZ_SECONDS ?? 0);

/**
 * A test that `holds` does not throw, for `runs` values of `arbitrary`, or for as many as DEPTHWISE_FUZZ_SECONDS have room for, from
 * DEPTHWISE_FUZZ_SEED on. It says how many those were. A value for which it throws is made small and printed, with the seed and the path
 * that lead there.
 */
export function fuzz(title, arbitrary, runs, holds) {
  test(title, async (context) => {
    const property = fc.asyncProperty(arbitrary, async (value) => void (await holds(value)));
    const end = performance.now() + seconds * 1000;
    let round = 0;
    do {
      await fc.assert(property, { numRuns: RUNS_A_ROUND, seed: seed + round, includeErrorInReport: true });
      ++round;
    } while (seconds > 0 ? performance.now() < end : round * RUNS_A_ROUND < runs);
    context.diagnostic(`${round * RUNS_A_ROUND} inputs, DEPTHWISE_FUZZ_SEED=${seed}`);
  });
}
