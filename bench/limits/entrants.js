import { limitRacer } from './racer.js';

const ARITHMETIC = ['multiplyAdd2', 'multiplyAdd3', 'multiplyAdd4'];
const COPIES = ['copyVectors', 'copyBlock'];
/** Of a product of two vectors of four floats that is added to a third. */
const FLOPS_A_PRODUCT = 8;
/** copyVectors wants a multiple of it. */
const LINE = 64;
/** So that a call takes long against the clock: a smaller copy is made several times. */
const LEAST_BYTES = 4 << 20;

/**
 * The limit's entrants in the race of a row, whose work is { flops, bytes } (table/work.js): several ways to do arithmetic at the machine's
 * peak, and several to copy as many bytes, read and written. `factor` is how many calls of a way make up the work.
 *
 * @param {any} native what limits.cpp exports
 * @returns {{ id: string, kind: 'arithmetic' | 'copy', factor: number, racer: object, right: object }[]} for measurePass and limitOf
 */
export function limitEntrants(native, { flops, bytes }) {
  return [
    ...ARITHMETIC.map((id) => ({ id, kind: 'arithmetic', ...arithmetic(native, native[id], flops) })),
    ...COPIES.map((id) => ({ id, kind: 'copy', ...copy(native, native[id], bytes) })),
  ];
}

function arithmetic(native, multiplyAdd, flops) {
  const products = native.productsPerCall();
  const run = () => {
    const sum = multiplyAdd();
    return { shape: [1], dataSync: () => [sum], dispose() {} };
  };
  return {
    factor: flops / (products * FLOPS_A_PRODUCT),
    racer: limitRacer(run),
    right: { shape: [1], data: [products] },
  };
}

function copy(native, copyBytes, bytes) {
  const side = Math.min(Math.ceil(bytes / 2 / LINE) * LINE, native.maxCopyBytes());
  const times = Math.ceil(LEAST_BYTES / (2 * side));
  const floats = (address) => new Float32Array(native.memory.buffer, address, side / Float32Array.BYTES_PER_ELEMENT);
  const source = floats(native.copySource());
  const target = floats(native.copyTarget());
  // Memory that was never written is all one page of zeros, which is read faster than any tensor.
  for (let i = 0; i < source.length; ++i) source[i] = 1 + (i % 251);
  const dataSync = () => {
    const copied = target.slice();
    // Nobody else is to be taken for right with it.
    target.fill(0);
    return copied;
  };
  const run = () => {
    copyBytes(side, times);
    return { shape: [source.length], dataSync, dispose() {} };
  };
  return {
    factor: bytes / (2 * side * times),
    racer: limitRacer(run),
    right: { shape: [source.length], data: source },
  };
}
