import * as oracle from './oracle.js';
import { assertExact, assertMatches } from './compare.js';

/** What tensors hold: whole numbers (results must be exact), fractions, or whole numbers with NaN and infinities. */
export const VALUES = ['integers', 'fractions', 'specials'];

/** The tensors of a convolution, filled at random, as { data, shape }. */
export function makeProblem(convolution, random, values = 'integers') {
  const { xShape, filterShape, yShape, outChannels } = oracle.geometryOf(convolution);
  const tensor = (shape) => ({ data: random[values](oracle.sizeOf(shape)), shape });
  return {
    convolution,
    values,
    x: tensor(xShape),
    filter: tensor(filterShape),
    dy: tensor(yShape),
    bias: tensor([outChannels]),
  };
}

/**
 * The ways into the package: how to call each with the tensors of a problem, and what the oracle says to it. `attrs` are the
 * convolution's, as the caller likes to spell them.
 */
export const entries = {
  depthwiseConv2d: {
    inputs: ['x', 'filter'],
    call: (dw, { x, filter }, { strides, pad, dataFormat, dilations }) =>
      dw.depthwiseConv2d(x, filter, strides, pad, dataFormat, dilations),
    expected: ({ convolution, x, filter }) => oracle.forward(convolution, x.data, filter.data),
    takes: ({ dimRoundingMode }) => !dimRoundingMode,
  },
  depthwiseConv2dNative: {
    inputs: ['x', 'filter'],
    call: (dw, { x, filter }, attrs) => dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs }),
    expected: ({ convolution, x, filter }) => oracle.forward(convolution, x.data, filter.data),
    takes: () => true,
  },
  fusedDepthwiseConv2D: {
    inputs: ['x', 'filter', 'bias'],
    call: (dw, { x, filter, bias }, attrs) => dw.fusedDepthwiseConv2D({ inputs: { x, filter, bias }, attrs }),
    expected: ({ convolution, x, filter, bias }) =>
      oracle.fusedForward(convolution, x.data, filter.data, { bias: bias.data }),
    takes: () => true,
  },
  depthwiseConv2dNativeBackpropInput: {
    inputs: ['dy', 'filter'],
    call: (dw, { dy, filter, x }, attrs) =>
      dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } }),
    expected: ({ convolution, dy, filter }) => oracle.inputGradient(convolution, dy.data, filter.data),
    takes: () => true,
  },
  depthwiseConv2dNativeBackpropFilter: {
    inputs: ['x', 'dy'],
    call: (dw, { x, dy, filter }, attrs) =>
      dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } }),
    expected: ({ convolution, x, dy }) => oracle.filterGradient(convolution, x.data, dy.data),
    takes: () => true,
  },
};

/** The attrs of a convolution, all of them written out. */
export function attrsOf({ strides, pad, dilations, dataFormat, dimRoundingMode }) {
  return { strides, pad, dilations, dataFormat, dimRoundingMode };
}

/** Whole numbers, NaN and infinities must be right to the bit, fractions within float32's rounding. */
export function assertRight(result, expected, { values }, what) {
  if (values === 'fractions') assertMatches(result, expected, what, 2);
  else assertExact(result, expected, what);
}
