import { Builder } from 'flatbuffers';
import { geometryOf } from '../shared/reference.js';
import { CONVOLUTIONS, differentFilters } from './difference.js';

// TensorFlow Lite models of a layer, written with flatbuffers. The numbers of fields and enumerators are those of
// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs; no package contains the generated
// JavaScript of that schema.

const SCHEMA_VERSION = 3;
const IDENTIFIER = 'TFL3';
const TYPES = { Float32Array: 0, Int32Array: 2 };
/** BuiltinOperator, its version, and the number of its options in the union BuiltinOptions. */
const OPERATORS = {
  depthwiseConv2d: { code: 4, version: 2, optionsType: 2 },
  slice: { code: 65, version: 1, optionsType: 0 },
};
const PADDINGS = { same: 0, valid: 1 };
const ACTIVATIONS = { linear: 0, relu6: 3 };
/** Buffers are read in place by SIMD. */
const BUFFER_ALIGNMENT = 16;

/**
 * Returns a pass of a layer, 'forward' or 'fused', as TensorFlow Lite models that contain the filter and the bias: `whole` computes y;
 * `timing` are the two models of difference.js, which return only one number of each result.
 */
export function modelsOf(layer, values, pass) {
  if (typeof layer.pad === 'number') throw new RangeError('TensorFlow Lite has no padding by numbers');
  const { inputShape, outputShape } = geometryOf(layer);
  const input = { x: { shape: inputShape } };
  const convolution = (name, filter) => convolutionParts(layer, { ...values, filter }, pass, name, outputShape);
  const filters = differentFilters(values.filter);
  const whole = convolution('y', values.filter);
  return {
    whole: modelBytes({ ...together([whole], input), inputs: ['x'], outputs: ['y'] }),
    timing: [CONVOLUTIONS, 1].map((count) => {
      const convolutions = filters.slice(0, count).map((filter, i) => convolution(`y${i}`, filter));
      const picks = Array.from({ length: CONVOLUTIONS }, (_, i) => pickParts(`y${i % count}`, i, outputShape));
      const outputs = picks.map(({ name }) => name);
      return modelBytes({ ...together([...convolutions, ...picks], input), inputs: ['x'], outputs });
    }),
  };
}

function convolutionParts(layer, { filter, bias }, pass, name, shape) {
  const { pad, strides, dilations, multiplier } = layer;
  const [height, width, channels] = filter.shape;
  const isFused = pass === 'fused';
  const outChannels = channels * multiplier;
  return {
    tensors: {
      [`${name}.w`]: { shape: [1, height, width, outChannels], data: filter.data },
      // The bias is not optional.
      [`${name}.b`]: { shape: [outChannels], data: isFused ? bias.data : new Float32Array(outChannels) },
      [name]: { shape },
    },
    operations: [
      {
        operator: 'depthwiseConv2d',
        inputs: ['x', `${name}.w`, `${name}.b`],
        outputs: [name],
        options: { pad, strides, dilations, multiplier, activation: isFused ? 'relu6' : 'linear' },
      },
    ],
  };
}

/** Returns one number of a result, each of another channel. */
function pickParts(result, index, shape) {
  const name = `pick${index}`;
  const begin = [0, 0, 0, index % shape[3]];
  return {
    name,
    tensors: {
      [`${name}.begin`]: { shape: [4], data: Int32Array.from(begin) },
      [`${name}.size`]: { shape: [4], data: Int32Array.of(1, 1, 1, 1) },
      [name]: { shape: [1, 1, 1, 1] },
    },
    operations: [{ operator: 'slice', inputs: [result, `${name}.begin`, `${name}.size`], outputs: [name] }],
  };
}

function together(parts, tensors) {
  return {
    tensors: Object.assign({}, tensors, ...parts.map((part) => part.tensors)),
    operations: parts.flatMap(({ operations }) => operations),
  };
}

/**
 * Returns the bytes of a model.
 *
 * @param {object} graph
 * @param {Record<string, { shape: number[], data?: Float32Array | Int32Array }>} graph.tensors by name. A tensor without data is
 *   computed, and is float32
 * @param {{ operator: string, inputs: string[], outputs: string[], options?: object }[]} graph.operations options are those of the
 *   convolution: { pad, strides, dilations, multiplier, activation }
 * @param {string[]} graph.inputs
 * @param {string[]} graph.outputs
 */
