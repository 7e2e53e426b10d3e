import v8 from 'node:v8';
import { createDepthwise } from '../shared/contestants/depthwise.js';

/** The builds of this package's kernels, the plain one first: it is the one that is held against floors and peers. */
export const PLAIN = 'simd';
export const RELAXED = 'relaxed-simd';

/** f32x4.relaxed_madd of three zeros: whether it validates tells whether the engine has relaxed SIMD. */
const RELAXED_PROBE = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 20, 1, 18, 0],
  ...[65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 26, 11],
]);

/**
 * This package's contestants, and why a variant is not among them: { own, missing: { [variant]: reason } }.
 */
export async function createOwn(variants) {
  const own = [];
  const missing = {};
  for (const variant of variants) {
    try {
      if (variant === RELAXED) allowRelaxedSimd();
      const contestant = await createDepthwise(variant);
      if (contestant.variant !== variant) throw new Error(`load gave ${contestant.variant}`);
      own.push({ ...contestant, title: variant === PLAIN ? 'this package' : 'relaxed SIMD' });
    } catch (error) {
      if (variant === PLAIN) throw error;
      missing[variant] = error.message;
    }
  }
  return { own, missing };
}

/** Node 20 has it behind a flag, which may be set while the process runs. */
function allowRelaxedSimd() {
  if (WebAssembly.validate(RELAXED_PROBE)) return;
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  if (!WebAssembly.validate(RELAXED_PROBE)) throw new Error('this engine has no relaxed SIMD');
}
