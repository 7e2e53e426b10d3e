/**
 * This package, with its tensors in the heap. Without a variant it is what `load` gives; with one, a module of its own, so that
 * several can be in one process: `load` loads once, and an address with a query makes another copy of it. `copy` names yet another.
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

/** The calls of each pass, for tensors { x, filter, dy, bias } of the module. */
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
