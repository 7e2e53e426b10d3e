import { CONVOLUTIONS, differentFilters } from './difference.js';
import { axesOf, convolutionOf, geometryOf } from '../shared/geometry.js';
import { fromOnnxFilter, toNchw, toNhwc, toOnnxFilter } from './layout.js';
import { modelBytes } from './onnx.js';

/** Of each pass: what is fed, which tensor's gradient or what else comes out, and the nodes that compute it. */
const PASSES = {
  forward: { feeds: ['x'], result: 'y', nodes: forwardNodes },
  fused: { feeds: ['x'], result: 'y', nodes: fusedNodes },
  input: { feeds: ['dy', 'x'], result: 'x', nodes: gradientNodes(0) },
  filter: { feeds: ['dy', 'x'], result: 'filter', nodes: gradientNodes(1) },
};

/**
 * A pass of a layer as ONNX models, in NCHW, which is all that ONNX has, with the filter in the model, as users have it:
 *
 * - `feeds`: { name: { shape, data } }, for each of the models
 * - `whole`: computes `result`, which `toOurs` puts in our layout
 * - `timing`: the two of difference.js. Of each result only one number is used, so that none has to be fetched
 */
export function modelsOf(layer, values, pass) {
  const { feeds: names, result, nodes } = PASSES[pass];
  const shapes = onnxShapes(layer);
  const feeds = Object.fromEntries(names.map((name) => [name, toNchw(values[name])]));
  const inputs = Object.fromEntries(names.map((name) => [name, shapes[name]]));
  const partOf = (name, filter) => nodes(layer, { ...values, filter }, name);
  const filters = differentFilters(values.filter);
  return {
    feeds,
    toOurs: (tensor) => (result === 'filter' ? fromOnnxFilter(tensor, layer) : toNhwc(tensor)),
    whole: modelBytes({ ...partOf('result', values.filter), inputs, outputs: { result: shapes[result] } }),
    timing: [CONVOLUTIONS, 1].map((count) => {
      const convolutions = filters.slice(0, count).map((filter, i) => partOf(`result${i}`, filter));
      const picks = Array.from({ length: CONVOLUTIONS }, (_, i) => pick(`result${i % count}`, i, shapes[result]));
      return modelBytes({
        ...together([...convolutions, ...picks, sumOf(picks)]),
        inputs,
        outputs: { sum: [1, 1, 1, 1] },
      });
    }),
  };
}

function onnxShapes(layer) {
  const { inputShape, outputShape, filterShape } = geometryOf(layer);
  const channelsFirst = ([batch, height, width, channels]) => [batch, channels, height, width];
  const [height, width, channels, multiplier] = filterShape;
  const y = channelsFirst(outputShape);
  return { x: channelsFirst(inputShape), y, dy: y, filter: [channels * multiplier, 1, height, width] };
}

function forwardNodes(layer, { filter }, name) {
  const weights = `${name}.w`;
  const nodes = [{ op: 'Conv', inputs: ['x', weights], outputs: [name], attributes: attributesOf(layer) }];
  return { nodes, constants: { [weights]: toOnnxFilter(filter) } };
}

function fusedNodes(layer, { filter, bias }, name) {
  const [weights, offsets, sum, low, high] = ['w', 'b', 'sum', 'low', 'high'].map((part) => `${name}.${part}`);
  const nodes = [
    { op: 'Conv', inputs: ['x', weights, offsets], outputs: [sum], attributes: attributesOf(layer) },
    { op: 'Clip', inputs: [sum, low, high], outputs: [name] },
  ];
  const constants = { [weights]: toOnnxFilter(filter), [offsets]: bias, [low]: scalar(0), [high]: scalar(6) };
  return { nodes, constants };
}

/** ConvGrad, of which only one output is asked for: those of x, the filter and the bias. It is not in ONNX, but in the training build. */
function gradientNodes(output) {
  return (layer, { filter }, name) => {
    const weights = `${name}.w`;
    const outputs = [...Array(output).fill(''), name];
    const inputs = ['dy', 'x', weights];
    const nodes = [{ op: 'ConvGrad', domain: 'com.microsoft', inputs, outputs, attributes: attributesOf(layer) }];
    return { nodes, constants: { [weights]: toOnnxFilter(filter) } };
  };
}

/** What Conv and ConvGrad take; padding as numbers. */
export function attributesOf(layer) {
  const { height, width } = axesOf(convolutionOf(layer));
  const after = (axis) =>
    Math.max(0, (axis.out - 1) * axis.stride + (axis.taps - 1) * axis.dilation + 1 - axis.in - axis.before);
  return {
    dilations: layer.dilations,
    group: layer.channels,
    kernel_shape: [layer.filterHeight, layer.filterWidth],
    pads: [height.before, width.before, after(height), after(width)],
    strides: layer.strides,
  };
}

/** One number of a result: of another channel each, or the optimizer would make them one. */
function pick(result, index, shape) {
  const name = `pick${index}`;
  const axis = shape[1] > 1 ? 1 : 0;
  const at = [0, 0, 0, 0].with(axis, index % shape[axis]);
  const list = (values) => ({ shape: [values.length], data: BigInt64Array.from(values, BigInt) });
  return {
    name,
    nodes: [{ op: 'Slice', inputs: [result, `${name}.from`, `${name}.to`], outputs: [name] }],
    constants: { [`${name}.from`]: list(at), [`${name}.to`]: list(at.map((from) => from + 1)) },
  };
}

function sumOf(picks) {
  return { nodes: [{ op: 'Sum', inputs: picks.map(({ name }) => name), outputs: ['sum'] }], constants: {} };
}

function together(parts) {
  return {
    nodes: parts.flatMap(({ nodes }) => nodes),
    constants: Object.assign({}, ...parts.map(({ constants }) => constants)),
  };
}

function scalar(value) {
  return { shape: [], data: Float32Array.of(value) };
}
