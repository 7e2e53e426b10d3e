// The ONNX models of a layer.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { parseShape } from '../shared/layers.js';
import { randomValues } from '../shared/reference.js';
import { attributesOf, fromOnnxFilter, modelsOf, toNchw, toNhwc, toOnnxFilter } from './onnx.js';

const isInstalled = existsSync(new URL('node_modules/protobufjs', import.meta.url));
const skip = isInstalled ? false : 'npm run bench installs the packages of bench/peers';

test('tensors and filters are converted to ONNX and back', () => {
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

test('the two models for timing differ by eight filters, and are fed with the same tensors', { skip }, () => {
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

test('ONNX Runtime computes the model', { skip }, async () => {
  const { createInference } = await import('./ort.js');
  const { reference, differenceFrom } = await import('../shared/reference.js');
  const layer = parseShape('1x6x5x4,3x3,stride=2,multiplier=2', 'own');
  const values = randomValues(layer);
  const backend = await createInference();
  const { runners, dispose } = await backend.prepare(layer, values, ['forward', 'fused']);
  for (const pass of ['forward', 'fused']) {
    const { shape, data } = await runners[pass].first();
    assert.ok(differenceFrom(reference(layer, pass, values), shape, data) < 1e-5, pass);
  }
  await dispose();
});
