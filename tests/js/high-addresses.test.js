// Memory from 2 to 4 GiB, whose addresses are negative as signed numbers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { freshLoad, loadAnotherModule } from './support/another-module.js';
import { loadPast, reasonToSkip, SIGN } from './support/at-high-addresses.js';
import { assertSameBits } from './support/compare.js';
import { attrsOf, entries, problemFor, valuesFor } from './support/problem.js';
import { Random } from './support/random.js';
import { randomConvolution } from './support/random-convolution.js';
import { useModule } from './support/use-module.js';

const GIBIBYTE = 2 ** 30;
const MAX_MEMORY = 2 ** 32 - 2 ** 16;
const low = await freshLoad()({ variant: 'simd' });

for (const gibibytes of [2.1, 3.9]) {
  const { dw, reason } = await loadPast(Math.floor(gibibytes * GIBIBYTE));

  describe(`above ${gibibytes} GiB`, { skip: reason }, () => {
    test('a tensor keeps its values when the memory grows', () => {
      const values = valuesFor([3, 5]);
      const tensor = dw.tensor(values.data, values.shape);
      assert.ok(tensor.data.byteOffset > SIGN);
      const { heapBytes } = dw.memory();
      const size = Math.floor((heapBytes - tensor.data.byteOffset) / 4);
      if (heapBytes < MAX_MEMORY) {
        dw.tensor(new Float32Array(size), [size]).dispose();
        assert.ok(dw.memory().heapBytes > heapBytes);
      }
      assertSameBits(tensor, values);
      const copy = dw.tensor(tensor.data, [15]);
      tensor.data.fill(7);
      assertSameBits(copy, values);
      tensor.dispose();
      copy.dispose();
    });

    test('the kernels and a layer give the same bits as in low memory', () => {
      for (const [name, entry] of Object.entries(entries)) {
        for (let i = 0; i < 20; ++i) {
          const random = new Random(`high ${name} ${i}`);
          const convolution = randomConvolution(random);
          if (!entry.takes(convolution)) continue;
          const problem = problemFor(entry, convolution, random, 'fractions');
          const [high, expected] = [dw, low].map((module) => entry.call(module, problem, attrsOf(convolution)));
          assert.ok(high.data.byteOffset > SIGN);
          assertSameBits(high, expected, `${name} ${JSON.stringify(convolution)}`);
          high.dispose();
          expected.dispose();
        }
      }
      const expected = useModule(low);
      useModule(dw).forEach((result, i) => assertSameBits(result, expected[i], `result ${i}`));
    });

    test('a result that ends after 4 GiB is refused, and the next call is right', () => {
      const one = valuesFor([1, 1, 1, 1]);
      const attrs = { strides: 2 ** 14, pad: 'same', inputShape: [1, 2 ** 14, 2 ** 15 - 1, 1] };
      const inputs = { dy: valuesFor([1, 1, 2, 1]), filter: one };
      const before = dw.memory();
      assert.throws(() => dw.depthwiseConv2dNativeBackpropInput({ inputs, attrs }), {
        name: 'RangeError',
        message: `Error in depthwiseConv2dNativeBackpropInput: out of memory, ${2 ** 16 * (2 ** 15 - 1)} bytes were wanted`,
      });
      assert.deepEqual(dw.memory(), before);
      const strides = /^RangeError: Error in depthwiseConv2d: strides must be a whole number from 1 to /;
      assert.throws(() => dw.depthwiseConv2d(one, one, 0), strides);
      const y = dw.depthwiseConv2d(one, one);
      assert.equal(y.data[0], Math.fround(one.data[0] * one.data[0]));
      y.dispose();
    });
  });
}

test('a tensor of more than 2 GiB is computed and read', { skip: reasonToSkip(6 * GIBIBYTE) }, async () => {
  const dw = await loadAnotherModule();
  const [side, step, channels] = [11776, 512, 4]; // 2.07 GiB
  const inputShape = [1, side, side, channels];
  const filter = { data: Float32Array.of(2, 3, 4, 5), shape: [1, 1, channels, 1] };
  const dy = { data: new Random('large').integers(23 * 23 * channels), shape: [1, 23, 23, channels] };
  const attrs = { strides: step, pad: 'valid' };
  const dx = dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy, filter }, attrs: { ...attrs, inputShape } });
  const { data } = dx;
  assert.ok(data.byteLength > SIGN);
  assert.equal(dw.memory().numBytes, data.byteLength);
  dy.data.forEach((value, i) => {
    const [row, column, c] = [Math.floor(i / 23 / channels), Math.floor(i / channels) % 23, i % channels];
    assert.equal(data[(row * side + column) * step * channels + c], value * filter.data[c]);
  });
  const y = dw.depthwiseConv2d(dx, filter, step);
  assert.ok(y.data.every((value, i) => value === dy.data[i] * filter.data[i % channels] ** 2));
  const inputs = { x: dx, dy };
  const dfilter = dw.depthwiseConv2dNativeBackpropFilter({ inputs, attrs: { ...attrs, filterShape: filter.shape } });
  const squares = (c) => dy.data.reduce((sum, value, i) => sum + (i % channels === c ? value * value : 0), 0);
  filter.data.forEach((value, c) => assert.equal(dfilter.data[c], value * squares(c)));
  const again = () => dw.tensor(data, inputShape);
  assert.throws(again, /^RangeError: Error in tensor: out of memory, \d+ bytes were wanted$/);
  for (const tensor of [dx, y, dfilter]) tensor.dispose();
  assert.equal(dw.memory().numBytes, 0);
});
