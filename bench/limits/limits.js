import { localRunner } from '../shared/measure.js';
import { axesOf, convolutionOf, geometryOf, sizeOf } from '../shared/reference.js';

// The least time that a pass needs on this machine in WebAssembly: measured by limits.cpp, in turn with the backends.

const ARITHMETIC = ['multiplyAdd2', 'multiplyAdd3', 'multiplyAdd4'];
const COPIES = ['copyVectors', 'copyBlock'];
/** The floating-point operations of a product of two vectors of four floats that is added to a third vector. */
const FLOPS_PER_PRODUCT = 8;
/** copyVectors takes multiples of it. */
const LINE = 64;
/** A smaller copy is repeated, so that a call is long compared with the resolution of the clock. */
const MIN_COPY_BYTES = 4 << 20;
/** V8 compiles once, at the first call (compileOptimizedOnly in table/main.js), and no tensors are copied. */
const WARM_UP_MS = 10;
/** Few, because there are several candidates for the limit, their times vary little, and they use the time of the backends. */
const CALLS_PER_TURN = 6;
const FLOAT_BYTES = 4;

/** Returns what limits.cpp exports. `npm run bench` builds it. @param {BufferSource} [wasm] default, in Node: reads its file */
export async function loadLimitsModule(wasm) {
  if (!wasm) {
    const { readFile } = await import('node:fs/promises'); // pages import this file too
    wasm = await readFile(new URL('../../build/wasm/bench/limits.wasm', import.meta.url));
  }
  const { instance } = await WebAssembly.instantiate(wasm, {});
  const native = /** @type {any} */ (instance.exports);
  native._initialize?.();
  return native;
}

/**
 * Returns the least work of a pass: `flops`, a multiplication and an addition for each product with a pixel inside the image (equal for all
 * passes), and `bytes`, each tensor read or written once.
 */
export function workOf(layer, pass) {
  const { isDense, batch, channels, outChannels, height, width } = axesOf(convolutionOf(layer));
  const { inputShape, filterShape, outputShape } = geometryOf(layer);
  const [input, filter, output] = [inputShape, filterShape, outputShape].map(sizeOf);
  // A gradient has the shape of its tensor, so each pass moves one tensor of each shape.
  const bias = pass === 'fused' ? outChannels : 0;
  return {
    flops: 2 * batch * (isDense ? channels : 1) * outChannels * tapsInside(height) * tapsInside(width),
    bytes: FLOAT_BYTES * (input + filter + output + bias),
  };
}

/** Returns the number of taps that read a pixel inside the image, over all outputs along an axis. */
function tapsInside({ in: size, out, taps, stride, dilation, before }) {
  let count = 0;
  for (let o = 0; o < out; ++o) {
    for (let tap = 0; tap < taps; ++tap) {
      const position = o * stride + tap * dilation - before;
      if (position >= 0 && position < size) ++count;
    }
  }
  return count;
}

/**
 * Returns the candidates for the limit of a row with the work { flops, bytes }: several that do arithmetic at the peak of the machine, and
 * several that copy as many bytes, read and written. `factor` is the number of calls that make up the work.
 *
 * @param {any} native the exports of limits.cpp
 * @returns {{ id: string, kind: 'arithmetic' | 'copy', factor: number, run: () => object, runner: object, right: object }[]} for measurePass and limitOf
 */
export function limitCandidates(native, { flops, bytes }) {
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
    factor: flops / (products * FLOPS_PER_PRODUCT),
    ...{ run, runner: limitRunner(run) },
    right: { shape: [1], data: [products] },
  };
}

function copy(native, copyBytes, bytes) {
  const side = Math.min(Math.ceil(bytes / 2 / LINE) * LINE, native.maxCopyBytes());
  const times = Math.ceil(MIN_COPY_BYTES / (2 * side));
  const floats = (address) => new Float32Array(native.memory.buffer, address, side / Float32Array.BYTES_PER_ELEMENT);
  const source = floats(native.copySource());
  const target = floats(native.copyTarget());
  // Memory that was never written is a single page of zeros, which is read faster than any tensor.
  for (let i = 0; i < source.length; ++i) source[i] = 1 + (i % 251);
  const dataSync = () => {
    const copied = target.slice();
    // The next candidate must not pass the check with this result.
    target.fill(0);
    return copied;
  };
  const run = () => {
    copyBytes(side, times);
    return { shape: [source.length], dataSync, dispose() {} };
  };
  return {
    factor: bytes / (2 * side * times),
    ...{ run, runner: limitRunner(run) },
    right: { shape: [source.length], data: source },
  };
}

function limitRunner(run) {
  const runner = localRunner({ run });
  return { ...runner, warmUp: () => runner.warmUp(WARM_UP_MS), turn: () => runner.turn(CALLS_PER_TURN) };
}

/**
 * Returns { limit, limits }. `limit` is the number of milliseconds that the work of a row takes at least: all its multiplications and
 * additions at the peak of the machine, or its bytes moved once, whichever takes longer; each by the fastest candidate. It is undefined when
 * one of the two could not be measured. `limits` contains the result of each candidate, scaled to the work of the row.
 *
 * @param {{ id: string, kind: 'arithmetic' | 'copy', factor: number }[]} candidates of limitCandidates
 * @param {Record<string, { status: string, milliseconds?: number }>} results of measurePass, with those of other candidates
 */
export function limitOf(candidates, results) {
  const limits = Object.fromEntries(candidates.map(({ id, factor }) => [id, scaled(results[id], factor)]));
  const fastest = (wanted) =>
    Math.min(
      ...candidates
        .filter(({ id, kind }) => kind === wanted && limits[id].status === 'ok')
        .map(({ id }) => limits[id].milliseconds),
    );
  const limit = Math.max(fastest('arithmetic'), fastest('copy'));
  return { limit: Number.isFinite(limit) ? limit : undefined, limits };
}

function scaled(result, factor) {
  return result.status === 'ok' ? { ...result, milliseconds: result.milliseconds * factor } : result;
}
