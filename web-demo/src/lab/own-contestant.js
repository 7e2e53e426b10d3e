import { load } from 'depthwise-wasm';
// `load` loads once. The query makes it another module, with a `load` of its own.
import { load as loadAnother } from '../../../js/index.js?relaxed';

const loads = { simd: load, 'relaxed-simd': loadAnother };

/** This package. @param {'simd' | 'relaxed-simd'} variant */
export async function ownContestant(variant) {
  const dw = await loads[variant]({ variant });
  return {
    detail: dw.variant,
    /** @param {any} layer @param {any} values @returns {{ calls: any, dispose: () => void }} */
    prepare({ strides, dilations, pad }, values) {
      const tensors = ['x', 'filter', 'dy'].map((name) => dw.tensor(values[name].data, values[name].shape));
      const [x, filter, dy] = tensors;
      const attrs = { strides, dilations, pad };
      const inputAttrs = { ...attrs, inputShape: x.shape };
      const filterAttrs = { ...attrs, filterShape: filter.shape };
      return {
        calls: {
          forward: () => dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs }),
          input: () => dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy, filter }, attrs: inputAttrs }),
          filter: () => dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs: filterAttrs }),
        },
        dispose: () => tensors.forEach((tensor) => tensor.dispose()),
      };
    },
  };
}
