/**
 * How a contestant takes part in a race (measure.js): one that calls `run` here, which computes and gives { shape, dataSync(), dispose() },
 * after `activate`, if there is one. Times are in milliseconds.
 */
export function localRacer({ activate = async () => {}, run }) {
  return {
    /** The first call, and what came out. */
    async first() {
      await activate();
      const start = performance.now();
      const result = run();
      const elapsed = performance.now() - start;
      const { shape } = result;
      const data = result.dataSync();
      result.dispose();
      return { elapsed, shape, data };
    },
    /** As many calls as there is time for, at least one; and what one of them took. */
    async warmUp(time) {
      await activate();
      const start = performance.now();
      let calls = 0;
      let elapsed = 0;
      while (elapsed < time) {
        run().dispose();
        calls++;
        elapsed = performance.now() - start;
      }
      return { calls, elapsed, sample: elapsed / calls };
    },
    /** The time of each of some calls. */
    async turn(calls) {
      await activate();
      // Brings its data back into the caches, where they are for whoever calls only this.
      if (calls > 1) run().dispose();
      const samples = [];
      for (let call = 0; call < calls; call++) {
        const start = performance.now();
        run().dispose();
        samples.push(performance.now() - start);
      }
      return samples;
    },
  };
}
