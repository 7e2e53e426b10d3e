/**
 * What one convolution takes in a package that runs whole models: (T(9 convolutions) − T(1)) / 8. All of one model is in the other, the
 * feeding and fetching of tensors and the call too, and what remains are the eight.
 */
export const CONVOLUTIONS = 9;

/** So many filters that no two are the same: an optimizer would make one convolution of those. */
export function differentFilters(filter) {
  return Array.from({ length: CONVOLUTIONS }, (_, i) => ({
    ...filter,
    data: filter.data.map((value) => value * (1 + i / 100)),
  }));
}

/** For async-racer.js: both models in turn. */
export function differenceOf(runMany, runOne) {
  return {
    async sample() {
      const start = performance.now();
      await runMany();
      const middle = performance.now();
      await runOne();
      const end = performance.now();
      return (middle - start - (end - middle)) / (CONVOLUTIONS - 1);
    },
    touch: runOne,
  };
}
