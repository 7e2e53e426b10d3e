/** How far a result may be from the definition's, relative to the largest right value: as in the benchmarks. */
export const TOLERANCE = 1e-4;
