import v8 from 'node:v8';

/**
 * With these flags V8 compiles each wasm function once, at its first call and with the optimizing compiler. Without them the same code is
 * used in the end, but a warm-up must wait for a compiler in the background, which takes seconds for large modules.
 */
export const optimizingOnly = ['--no-liftoff', '--wasm-lazy-compilation'];

/** f32x4.relaxed_madd of three zeros: it validates only when the engine supports relaxed SIMD. */
const RELAXED_PROBE = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 20, 1, 18, 0],
  ...[65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 26, 11],
]);

/** Call this before any module is compiled. */
export function compileOptimizedOnly() {
  for (const flag of optimizingOnly) v8.setFlagsFromString(flag);
}

/** Turns relaxed SIMD on in Node 20, where it is behind a flag. Throws when the engine does not support it. */
export function allowRelaxedSimd() {
  if (WebAssembly.validate(RELAXED_PROBE)) return;
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  if (!WebAssembly.validate(RELAXED_PROBE)) throw new Error('this engine does not support relaxed SIMD');
}
