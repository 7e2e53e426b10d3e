import * as oracle from './oracle.js';
import { Random } from './random.js';

/** The values of tensors: integers (results must be exact), fractions, or integers with NaN and infinities. */
export const VALUES = ['integers', 'fractions', 'specials'];

/** Returns a tensor of fractions that are the same for a shape each time. */
export function valuesFor(shape) {
  return { data: new Random(`[${shape}]`).fractions(oracle.sizeOf(shape)), shape };
}

/** Returns the tensors of a convolution with random values, as { data, shape }. */
export function makeProblem(convolution, random, values = 'integers') {
  const { xShape, filterShape, yShape, outChannels } = oracle.geometryOf(convolution);
  const tensor = (shape) => ({ data: random[values](oracle.sizeOf(shape)), shape });
  const tensors = { x: tensor(xShape), filter: tensor(filterShape), dy: tensor(yShape), bias: tensor([outChannels]) };
  return { convolution, values, ...tensors };
}

/** Returns a problem as `makeProblem`, for the kind of convolution that an entry computes. */
export function problemFor({ isDense = false }, convolution, random, values) {
  return makeProblem({ ...convolution, isDense }, random, values);
}

const forward = ({ convolution, x, filter }) => oracle.forward(convolution, x.data, filter.data);
const fusedForward = ({ convolution, x, filter, bias }) =>
  oracle.fusedForward(convolution, x.data, filter.data, { bias: bias.data });
const inputGradient = ({ convolution, dy, filter }) => oracle.inputGradient(convolution, dy.data, filter.data);
const filterGradient = ({ convolution, x, dy }) => oracle.filterGradient(convolution, x.data, dy.data);

/** The functions that convolve: how to call each with the tensors of a problem, and the oracle's result. */
export const entries = {
  conv2d: {
    isDense: true,
    inputs: ['x', 'filter'],
    call: (dw, { x, filter }, { strides, pad, dataFormat, dilations }) =>
      dw.conv2d(x, filter, strides, pad, dataFormat, dilations),
    expected: forward,
    takes: ({ dimRoundingMode }) => !dimRoundingMode,
  },
  fusedConv2D: {
    isDense: true,
    inputs: ['x', 'filter', 'bias'],
    call: (dw, { x, filter, bias }, attrs) => dw.fusedConv2D({ inputs: { x, filter, bias }, attrs }),
    expected: fusedForward,
    takes: () => true,
  },
  conv2DBackpropInput: {
    isDense: true,
    inputs: ['dy', 'filter'],
    call: (dw, { dy, filter, x }, attrs) =>
      dw.conv2DBackpropInput({ inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } }),
    expected: inputGradient,
    takes: () => true,
  },
  conv2DBackpropFilter: {
    isDense: true,
    inputs: ['x', 'dy'],
    call: (dw, { x, dy, filter }, attrs) =>
      dw.conv2DBackpropFilter({ inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } }),
    expected: filterGradient,
    takes: () => true,
  },
  depthwiseConv2d: {
    inputs: ['x', 'filter'],
    call: (dw, { x, filter }, { strides, pad, dataFormat, dilations }) =>
      dw.depthwiseConv2d(x, filter, strides, pad, dataFormat, dilations),
    expected: forward,
    takes: ({ dimRoundingMode }) => !dimRoundingMode,
  },
  depthwiseConv2dNative: {
    inputs: ['x', 'filter'],
    call: (dw, { x, filter }, attrs) => dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs }),
    expected: forward,
    takes: () => true,
  },
  fusedDepthwiseConv2D: {
    inputs: ['x', 'filter', 'bias'],
    call: (dw, { x, filter, bias }, attrs) => dw.fusedDepthwiseConv2D({ inputs: { x, filter, bias }, attrs }),
    expected: fusedForward,
    takes: () => true,
  },
  depthwiseConv2dNativeBackpropInput: {
    inputs: ['dy', 'filter'],
    call: (dw, { dy, filter, x }, attrs) =>
      dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } }),
    expected: inputGradient,
    takes: () => true,
  },
  depthwiseConv2dNativeBackpropFilter: {
    inputs: ['x', 'dy'],
    call: (dw, { x, dy, filter }, attrs) =>
      dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } }),
    expected: filterGradient,
    takes: () => true,
  },
};

/** Returns all attrs of a convolution. */
export function attrsOf({ strides, pad, dilations, dataFormat, dimRoundingMode }) {
  return { strides, pad, dilations, dataFormat, dimRoundingMode };
}
