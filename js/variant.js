import { describe, kindError } from './kinds.js';

/**
 * The two builds of each wasm. They are the same sources, but where the one rounds a product and then the sum, the other may round once.
 *
 * @typedef {import('./index.d.ts').Variant} Variant
 */

/**
 * The fastest first, each with a small module that validates only where the engine runs it.
 * @type {Record<Variant, Uint8Array<ArrayBuffer>>}
 */
const PROBES = {
  // three times i32.const 0, i8x16.splat; f32x4.relaxed_madd (0xfd 0x105), drop
  'relaxed-simd': moduleThatRuns([65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 26]),
  // i32.const 0, i8x16.splat, drop
  simd: moduleThatRuns([65, 0, 253, 15, 26]),
};
/** @type {any[]} */
const VARIANTS = Object.keys(PROBES);

/** The custom section in which cpp/bindings/variant.cpp names the variant. */
const SECTION = 'depthwise.variant';

/**
 * The variant to be loaded: the one that is wanted, or the fastest that the engine runs. Throws where it does not run it.
 *
 * @param {string} functionName who asks, for the text of an error
 * @param {Variant} [wanted]
 * @returns {Variant}
 */
export function chooseVariant(functionName, wanted) {
  if (wanted !== undefined && !VARIANTS.includes(wanted)) {
    throw kindError(functionName, 'variant', VARIANTS.map(describe).join(' or '), wanted);
  }
  const chosen = (wanted ? [wanted] : VARIANTS).find(isRunHere);
  if (chosen) return chosen;
  if (isRunHere('simd')) throw noRelaxedSimd(functionName);
  const lacks = typeof WebAssembly === 'object' ? 'WebAssembly SIMD' : 'WebAssembly, or it is switched off';
  throw new Error(
    `Error in ${functionName}: this engine has no ${lacks}. It needs Chrome 91, Firefox 89, Safari 16.4, Node 16.4 or a newer one`,
  );
}

/**
 * Which variant a compiled module is. Throws where it is not the one that is wanted, and where it is no module of this package.
 *
 * @param {WebAssembly.Module} module
 * @param {Variant} [wanted]
 * @returns {Variant}
 */
export function variantOf(module, wanted) {
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  /** @type {any} */
  const variant = new TextDecoder().decode(section);
  if (!VARIANTS.includes(variant)) throw new TypeError('it is not from this package');
  if (wanted && variant !== wanted) throw new TypeError(`it is the variant '${variant}', not '${wanted}' as asked for`);
  return variant;
}

/** The error where bytes could not be compiled because the engine does not run their variant, else nothing. */
export function errorOfVariant(functionName, bytes, error) {
  if (!(error instanceof WebAssembly.CompileError) || isRunHere('relaxed-simd')) return undefined;
  const isRelaxed = new TextDecoder('latin1').decode(bytes).includes(`${SECTION}relaxed-simd`);
  return isRelaxed ? noRelaxedSimd(functionName) : undefined;
}

function isRunHere(variant) {
  return typeof WebAssembly === 'object' && WebAssembly.validate(PROBES[variant]);
}

function noRelaxedSimd(functionName) {
  return new Error(
    `Error in ${functionName}: this engine has no relaxed SIMD, which the variant 'relaxed-simd' needs. ` +
      "Node 20 has it with --experimental-wasm-relaxed-simd, newer ones without; the variant 'simd' needs none",
  );
}

/** A module with one function, which nobody calls, of these instructions. */
function moduleThatRuns(instructions) {
  const code = [0, ...instructions, 11];
  return new Uint8Array([
    ...[0, 97, 115, 109, 1, 0, 0, 0],
    ...[1, 4, 1, 96, 0, 0], // types: () → ()
    ...[3, 2, 1, 0], // functions: one of it
    ...[10, code.length + 2, 1, code.length, ...code],
  ]);
}
