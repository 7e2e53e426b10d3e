import { test } from 'node:test';
import fc from 'fast-check';

const seed = Number(process.env.DEPTHWISE_FUZZ_SEED ?? 1) | 0;
const RUNS_A_ROUND = 50;

/** For one target. In `npm test` there are a few of them. */
const seconds = Number(process.env.DEPTHWISE_FUZZ_SECONDS ?? 20);

/**
 * A test that `holds` does not throw, for as many values of `arbitrary` as DEPTHWISE_FUZZ_SECONDS have room for, from DEPTHWISE_FUZZ_SEED
 * on. It says how many those were. A value for which it throws is made small and printed, with the seed and the path that lead there.
 */
export function fuzz(title, arbitrary, holds) {
  test(title, async (context) => {
    const property = fc.asyncProperty(arbitrary, async (value) => void (await holds(value)));
    const end = performance.now() + seconds * 1000;
    let round = 0;
    do {
      await fc.assert(property, { numRuns: RUNS_A_ROUND, seed: seed + round, includeErrorInReport: true });
      ++round;
    } while (performance.now() < end);
    context.diagnostic(`${round * RUNS_A_ROUND} inputs, DEPTHWISE_FUZZ_SEED=${seed}`);
  });
}
