import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { Random } from './support/random.js';

const dw = await load();

const tensor = (shape, values) => ({ data: Float32Array.from(values), shape });

test('a small convolution comes out as on paper', () => {
  const x = tensor([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const filter = tensor([2, 2, 1, 1], [1, 10, 100, 1000]);
  assert.deepEqual([...dw.depthwiseConv2d(x, filter).data], [5421, 6532, 8754, 9865]);
  // 'same' puts the odd pixel of zeros at the bottom and right.
  const same = [5421, 6532, 603, 8754, 9865, 906, 87, 98, 9];
  assert.deepEqual([...dw.depthwiseConv2d(x, filter, 1, 'same').data], same);
  assert.deepEqual([...dw.depthwiseConv2d(x, filter, 2, 'same').data], [5421, 603, 87, 9]);
  assert.deepEqual([...dw.depthwiseConv2d(x, filter, 1, 'valid', 'NHWC', 2).data], [9731]);
});

test('output channel c·multiplier + m is input channel c by its filter m, in both layouts', () => {
  const filter = tensor([1, 1, 2, 3], [1, 10, 100, 2, 20, 200]);
  const pixel = [3, 30, 300, 8, 80, 800];
  const last = dw.depthwiseConv2d(tensor([1, 1, 1, 2], [3, 4]), filter);
  assert.deepEqual([last.shape, ...last.data], [[1, 1, 1, 6], ...pixel]);
  const first = dw.depthwiseConv2d(tensor([1, 2, 1, 1], [3, 4]), filter, 1, 'valid', 'channelsFirst');
  assert.deepEqual([first.shape, ...first.data], [[1, 6, 1, 1], ...pixel]);
});

test("what is left out or null is stride 1, 'valid' (in the op), NHWC and no dilation", () => {
  const random = new Random('defaults');
  const x = tensor([2, 5, 6, 3], random.integers(180));
  const filter = tensor([2, 3, 3, 1], random.integers(18));
  const expected = dw.depthwiseConv2d(x, filter, [1, 1], 'valid', 'NHWC', [1, 1]);
  const results = [
    dw.depthwiseConv2d(x, filter),
    dw.depthwiseConv2d(x, filter, undefined, undefined, undefined, undefined),
    dw.depthwiseConv2d(x, filter, null, 'valid', null, null),
    dw.depthwiseConv2d(x, filter, 1, 'valid', 'channelsLast', 1),
    dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs: { pad: 'valid' } }),
    dw.depthwiseConv2dNative({
      inputs: { x, filter },
      attrs: { pad: 'valid', strides: null, dilations: null, dataFormat: null, dimRoundingMode: null },
    }),
  ];
  for (const result of results) {
    assert.deepEqual(result.shape, expected.shape);
    assert.deepEqual(result.dataSync(), expected.dataSync());
  }
});

test('the inputs are not changed', () => {
  const random = new Random('inputs');
  const [x, filter] = [tensor([1, 4, 4, 2], random.integers(32)), tensor([3, 3, 2, 1], random.integers(18))];
  const copies = [x, filter].map(({ data, shape }) => ({ data: data.slice(), shape: [...shape] }));
  const kept = dw.tensor(x.data, x.shape);
  dw.depthwiseConv2d(x, filter, 2, 'same').dispose();
  dw.depthwiseConv2d(kept, filter, 1, 'same').dispose();
  assert.deepEqual([x, filter], copies);
  assert.deepEqual(kept.dataSync(), x.data);
});
