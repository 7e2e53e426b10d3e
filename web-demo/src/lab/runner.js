/**
 * A contestant's calls of one pass, timed by a clock that may be coarse: several calls at a time.
 *
 * @param {() => { shape: readonly number[], dataSync: () => Float32Array, dispose: () => void }} run computes once
 * @param {() => number} now in milliseconds
 */
export function runnerOf(run, now = () => performance.now()) {
  const timed = (calls) => {
    const start = now();
    for (let i = 0; i < calls; ++i) run().dispose();
    return now() - start;
  };
  return {
    /** The first call, and what came out. */
    first() {
      const start = now();
      const result = run();
      const elapsed = now() - start;
      const { shape } = result;
      const data = result.dataSync();
      result.dispose();
      return { elapsed, shape, data };
    },
    /** As many calls as there is time for, at least one. @param {number} time */
    warmUp(time) {
      let calls = 0;
      let elapsed = 0;
      const start = now();
      while (elapsed < time) {
        run().dispose();
        ++calls;
        elapsed = now() - start;
      }
      return { calls, elapsed };
    },
    /** The time of one of some calls. The call before the clock starts brings its data back into the caches. @param {number} calls */
    turn(calls) {
      if (calls > 1) run().dispose();
      return timed(calls) / calls;
    },
  };
}
