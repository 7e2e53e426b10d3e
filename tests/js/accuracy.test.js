import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

const dw = await load();

const CHANNELS = 4;

// In float32, one term after the other, such sums are off by 1e-4; in blocks, by no more than some hundred terms are.
for (const [name, [batch, height, width]] of [
  ['one large image', [1, 1024, 800]],
  ['many small images', [4096, 14, 14]],
  ['one wide row', [1, 1, 800_000]],
  ['one tall column', [1, 800_000, 1]],
]) {
  test(`the filter gradient of ${name}, sums of 800 000 positive terms, is right to 2e-6`, () => {
    const shape = [batch, height, width, CHANNELS];
    const [x, dy] = [positive(shape, 0.618), positive(shape, 0.414)];
    const expected = new Float64Array(CHANNELS);
    for (let i = 0; i < x.data.length; ++i) expected[i % CHANNELS] += x.data[i] * dy.data[i];
    const attrs = { pad: 'valid', filterShape: [1, 1, CHANNELS, 1] };
    const result = dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy }, attrs });
    result.data.forEach((value, i) => {
      const error = Math.abs(value / expected[i] - 1);
      assert.ok(error < 2e-6, `the relative error is ${error}`);
    });
    result.dispose();
  });
}

/** Values spread over (0, 1). */
function positive(shape, step) {
  const data = new Float32Array(shape.reduce((product, length) => product * length));
  for (let i = 0; i < data.length; ++i) data[i] = ((i + 1) * step) % 1;
  return { data, shape };
}
