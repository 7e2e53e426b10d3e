// Sizes past 4 GB, and within them more than there is. Each error says how much came or was wanted; nothing is left in memory, and the
// next call is right (support/refusal.js).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertRefuses, callsOf, tensor } from './support/refusal.js';

const dw = await load();
const calls = callsOf(dw);
const INPUT_GRADIENT = 'depthwiseConv2dNativeBackpropInput';
const FILTER_GRADIENT = 'depthwiseConv2dNativeBackpropFilter';

function refuses(functionName, changes, text) {
  assertRefuses(dw, functionName, () => calls[functionName](changes), RangeError, text);
}

/** Shapes just past the limit, and such that products of 32 bits, of 53 (doubles) and of 64 would wrap around or round to something small. */
const TOO_LARGE = [
  [1, 2 ** 15, 2 ** 15, 2],
  [1, 2 ** 30 + 1, 1, 1],
  [1, 2 ** 16, 2 ** 16, 1],
  [3, 2 ** 16, 2 ** 16, 2],
  [1, 2 ** 31, 1, 1],
  [1, 2 ** 32, 1, 1],
  [1, 2 ** 32 + 1, 1, 1],
  [1, 1, 2 ** 53 - 1, 1],
  [2 ** 16, 2 ** 16, 2 ** 16, 2 ** 16],
  [2 ** 30, 2 ** 30, 2 ** 30, 2 ** 30],
  [2 ** 32, 2 ** 32, 2 ** 32, 2 ** 32],
];

for (const shape of TOO_LARGE) {
  test(`a shape of [${shape}] is refused`, () => {
    const text = `must have at most 1073741824 elements (4 GiB), got [${shape}]`;
    const data = new Float32Array(1);
    assertRefuses(dw, 'tensor', () => dw.tensor(data, shape), RangeError, `shape ${text}`);
    refuses('depthwiseConv2d', { x: { data, shape } }, `x.shape ${text}`);
    refuses('depthwiseConv2dNative', { filter: { data, shape } }, `filter.shape ${text}`);
    refuses(INPUT_GRADIENT, { inputShape: shape }, `inputShape ${text}`);
    refuses(FILTER_GRADIENT, { filterShape: shape }, `filterShape ${text}`);
  });
}

test('a shape of many dimensions that is too large in all is refused', () => {
  const shape = Array(8).fill(2 ** 20);
  const text = `shape must have at most 1073741824 elements (4 GiB), got [${shape}]`;
  assertRefuses(dw, 'tensor', () => dw.tensor(new Float32Array(1), shape), RangeError, text);
});

test('an empty tensor may not have sizes past 4 GB either', () => {
  const shape = [0, 2 ** 32, 1, 1];
  const text = `must have at most 1073741824 elements (4 GiB), got [${shape}]`;
  const x = { data: new Float32Array(0), shape };
  refuses('depthwiseConv2dNative', { x }, `x.shape ${text}`);
  refuses(INPUT_GRADIENT, { inputShape: shape }, `inputShape ${text}`);
});

test('an output past 4 GB is refused', () => {
  const text = 'the output must have at most 1073741824 elements (4 GiB), got batch ';
  const x = tensor([1, 1, 1, 1]);
  const wide = { x, inputShape: x.shape, filter: tensor([1, 1, 1, 1]), filterShape: [1, 1, 1, 1] };
  for (const functionName of Object.keys(calls)) {
    const output = '1, height 32769, width 32769, channels 1';
    refuses(functionName, { ...wide, pad: 2 ** 14 }, text + output);
  }
  const deep = { x: tensor([4, 1, 1, 1]), filter: tensor([1, 1, 1, 4]), pad: 2 ** 14 };
  refuses('depthwiseConv2dNative', deep, `${text}4, height 32769, width 32769, channels 4`);
});

test('an axis that is padded past what can be addressed is refused', () => {
  const most = 2 ** 30;
  const tall = `a padded height of at most ${most}, got `;
  refuses('depthwiseConv2d', { pad: most }, `pad must leave ${tall}${2 * most + 5}`);
  refuses('depthwiseConv2d', { pad: 'same', dilations: most }, `dilations must leave ${tall}${2 * most + 5}`);
});

test('a result for which there is no memory is refused, and the error says how much was wanted', () => {
  const out = 'out of memory, 4294967296 bytes were wanted';
  const one = tensor([1, 1, 1, 1]);
  const sparse = { dy: one, filter: one, strides: 2 ** 15, inputShape: [1, 2 ** 15, 2 ** 15, 1] };
  refuses(INPUT_GRADIENT, sparse, out);
  const padded = { x: tensor([1, 2, 1, 1]), filter: one, pad: 2 ** 14 - 1, strides: 1 };
  refuses('depthwiseConv2d', padded, 'out of memory, 4294836224 bytes were wanted');
  assert.ok(dw.memory().heapBytes < 2 ** 26, 'the memory grew for nothing');
});
