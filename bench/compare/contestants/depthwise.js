import { load } from 'depthwise-wasm';

/** This package, with its tensors in the heap. */
export async function createDepthwise() {
  const dw = await load();
  return {
    id: 'depthwise-wasm',
    title: 'this package',
    variant: dw.variant,
    async activate() {},
    prepare(layer, values) {
      const [x, filter, dy] = [values.x, values.filter, values.dy].map(({ data, shape }) => dw.tensor(data, shape));
      const { strides, dilations, pad } = layer;
      const attrs = { strides, dilations, pad };
      const inputAttrs = { ...attrs, inputShape: x.shape };
      const filterAttrs = { ...attrs, filterShape: filter.shape };
      return {
        passes: {
          forward: () => dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs }),
          input: () => dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy, filter }, attrs: inputAttrs }),
          filter: () => dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs: filterAttrs }),
        },
        dispose: () => [x, filter, dy].forEach((tensor) => tensor.dispose()),
      };
    },
  };
}
