// Times of one convolution in packages that run whole models: (T(9 convolutions) − T(1)) / 8. The two models are equal except for eight
// convolutions, so feeding and fetching tensors and the cost of a call cancel out.

export const CONVOLUTIONS = 9;

/** The minimum number of warm-up calls. */
const LEAST_CALLS = 3;

/** Returns filters of which no two are equal: an optimizer would merge equal convolutions. */
export function differentFilters(filter) {
  return Array.from({ length: CONVOLUTIONS }, (_, i) => ({
    ...filter,
    data: filter.data.map((value) => value * (1 + i / 100)),
  }));
}

/**
 * Returns a runner (see localRunner in shared/measure.js). `compute` returns a promise of { shape, data }; `runMany` and `runOne` run the
 * models with nine convolutions and with one.
 */
export function differenceRunner({ compute, runMany, runOne }) {
  async function sample() {
    const start = performance.now();
    await runMany();
    const middle = performance.now();
    await runOne();
    const end = performance.now();
    return (middle - start - (end - middle)) / (CONVOLUTIONS - 1);
  }
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
      await runOne(); // brings the data back into the caches
      const samples = [];
      for (let call = 0; call < calls; call++) samples.push(await sample());
      return samples;
    },
  };
}
