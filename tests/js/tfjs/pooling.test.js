// tf.maxPool, tf.avgPool and the pooling layers of tfjs with our kernels: values and gradients against the definition.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertExact, assertMatches } from '../support/compare.js';
import { combine, sides } from '../support/grids.js';
import { sizeOf } from '../support/oracle.js';
import { Random } from '../support/random.js';
import { tf, useBackend } from '../support/tfjs.js';
import { leavingNothing } from '../support/tfjs-memory.js';
import * as definition from '../support/tfjs-oracle.js';

await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

const plain = (tensor) => ({ data: tensor.dataSync(), shape: [...tensor.shape] });
const toTfjs = ({ data, shape }) => tf.tensor(data, shape, 'float32');
const valuesOf = (body) => tf.tidy(() => [...body().dataSync()]);

/** Checks values and gradients of both ops against the definition, for integers, some of which are equal. */
function assertPools(pool, random) {
  const { xShape, filterSize, strides = [1, 1], pad, dimRoundingMode } = pool;
  const what = JSON.stringify(pool);
  const full = { ...pool, strides };
  const yShape = definition.poolShape(full);
  const integers = (shape) => ({ data: random.integers(sizeOf(shape)), shape });
  const [x, dy] = [integers(xShape), integers(yShape)];
  leavingNothing(() =>
    tf.tidy(() => {
      const tensors = [toTfjs(x), toTfjs(dy)];
      const max = (x) => tf.maxPool(x, filterSize, strides, pad, dimRoundingMode);
      const average = (x) => tf.avgPool(x, filterSize, strides, pad, dimRoundingMode);
      assertExact(plain(max(tensors[0])), definition.maxPool(full, x.data), `the maxima of ${what}`);
      const dx = plain(tf.grad(max)(...tensors));
      assertExact(dx, definition.maxPoolGradient(full, x.data, dy.data), `the gradient of the maxima of ${what}`);
      const means = plain(average(tensors[0]));
      assertMatches(means, definition.averagePool(full, x.data), `the means of ${what}`, 2);
      const dxOfMeans = plain(tf.grad(average)(...tensors));
      assertMatches(
        dxOfMeans,
        definition.averagePoolGradient(full, dy.data),
        `the gradient of the means of ${what}`,
        2,
      );
    }),
  );
}

