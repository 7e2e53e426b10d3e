// What lies past 2 GB, in addresses that are negative where their sign is not looked at: everything computes the same bits there as anywhere.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { loadAnotherModule } from './support/another-module.js';
import { loadPast, noRoomFor, SIGN } from './support/at-high-addresses.js';
import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/layer-witness.js';
import { attrsOf, entries, makeProblem } from './support/problem.js';
import { Random } from './support/random.js';
import { randomConvolution } from './support/random-convolution.js';

const GIGABYTE = 2 ** 30;
/** What a memory can have at most, without the last page. */
const MOST_BYTES = 2 ** 32 - 2 ** 16;

const low = await loadAnotherModule();
const simd = low.variant === 'simd';

for (const bytes of [2.1 * GIGABYTE, 3.9 * GIGABYTE].map(Math.floor)) {
  const { dw, reason } = await loadPast(bytes);

  describe(
    `past ${(bytes / GIGABYTE).toFixed(1)} GB`,
    { skip: reason ?? (!simd && 'compared with the variant simd') },
    () => {
      test('tensors are what they were made of, and stay it when the memory grows', () => {
        const values = valuesFor([3, 5]);
        const tensor = dw.tensor(values.data, values.shape);
        assert.ok(tensor.data.byteOffset > SIGN);
        const { heapBytes } = dw.memory();
        const size = (heapBytes - tensor.data.byteOffset) / 4;
        if (heapBytes < MOST_BYTES) {
          dw.tensor(new Float32Array(size), [size]).dispose();
          assert.ok(dw.memory().heapBytes > heapBytes);
        }
        assertSameBits(tensor, values);
        const copy = dw.tensor(tensor.data, [15]);
        assertSameBits({ data: copy.dataSync() }, values);
        tensor.data.fill(7);
        assertSameBits(copy, values);
        tensor.dispose();
        copy.dispose();
      });

      for (const [name, entry] of Object.entries(entries)) {
        test(`${name} gives the same bits`, () => {
          for (let i = 0; i < 40; ++i) {
            const random = new Random(`high ${name} ${i}`);
            const convolution = randomConvolution(random);
            if (!entry.takes(convolution)) continue;
            const problem = makeProblem(convolution, random, 'fractions');
            const [there, here] = [dw, low].map((module) => entry.call(module, problem, attrsOf(convolution)));
            assert.ok(there.data.byteOffset > SIGN);
            assertSameBits(there, here, `${name} ${JSON.stringify(convolution)}`);
            there.dispose();
            here.dispose();
          }
        });
      }

      for (const dataFormat of ['channelsLast', 'channelsFirst']) {
        test(`a layer, ${dataFormat}, says and computes the same`, () => {
          const results = [dw, low].map((module) => useLayer(module, dataFormat));
          assert.deepEqual(results[0].texts, results[1].texts);
          results[0].tensors.forEach((tensor, i) => assertSameBits(tensor, results[1].tensors[i], `tensor ${i}`));
        });
      }

      test('errors say what they should', () => {
        const text = /^RangeError: Error in depthwiseConv2d: strides must be a whole number from 1 to /;
        assert.throws(() => dw.depthwiseConv2d(valuesFor([1, 2, 2, 1]), valuesFor([1, 1, 1, 1]), 0), text);
      });

      test('what does not fit before 4 GB is refused, and the next call is right', () => {
        const one = valuesFor([1, 1, 1, 1]);
        const attrs = { strides: 2 ** 14, pad: 'same', inputShape: [1, 2 ** 14, 2 ** 15 - 1, 1] };
        const dy = valuesFor([1, 1, 2, 1]);
        const before = dw.memory();
        assert.throws(() => dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy, filter: one }, attrs }), {
          name: 'RangeError',
          message: `Error in depthwiseConv2dNativeBackpropInput: out of memory, ${2 ** 16 * (2 ** 15 - 1)} bytes were wanted`,
        });
        assert.deepEqual(dw.memory(), before);
        const y = dw.depthwiseConv2d(one, one);
        assert.equal(y.data[0], Math.fround(one.data[0] * one.data[0]));
        y.dispose();
      });
    },
  );
}

/** All that a layer says and computes. */
function useLayer(module, dataFormat) {
  const layer = new module.DepthwiseConv2D({
    ...{ kernelSize: [3, 2], strides: 2, padding: 'same', depthMultiplier: 2, activation: 'softmax', dataFormat },
    ...{ depthwiseInitializer: { className: 'Orthogonal', config: { seed: 3 } }, biasConstraint: 'nonNeg' },
    ...{ depthwiseRegularizer: 'l1l2', activityRegularizer: 'l2', name: 'a name – with letters' },
  });
  const x = valuesFor(dataFormat === 'channelsLast' ? [2, 9, 8, 6] : [2, 6, 9, 8]);
  const tensors = module.tidy(() => {
    const y = layer.call(x, { training: true });
    const { dx, gradients } = layer.backward(valuesFor(y.shape));
    const losses = Float64Array.from(layer.losses());
    layer.setWeights(layer.getWeights());
    layer.weights[1].data.set(valuesFor([12]).data);
    layer.applyConstraints();
    return [y, dx, ...Object.values(gradients), ...layer.weights, { data: losses }].map(({ data }) => ({
      data: data.slice(),
    }));
  });
  const texts = [layer.name, layer.getConfig(), layer.toJSON(), layer.countParams(), layer.computeOutputShape(x.shape)];
  layer.dispose();
  return { tensors, texts };
}

test('a tensor of more than 2 GB', { skip: noRoomFor(6 * GIGABYTE) }, async () => {
  const dw = await loadAnotherModule();
  const [side, step, channels] = [11776, 512, 4]; // 2.07 GB
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
  assert.ok(data.subarray(-side * channels).every((value) => value === 0));

  const y = dw.depthwiseConv2d(dx, filter, step);
  assert.ok(y.data.every((value, i) => value === dy.data[i] * filter.data[i % channels] ** 2));
  const inputs = { x: dx, dy };
  const dfilter = dw.depthwiseConv2dNativeBackpropFilter({ inputs, attrs: { ...attrs, filterShape: filter.shape } });
  const squares = (c) => dy.data.reduce((sum, value, i) => sum + (i % channels === c ? value * value : 0), 0);
  filter.data.forEach((value, c) => assert.equal(dfilter.data[c], value * squares(c)));

  assert.throws(
    () => dw.tensor(data, inputShape),
    /^RangeError: Error in tensor: out of memory, \d+ bytes were wanted$/,
  );
  for (const tensor of [dx, y, dfilter]) tensor.dispose();
  assert.equal(dw.memory().numBytes, 0);
});
