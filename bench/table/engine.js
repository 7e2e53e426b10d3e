import v8 from 'node:v8';

/**
 * Flags by which V8 compiles each wasm function once, at its first call and by the optimizing compiler, as it would have done in the end.
 * Otherwise a warm-up would have to wait for a compiler that works in the background, and takes long for large modules.
 */
export const optimizingOnly = ['--no-liftoff', '--wasm-lazy-compilation'];

/** To be called before any module is compiled. */
export function compileOptimizedOnly() {
  for (const flag of optimizingOnly) v8.setFlagsFromString(flag);
}