for (const backend of ['wasm', 'cpu']) {
  describe(`on ${backend}`, () => {
    before(() => useBackend(backend));

    test('every padding, rounding mode, filter and stride gives the values and gradients of the definition', () => {
      const random = new Random('poolings');
      const choices = {
        filterSize: [[2, 2], [3, 3], [3, 1], [1, 4], [2, 3]], // prettier-ignore
        strides: [[1, 1], [2, 2], [1, 3], [4, 2]], // prettier-ignore
      };
      for (const [i, choice] of combine(choices).entries()) {
        const xShape = [1 + (i % 2), 7, 9, 1 + (i % 6)];
        for (const pad of ['same', 'valid', 0, 1, 3, sides(0, 2, 1, 0)]) {
          assertPools({ xShape, ...choice, pad }, random);
          if (typeof pad === 'string') continue;
          for (const dimRoundingMode of ['floor', 'round', 'ceil']) {
            assertPools({ xShape, ...choice, pad, dimRoundingMode }, random);
          }
        }
      }
    });

    test('an image of rank 3, an empty batch, and a filter or strides that are one number', () => {
      tf.tidy(() => {
        const image = tf.reshape(tf.range(0, 9), [3, 3, 1]);
        for (const op of [tf.maxPool, tf.avgPool]) {
          assert.deepEqual(op(image, 2, 1, 'valid').shape, [2, 2, 1]);
          assert.deepEqual(tf.grad((x) => op(x, 2, 1, 'valid'))(image).shape, [3, 3, 1]);
          assert.deepEqual(op(tf.zeros([0, 4, 4, 2]), [2, 2], 2, 'same').shape, [0, 2, 2, 2]);
          assert.deepEqual(tf.grad((x) => op(x, 2, 2, 'same'))(tf.zeros([0, 4, 4, 2])).shape, [0, 4, 4, 2]);
        }
      });
    });

    test('a numeric pad with a filter that is not square, or with unequal strides', () => {
      // The size is 7×8. Each window passes 1 to its first row, but those of the 2 columns in the padding have no inputs.
      const dx = valuesOf(() => tf.grad((x) => tf.maxPool(x, [3, 1], 1, 1))(tf.ones([1, 7, 6, 3])));
      assert.equal(
        dx.reduce((sum, each) => sum + each),
        7 * 6 * 3,
      );
      assert.deepEqual(
        valuesOf(() => tf.avgPool(tf.ones([1, 1, 2, 1]), [3, 1], [1, 2], 1)),
        [0, 1],
      );
      assert.deepEqual(
        tf.tidy(() => tf.maxPool(tf.ones([1, 7, 6, 3]), [3, 1], [2, 3], 1).shape),
        [1, 4, 3, 3],
      );
    });

    test("the last window of dimRoundingMode 'ceil' reaches past the image", () => {
      const upTo9 = () => tf.reshape(tf.range(1, 10), [1, 3, 3, 1]);
      const f = (op) => (x) => op(x, 2, 2, 0, 'ceil');
      assert.deepEqual(
        valuesOf(() => f(tf.maxPool)(upTo9())),
        [5, 6, 8, 9],
      );
      assert.deepEqual(
        valuesOf(() => tf.grad(f(tf.maxPool))(upTo9())),
        [0, 0, 0, 0, 1, 1, 0, 1, 1],
      );
      assert.deepEqual(
        valuesOf(() => f(tf.avgPool)(upTo9())),
        [3, 4.5, 7.5, 9],
      );
      const half = [0.25, 0.25, 0.5, 0.25, 0.25, 0.5, 0.5, 0.5, 1];
      assert.deepEqual(
        valuesOf(() => tf.grad(f(tf.avgPool))(upTo9())),
        half,
      );
    });

    test('a mean divides by the number of inputs inside the image, in both directions', () => {
      const f = (x) => tf.avgPool(x, [1, 3], 1, 'same');
      assert.deepEqual(
        valuesOf(() => f(tf.reshape(tf.range(1, 4), [1, 1, 3, 1]))),
        [1.5, 2, 2.5],
      );
      const third = Math.fround(1 / 3);
      const gradient = valuesOf(() => tf.grad(f)(tf.ones([1, 1, 3, 1])));
      assert.deepEqual(gradient, [0.5 + third, 0.5 + third + 0.5, third + 0.5].map(Math.fround));
    });

    test('a window without inputs has the maximum -Infinity, the mean 0 and no gradient', () => {
      const x = () => tf.tensor([7], [1, 1, 1, 1]);
      const f = (op) => (x) => op(x, 1, 1, 1);
      const around = (middle, border) => Array.from({ length: 9 }, (_, i) => (i === 4 ? middle : border));
      assert.deepEqual(
        valuesOf(() => f(tf.maxPool)(x())),
        around(7, -Infinity),
      );
      assert.deepEqual(
        valuesOf(() => f(tf.avgPool)(x())),
        around(7, 0),
      );
      for (const op of [tf.maxPool, tf.avgPool])
        assert.deepEqual(
          valuesOf(() => tf.grad(f(op))(x())),
          [1],
        );
    });

    test('the first of equal values is the maximum; a NaN only where a window contains nothing else', () => {
      const row = (values) => () => tf.tensor(values, [1, 1, values.length, 1]);
      const both = (values) => {
        const pool = (x) => tf.maxPool(x, [1, values.length], 1, 'valid');
        return [valuesOf(() => pool(row(values)()))[0], valuesOf(() => tf.grad(pool)(row(values)()))];
      };
      assert.deepEqual(both([1, 3, 3]), [3, [0, 1, 0]]);
      assert.deepEqual(both([NaN, -2, -3]), [-2, [0, 1, 0]]);
      assert.deepEqual(both([-Infinity, -Infinity]), [-Infinity, [1, 0]]);
      assert.deepEqual(both([NaN, -Infinity]), [-Infinity, [0, 1]]);
      assert.deepEqual(both([NaN, NaN]), [NaN, [0, 0]]);
      const mean = (values) => valuesOf(() => tf.avgPool(row(values)(), [1, values.length], 1, 'valid'))[0];
      assert.deepEqual(mean([NaN, 1]), NaN);
      assert.deepEqual(mean([Infinity, 1]), Infinity);
    });

    test('the mean of many values is accurate', () => {
      for (const shape of [
        [1, 100, 100, 3],
        [1, 10000, 1, 3],
        [1, 1, 10000, 3],
      ]) {
        // prettier-ignore
        const means = valuesOf(() => tf.avgPool(tf.fill(shape, 0.1), [shape[1], shape[2]], 1, 'valid'));
        for (const mean of means) assert.ok(Math.abs(mean - Math.fround(0.1)) < 1e-7, `${shape}: ${mean}`);
      }
    });

    test('the pooling layers of tfjs', () => {
      const { layers } = tfl;
      const rows = (...shape) => tf.reshape(tf.range(0, sizeOf(shape)), shape);
      for (const [layer, shape, expected] of [
        [layers.maxPooling2d({ poolSize: 2 }), [1, 4, 4, 1], [5, 7, 13, 15]],
        [layers.averagePooling2d({ poolSize: 2 }), [1, 4, 4, 1], [2.5, 4.5, 10.5, 12.5]],
        [layers.maxPooling2d({ poolSize: [3, 2], strides: 2, padding: 'same' }), [1, 3, 3, 1], [4, 5, 7, 8]],
        [layers.averagePooling2d({ poolSize: 2, strides: 2, padding: 'same' }), [1, 3, 3, 1], [2, 3.5, 6.5, 8]],
        [layers.averagePooling2d({ poolSize: 2, dataFormat: 'channelsFirst' }), [1, 2, 2, 2], [1.5, 5.5]],
        [layers.maxPooling1d({ poolSize: 2 }), [1, 5, 1], [1, 3]],
        [layers.averagePooling1d({ poolSize: 3, strides: 1, padding: 'same' }), [1, 3, 1], [0.5, 1, 1.5]],
        [layers.globalAveragePooling2d({}), [1, 2, 2, 2], [3, 4]],
        [layers.globalMaxPooling2d({}), [1, 2, 2, 2], [6, 7]],
        [layers.globalAveragePooling1d({}), [1, 3, 1], [1]],
        [layers.globalMaxPooling1d({}), [1, 3, 1], [2]],
      ]) {
        assert.deepEqual(valuesOf(() => layer.apply(rows(...shape))), expected, layer.getClassName()); // prettier-ignore
        const dx = tf.tidy(() => tf.grad((x) => tf.sum(layer.apply(x)))(rows(...shape)));
        assert.deepEqual(dx.shape, shape, layer.getClassName());
        // Each output passes on its gradient of 1.
        assert.ok(Math.abs(dx.dataSync().reduce((sum, each) => sum + each) - expected.length) < 1e-5);
        dx.dispose();
      }
    });

    test('the ops refuse wrong arguments by name', () => {
      const x = tf.ones([1, 4, 4, 1]);
      for (const [body, text] of [
        [() => tf.maxPool(x, 5, 1, 'valid'), /^Error in MaxPool: filterSize must not be larger than the padded input/],
        [() => tf.avgPool(x, 0, 1, 'valid'), /^Error in AvgPool: filterSize must be a whole number/],
        [() => tf.avgPool(x, 2, [1, 0], 'valid'), /^Error in AvgPool: strides must be a whole number/],
        [() => tf.maxPool(x, 2, 1, -1), /^Error in MaxPool: pad must be a whole number/],
        [() => tf.maxPool(x, 2, 1, 2 ** 31), /^Error in MaxPool: pad must be a whole number from 0 to/],
        [() => tf.maxPool(x, 2, 1, 2 ** 20), /^Error in MaxPool: the output must have at most/],
        [() => tf.maxPool(x, 2, 1, 'same', 'ceil'), /pad must be an integer when using dimRoundingMode/],
      ]) {
        leavingNothing(() => assert.throws(() => tf.tidy(() => void body()), ({ message }) => (assert.match(message, text), true))); // prettier-ignore
      }
      x.dispose();
    });
  });
}
