// The models that the benchmark writes for ONNX Runtime, byte by byte where it matters, and what they say of a layer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromOnnxFilter, toNchw, toNhwc, toOnnxFilter } from '../../bench/peers/layout.js';
import { attributesOf, modelsOf } from '../../bench/peers/onnx-models.js';
import { modelBytes } from '../../bench/peers/onnx.js';
import { randomValues } from '../../bench/shared/reference.js';
import { parseShape } from '../../bench/shared/shape-spec.js';

test('a model has the bytes that protocol buffers give it', () => {
  const bytes = modelBytes({
    nodes: [{ op: 'Conv', inputs: ['x', 'w'], outputs: ['y'], attributes: { group: 300, pads: [1, 0] } }],
    inputs: { x: [1, 2] },
    outputs: { y: [200] },
    constants: { w: { shape: [1], data: Float32Array.of(1) }, n: { shape: [], data: BigInt64Array.of(-2n) } },
  });
  // Field numbers are those of onnx.proto. A message or text is its number · 8 + 2, its length, and itself; a number its number · 8.
  const inside = (field, ...content) => [field * 8 + 2, content.length, ...content];
  const text = (field, value) => inside(field, ...Buffer.from(value));
  const [float, int64, int, ints] = [1, 7, 2, 7];
  const node = inside(
    1,
    ...[...text(1, 'x'), ...text(1, 'w'), ...text(2, 'y'), ...text(4, 'Conv')],
    ...inside(5, ...text(1, 'group'), 24, 172, 2, 160, 1, int), // 300 is 172 − 128 + 2 · 128; the type has field 20
    ...inside(5, ...text(1, 'pads'), 64, 1, 64, 0, 160, 1, ints),
    ...text(7, ''),
  );
  const weight = inside(5, 8, 1, 16, float, ...text(8, 'w'), ...inside(9, 0, 0, 128, 63));
  const number = inside(5, 16, int64, ...text(8, 'n'), ...inside(9, 254, 255, 255, 255, 255, 255, 255, 255));
  const value = (field, name, ...sizes) => {
    const shape = inside(2, ...sizes.flatMap((size) => inside(1, 8, ...size)));
    return inside(field, ...text(1, name), ...inside(2, ...inside(1, 8, float, ...shape)));
  };
  const graph = [...node, ...text(2, 'graph'), ...weight, ...number];
  graph.push(...value(11, 'x', [1], [2]), ...value(12, 'y', [200, 1])); // 200 is 200 − 128 + 128
  assert.ok(graph.length < 128); // or it would take two bytes
  const opsets = [...inside(8, ...text(1, ''), 16, 13), ...inside(8, ...text(1, 'com.microsoft'), 16, 1)];
  const irVersion = [8, 8];
  assert.deepEqual([...bytes], [...irVersion, 7 * 8 + 2, graph.length, ...graph, ...opsets]);
});

test('a negative attribute has the ten bytes of its complement, and an output may have no shape', () => {
  const conv = { op: 'Conv', inputs: ['x', 'w'], outputs: ['y'], attributes: { pads: [-1] } };
  const bytes = Buffer.from(modelBytes({ nodes: [conv], inputs: {}, outputs: { y: null }, constants: {} }));
  assert.ok(bytes.includes(Buffer.from([64, ...Array(9).fill(255), 1])));
  // field 12, 9 bytes: the name, and a type whose tensor type has element type 1 (float) and nothing else
  assert.ok(bytes.includes(Buffer.from([98, 9, 10, 1, 121, 18, 4, 10, 2, 8, 1])));
});

test('layouts and filters go to ONNX and back', () => {
  const tensor = { shape: [2, 3, 4, 5], data: Float32Array.from({ length: 120 }, (_, i) => i) };
  const moved = toNchw(tensor);
  assert.deepEqual(moved.shape, [2, 5, 3, 4]);
  // Image 1, row 2, column 3, channel 4.
  assert.equal(moved.data[((1 * 5 + 4) * 3 + 2) * 4 + 3], ((1 * 3 + 2) * 4 + 3) * 5 + 4);
  assert.deepEqual(toNhwc(moved), tensor);

  const filter = { shape: [3, 2, 4, 5], data: tensor.data };
  const onnx = toOnnxFilter(filter);
  assert.deepEqual(onnx.shape, [20, 1, 3, 2]);
  // Row 2, column 1 of channel 3's filter 4.
  assert.equal(onnx.data[((3 * 5 + 4) * 3 + 2) * 2 + 1], ((2 * 2 + 1) * 4 + 3) * 5 + 4);
  assert.deepEqual(fromOnnxFilter(onnx, { channels: 4, multiplier: 5 }), filter);
});

test("attributes are a layer's, with the odd pixel of 'same' at the end", () => {
  const layer = parseShape('1x8x7x6,3x5,stride=2x1,dilation=1x2,multiplier=2', 'own');
  assert.deepEqual(attributesOf(layer), {
    ...{ dilations: [1, 2], group: 6, kernel_shape: [3, 5], strides: [2, 1] },
    pads: [0, 4, 1, 4],
  });
});

test('the two models for timing differ by eight filters, and feed the same', () => {
  const layer = parseShape('1x4x4x200,3x3', 'own');
  const values = randomValues(layer);
  for (const [pass, feeds] of [
    ['forward', ['x']],
    ['fused', ['x']],
    ['input', ['dy', 'x']],
    ['filter', ['dy', 'x']],
  ]) {
    const { timing, whole, feeds: fed } = modelsOf(layer, values, pass);
    assert.deepEqual(Object.keys(fed), feeds);
    assert.deepEqual(fed.x, toNchw(values.x));
    const filterBytes = 4 * 9 * 200;
    const [many, one] = timing.map(({ length }) => length);
    assert.ok(many - one > 8 * filterBytes && many - one < 10 * filterBytes, `${pass}: ${many} and ${one}`);
    assert.ok(whole.length < one);
  }
});
