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