function modelBytes({ tensors, operations, inputs, outputs }) {
  const builder = new Builder(1 << 16);
  const names = Object.keys(tensors);
  const indices = (list) =>
    intVector(
      builder,
      list.map((name) => names.indexOf(name)),
    );
  // Buffer 0 is empty, for the tensors that are computed.
  const constants = names.filter((name) => tensors[name].data);
  const buffers = [undefined, ...constants.map((name) => tensors[name].data)].map((data) => bufferTable(builder, data));
  const tensorTables = names.map((name) => {
    const { shape, data } = tensors[name];
    const [shapeVector, text] = [intVector(builder, shape), builder.createString(name)];
    return table(builder, {
      0: (field) => builder.addFieldOffset(field, shapeVector, 0),
      1: (field) => builder.addFieldInt8(field, TYPES[data?.constructor.name ?? 'Float32Array'], 0),
      2: (field) => builder.addFieldInt32(field, constants.indexOf(name) + 1, 0),
      3: (field) => builder.addFieldOffset(field, text, 0),
    });
  });
  const kinds = Object.keys(OPERATORS);
  const operatorTables = operations.map(({ operator, inputs: from, outputs: to, options }) => {
    const optionsTable = options && convolutionOptions(builder, options);
    const [fromVector, toVector] = [indices(from), indices(to)];
    return table(builder, {
      0: (field) => builder.addFieldInt32(field, kinds.indexOf(operator), 0),
      1: (field) => builder.addFieldOffset(field, fromVector, 0),
      2: (field) => builder.addFieldOffset(field, toVector, 0),
      ...(optionsTable && {
        3: (field) => builder.addFieldInt8(field, OPERATORS[operator].optionsType, 0),
        4: (field) => builder.addFieldOffset(field, optionsTable, 0),
      }),
    });
  });
  const [tensorVector, operatorVector] = [offsetVector(builder, tensorTables), offsetVector(builder, operatorTables)];
  const [inputVector, outputVector] = [indices(inputs), indices(outputs)];
  const subgraph = table(builder, {
    0: (field) => builder.addFieldOffset(field, tensorVector, 0),
    1: (field) => builder.addFieldOffset(field, inputVector, 0),
    2: (field) => builder.addFieldOffset(field, outputVector, 0),
    3: (field) => builder.addFieldOffset(field, operatorVector, 0),
  });
  const codes = offsetVector(
    builder,
    kinds.map((kind) =>
      table(builder, {
        0: (field) => builder.addFieldInt8(field, OPERATORS[kind].code, 0),
        2: (field) => builder.addFieldInt32(field, OPERATORS[kind].version, 1),
        3: (field) => builder.addFieldInt32(field, OPERATORS[kind].code, 0),
      }),
    ),
  );
  const [subgraphVector, bufferVector] = [offsetVector(builder, [subgraph]), offsetVector(builder, buffers)];
  const model = table(builder, {
    0: (field) => builder.addFieldInt32(field, SCHEMA_VERSION, 0),
    1: (field) => builder.addFieldOffset(field, codes, 0),
    2: (field) => builder.addFieldOffset(field, subgraphVector, 0),
    4: (field) => builder.addFieldOffset(field, bufferVector, 0),
  });
  builder.finish(model, IDENTIFIER);
  return builder.asUint8Array();
}

function convolutionOptions(builder, { pad, strides, dilations, multiplier, activation }) {
  return table(builder, {
    0: (field) => builder.addFieldInt8(field, PADDINGS[pad], 0),
    1: (field) => builder.addFieldInt32(field, strides[1], 0),
    2: (field) => builder.addFieldInt32(field, strides[0], 0),
    3: (field) => builder.addFieldInt32(field, multiplier, 0),
    4: (field) => builder.addFieldInt8(field, ACTIVATIONS[activation], 0),
    5: (field) => builder.addFieldInt32(field, dilations[1], 1),
    6: (field) => builder.addFieldInt32(field, dilations[0], 1),
  });
}

function bufferTable(builder, data) {
  if (!data) return table(builder, {});
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  builder.startVector(1, bytes.length, BUFFER_ALIGNMENT);
  for (let i = bytes.length - 1; i >= 0; --i) builder.addInt8(bytes[i]);
  const vector = builder.endVector();
  return table(builder, { 0: (field) => builder.addFieldOffset(field, vector, 0) });
}

function table(builder, fields) {
  const numbers = Object.keys(fields).map(Number);
  builder.startObject(Math.max(-1, ...numbers) + 1);
  for (const number of numbers) fields[number](number);
  return builder.endObject();
}

function intVector(builder, values) {
  builder.startVector(4, values.length, 4);
  for (const value of [...values].reverse()) builder.addInt32(value);
  return builder.endVector();
}

function offsetVector(builder, offsets) {
  builder.startVector(4, offsets.length, 4);
  for (const offset of [...offsets].reverse()) builder.addOffset(offset);
  return builder.endVector();
}
