/** Before which nothing is warm. */
const LEAST_CALLS = 3;

/**
 * As shared/racer.js, for a contestant whose calls are promises: `compute` gives { shape, data }, and `sample` the milliseconds that
 * one convolution took, found in whatever way. `touch` brings the data back into the caches before a turn.
 */
export function asyncRacer({ compute, sample, touch }) {
  return {
    async first() {
      const start = performance.now();
      const { shape, data } = await compute();
      return { elapsed: performance.now() - start, shape, data };
    },
    async warmUp(time) {
      const start = performance.now();
      let calls = 0;
      let elapsed = 0;
      let last;
      while (elapsed < time || (calls < LEAST_CALLS && elapsed < LEAST_CALLS * time)) {
        last = await sample();
        calls++;
        elapsed = performance.now() - start;
      }
      return { calls, elapsed, sample: last };
    },
    async turn(calls) {
      await touch();
      const samples = [];
      for (let call = 0; call < calls; call++) samples.push(await sample());
      return samples;
    },
  };
}
