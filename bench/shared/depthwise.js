import v8 from 'node:v8';

/**
 * Returns this package as a backend, with its tensors in its heap. Without a variant, it uses the module that `load` returns. With a
 * variant, it uses a separate module, so that one process can contain several: `load` loads only once, so an import with a query creates
 * another copy of it. `copy` selects a further copy.
 */
export async function createDepthwise(variant, copy = '') {
  const address = import.meta.resolve('depthwise-wasm');
  const { load } = await import(variant ? `${address}?${variant}${copy}` : address);
  const dw = await load(variant ? { variant } : {});
  return {
    id: variant ?? 'depthwise-wasm',
    title: 'this package',
    variant: dw.variant,
    dw,
    async activate() {},
    prepare(layer, values) {
      const tensors = Object.values(values).map(({ data, shape }) => dw.tensor(data, shape));
      const named = Object.fromEntries(Object.keys(values).map((name, i) => [name, tensors[i]]));
      return { passes: passesOf(dw, layer, named), dispose: () => tensors.forEach((tensor) => tensor.dispose()) };
    },
  };
}

/** Returns the calls of each pass, for tensors { x, filter, dy, bias } of the module `dw`. */
export function passesOf(dw, { strides, dilations, pad, dataFormat }, { x, filter, dy, bias }) {
  const attrs = { strides, dilations, pad, dataFormat };
  const fusedAttrs = { ...attrs, activation: 'relu6' };
  const inputAttrs = { ...attrs, inputShape: x.shape };
  const filterAttrs = { ...attrs, filterShape: filter.shape };
  return {
    forward: () => dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs }),
    fused: () => dw.fusedDepthwiseConv2D({ inputs: { x, filter, bias }, attrs: fusedAttrs }),
    input: () => dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy, filter }, attrs: inputAttrs }),
    filter: () => dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs: filterAttrs }),
  };
}

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
