/**
 * Writes small ONNX models: what of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto the benchmark needs, in the wire format of
 * protocol buffers (https://protobuf.dev/programming-guides/encoding/).
 */

const IR_VERSION = 8;
const OPSETS = { '': 13, 'com.microsoft': 1 };
const FLOAT = 1;
const INT64 = 7;
const ATTRIBUTE_TYPES = { int: 2, ints: 7 };

/**
 * The bytes of a model.
 *
 * @param {object} graph
 * @param {{ op: string, domain?: string, inputs: string[], outputs: string[], attributes?: Record<string, number | number[]> }[]} graph.nodes
 * @param {Record<string, number[]>} graph.inputs shapes of float32 tensors by name
 * @param {Record<string, number[] | null>} graph.outputs the same, null where the runtime is to find the shape
 * @param {Record<string, { shape: number[], data: Float32Array | BigInt64Array }>} graph.constants by name
 */
export function modelBytes({ nodes, inputs, outputs, constants }) {
  const graph = [
    ...nodes.map((node) => message(1, nodeFields(node))),
    text(2, 'graph'),
    ...Object.entries(constants).map(([name, tensor]) => message(5, constantFields(name, tensor))),
    ...Object.entries(inputs).map(([name, shape]) => message(11, valueFields(name, shape))),
    ...Object.entries(outputs).map(([name, shape]) => message(12, valueFields(name, shape))),
  ];
  const opsets = Object.entries(OPSETS).map(([domain, version]) => message(8, [text(1, domain), integer(2, version)]));
  return new Uint8Array(Buffer.concat([integer(1, IR_VERSION), message(7, graph), ...opsets]));
}

function nodeFields({ op, domain = '', inputs, outputs, attributes = {} }) {
  return [
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => message(5, attributeFields(name, value))),
    text(7, domain),
  ];
}

function attributeFields(name, value) {
  if (Array.isArray(value)) {
    return [text(1, name), ...value.map((number) => integer(8, number)), integer(20, ATTRIBUTE_TYPES.ints)];
  }
  return [text(1, name), integer(3, value), integer(20, ATTRIBUTE_TYPES.int)];
}

function constantFields(name, { shape, data }) {
  const type = data instanceof Float32Array ? FLOAT : INT64;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return [...shape.map((size) => integer(1, size)), integer(2, type), text(8, name), delimited(9, bytes)];
}

function valueFields(name, shape) {
  const dimensions = shape?.map((size) => message(1, [integer(1, size)]));
  const tensor = [integer(1, FLOAT), ...(dimensions ? [message(2, dimensions)] : [])];
  return [text(1, name), message(2, [message(1, tensor)])];
}

function integer(field, value) {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function text(field, value) {
  return delimited(field, Buffer.from(value, 'utf8'));
}

function message(field, parts) {
  return delimited(field, Buffer.concat(parts));
}

function delimited(field, bytes) {
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

/** Negative numbers are those of 64 bits that they are in two's complement. */
function varint(value) {
  const bytes = [];
  let rest = value < 0 ? BigInt.asUintN(64, BigInt(value)) : BigInt(value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
