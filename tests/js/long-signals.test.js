// Scratch memory follows what is in flight, not the size of the image.
import assert from 'node:assert/strict';
import test from 'node:test';

import { load } from 'depthwise-wasm';

const dw = await load();

function heapGrowth(body) {
  const before = dw.memory().heapBytes;
  dw.tidy(body);
  return dw.memory().heapBytes - before;
}

for (const shape of [
  [1, 1, 2e6, 1],
  [1, 2e6, 1, 1],
]) {
  test(`a signal of one channel, [${shape}], takes little more memory than its tensors`, () => {
    const filterShape = shape[1] === 1 ? [1, 3, 1, 1] : [3, 1, 1, 1];
    const bytes = 4 * 2e6;
    const growth = heapGrowth(() => {
      const x = dw.tensor(new Float32Array(2e6).fill(1), shape);
      const filter = dw.tensor(Float32Array.of(1, 2, 3), filterShape);
      const y = dw.depthwiseConv2d(x, filter, 1, 'same');
      assert.deepEqual([y.data[0], y.data[1e6], y.data[2e6 - 1]], [5, 6, 3]);
      const attrs = { pad: 'same', inputShape: shape, filterShape };
      const dx = dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy: y, filter }, attrs });
      assert.equal(dx.data[1e6], 36);
      dw.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy: y }, attrs });
    });
    // x, y and dx; the heap grows by a fifth more than it must.
    assert.ok(growth < 2 * 3 * bytes, `${growth} bytes`);
  });
}

test('a large dilation plans only the taps that meet the image', () => {
  const width = 20000;
  const growth = heapGrowth(() => {
    const x = dw.tensor(new Float32Array(width).fill(1), [1, 1, width, 1]);
    const filter = dw.tensor(new Float32Array(99).fill(1), [1, 99, 1, 1]);
    const y = dw.depthwiseConv2d(x, filter, 1, 'same', 'NHWC', [1, width]);
    assert.equal(y.data[width - 1], 1);
  });
  assert.ok(growth < 40e6, `${growth} bytes`);
});
