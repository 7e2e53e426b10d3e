import { test } from 'node:test';
import fc from 'fast-check';

const seed = Number(process.env.DEPTHWISE_FUZZ_SEED ?? 1) | 0;
/** 0: the fixed number of runs that the target gives. */
const seconds = Number(process.env.DEPTHWISE_FUZZ_SECONDS ?? 0);
const RUNS_A_ROUND = 50;

/**
 * Adds a test that `holds` throws for no value of `arbitrary`: for `runs` values, or for as many as fit into DEPTHWISE_FUZZ_SECONDS, from
 * DEPTHWISE_FUZZ_SEED on. fast-check shrinks a value for which it throws, and prints it with its seed.
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
