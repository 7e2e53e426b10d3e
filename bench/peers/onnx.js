import { createRequire } from 'node:module';
import { CONVOLUTIONS, differentFilters } from './difference.js';
import { axesOf, convolutionOf, geometryOf, sizeOf } from '../shared/reference.js';

/** The messages of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto with the fields that the benchmark needs. */
const SCHEMA = `
  syntax = "proto3";
  message Attribute { string name = 1; int64 i = 3; repeated int64 ints = 8 [packed = false]; int32 type = 20; }
  message Node {
    repeated string input = 1; repeated string output = 2; string op_type = 4; repeated Attribute attribute = 5; string domain = 7;
  }
  message Tensor { repeated int64 dims = 1 [packed = false]; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message Dimension { int64 dim_value = 1; }
  message Shape { repeated Dimension dim = 1; }
  message TensorType { int32 elem_type = 1; Shape shape = 2; }
  message Type { TensorType tensor_type = 1; }
  message ValueInfo { string name = 1; Type type = 2; }
  message Graph {
    repeated Node node = 1; string name = 2; repeated Tensor initializer = 5; repeated ValueInfo input = 11; repeated ValueInfo output = 12;
  }
  message OperatorSet { string domain = 1; int64 version = 2; }
  message Model { int64 ir_version = 1; Graph graph = 7; repeated OperatorSet opset_import = 8; }
`;
const OPERATOR_SETS = [
  { domain: '', version: 13 },
  { domain: 'com.microsoft', version: 1 },
];
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

let modelType;

/** Loads protobufjs at the first use: tests import this file also when bench/peers is not installed. */
function getModelType() {
  modelType ??= createRequire(import.meta.url)('protobufjs')
    .parse(SCHEMA, { keepCase: true })
    .root.lookupType('Model');
  return modelType;
}

/**
 * Returns the bytes of an ONNX model.
 *
 * @param {object} graph
 * @param {{ op: string, domain?: string, inputs: string[], outputs: string[], attributes?: Record<string, number | number[]> }[]} graph.nodes
 * @param {Record<string, number[]>} graph.inputs shapes of float32 tensors by name
 * @param {Record<string, number[] | null>} graph.outputs the same; null when the runtime finds the shape
 * @param {Record<string, { shape: number[], data: Float32Array | BigInt64Array }>} graph.constants by name
 */
export function modelBytes({ nodes, inputs, outputs, constants }) {
  const values = (shapes) => Object.entries(shapes).map(([name, shape]) => valueInfo(name, shape));
  const model = {
    ir_version: 8,
    graph: {
      name: 'graph',
      node: nodes.map(({ op, domain, inputs: input, outputs: output, attributes = {} }) => ({
        ...{ input, output, op_type: op, domain, attribute: Object.entries(attributes).map(attributeOf) },
      })),
      initializer: Object.entries(constants).map(([name, { shape, data }]) => ({
        name,
        dims: shape,
        data_type: data instanceof Float32Array ? FLOAT : INT64,
        raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      })),
      input: values(inputs),
      output: values(outputs),
    },
    opset_import: OPERATOR_SETS,
  };
  return getModelType().encode(model).finish();
}

function attributeOf([name, value]) {
  return Array.isArray(value) ? { name, ints: value, type: ATTRIBUTE_INTS } : { name, i: value, type: ATTRIBUTE_INT };
}

function valueInfo(name, shape) {
  const dimensions = shape && { dim: shape.map((size) => ({ dim_value: size })) };
  return { name, type: { tensor_type: { elem_type: FLOAT, shape: dimensions } } };
}

/** For each pass: the tensors that are fed, the tensor whose shape the result has, and the nodes that compute it. */
const PASSES = {
  forward: { feeds: ['x'], result: 'y', nodes: forwardNodes },
  fused: { feeds: ['x'], result: 'y', nodes: fusedNodes },
  input: { feeds: ['dy', 'x'], result: 'x', nodes: gradientNodes(0) },
  filter: { feeds: ['dy', 'x'], result: 'filter', nodes: gradientNodes(1) },
};

/**
 * Returns a pass of a layer as ONNX models. They are NCHW, the only layout of ONNX, and contain the filter:
 *
 * - `feeds`: { name: { shape, data } }, for each of the models
 * - `whole`: computes `result`; `toOurs` converts it to NHWC
 * - `timing`: the two models of difference.js. They use one number of each result, so that no result is fetched
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

/** ConvGrad computes the gradients of x, the filter and the bias; only one is requested. Only the training build contains it. */
function gradientNodes(output) {
  return (layer, { filter }, name) => {
    const weights = `${name}.w`;
    const outputs = [...Array(output).fill(''), name];
    const inputs = ['dy', 'x', weights];
    const nodes = [{ op: 'ConvGrad', domain: 'com.microsoft', inputs, outputs, attributes: attributesOf(layer) }];
    return { nodes, constants: { [weights]: toOnnxFilter(filter) } };
  };
}

/** Returns the attributes of Conv and ConvGrad, with padding as numbers. */
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

/** Returns one number of a result, each of another channel, because an optimizer would merge equal ones. */
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

/** Returns { shape, data } with its dimensions in another order: dimension i of the result is dimension order[i] of the argument. */
function transposed({ shape, data }, order) {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const newShape = order.map((i) => shape[i]);
  const newStrides = order.map((i) => strides[i]);
  const result = new Float32Array(data.length);
  let at = 0;
  const [a, b, c, d] = newShape;
  for (let i = 0; i < a; ++i) {
    for (let j = 0; j < b; ++j) {
      for (let k = 0; k < c; ++k) {
        const base = i * newStrides[0] + j * newStrides[1] + k * newStrides[2];
        for (let l = 0; l < d; ++l) result[at++] = data[base + l * newStrides[3]];
      }
    }
  }
  return { shape: newShape, data: result };
}

export const toNchw = (tensor) => transposed(tensor, [0, 3, 1, 2]);
export const toNhwc = (tensor) => transposed(tensor, [0, 2, 3, 1]);

/** ONNX uses one filter for each output channel, [outChannels, 1, height, width]; output channel c·multiplier + m as in this package. */
export function toOnnxFilter({ shape: [height, width, channels, multiplier], data }) {
  const { data: moved } = transposed({ shape: [height, width, channels, multiplier], data }, [2, 3, 0, 1]);
  return { shape: [channels * multiplier, 1, height, width], data: moved };
}

export function fromOnnxFilter({ shape: [, , height, width], data }, { channels, multiplier }) {
  return transposed({ shape: [channels, multiplier, height, width], data }, [2, 3, 0, 1]);
}
