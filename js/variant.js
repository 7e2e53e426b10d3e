import { kindError, listOfNames } from './arguments.js';

/**
 * The two builds of each wasm file, from the same sources. 'simd' rounds a product and then the sum; 'relaxed-simd' may round only once.
 *
 * @typedef {import('./index.d.ts').Variant} Variant
 */

const HEADER = [0, 97, 115, 109, 1, 0, 0, 0]; // \0asm, version 1
const ONE_FUNCTION = [1, 4, 1, 96, 0, 0, 3, 2, 1, 0]; // types: () → (); functions: one of this type

/**
 * The fastest variant first, each with a small module that is valid only where the engine runs the variant.
 * @type {Record<Variant, Uint8Array<ArrayBuffer>>}
 */
const PROBES = {
  // three times i32.const 0, i8x16.splat; f32x4.relaxed_madd; drop
  'relaxed-simd': new Uint8Array([
    ...HEADER,
    ...ONE_FUNCTION,
    ...[10, 20, 1, 18, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15, 253, 133, 2, 26, 11],
  ]),
  // i32.const 0, i8x16.splat, drop
  simd: new Uint8Array([...HEADER, ...ONE_FUNCTION, ...[10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11]]),
};
/** @type {any[]} */
const VARIANTS = Object.keys(PROBES);

/** The custom section that contains the name of the variant (cpp/bindings/variant.cpp). */
const SECTION = 'depthwise.variant';

/**
 * Returns the variant to load: the wanted one, or the fastest that the engine runs. Throws if the engine does not run it.
 *
 * @param {string} functionName the function that the user called, for the text of an error
 * @param {Variant} [wanted]
 * @returns {Variant}
 */
export function chooseVariant(functionName, wanted) {
  if (wanted !== undefined && !VARIANTS.includes(wanted)) {
    throw kindError(functionName, 'variant', listOfNames(VARIANTS), wanted);
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
 * Returns the variant of a compiled module. Throws if it is not the wanted one, or not a module of this package.
 *
 * @param {WebAssembly.Module} module
 * @param {Variant} [wanted]
 * @returns {Variant}
 */
export function variantOf(module, wanted) {
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  /** @type {any} */
  const variant = textOf(new Uint8Array(section ?? 0));
  if (!VARIANTS.includes(variant)) throw new TypeError('it is not from this package');
  if (wanted && variant !== wanted) throw new TypeError(`it is the variant '${variant}', not '${wanted}' as asked for`);
  return variant;
}

/** Returns the error for bytes of a variant that the engine does not run; undefined if the bytes failed for another reason. */
export function errorOfVariant(functionName, bytes, error) {
  if (error?.name !== 'CompileError' || isRunHere('relaxed-simd')) return undefined;
  const isRelaxed = textOf(bytes).includes(`${SECTION}relaxed-simd`);
  return isRelaxed ? noRelaxedSimd(functionName) : undefined;
}

/** Returns bytes as text, one character for each byte. Jest with jsdom has no TextDecoder. */
export function textOf(bytes) {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
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
