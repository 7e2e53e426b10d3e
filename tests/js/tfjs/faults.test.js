// The faults of tfjs 4.22 around convolutions that our kernels repair. `theirs` are the results of tfjs alone; where tfjs would write beyond
// its memory, they come from another process. If a test fails because tfjs is right now, delete the part about tfjs.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { runInChild } from '../support/child.js';
import { assertExact } from '../support/compare.js';
import { combine, inChannelsFirst, sides } from '../support/grids.js';
import * as oracle from '../support/oracle.js';
import { makeProblem } from '../support/problem.js';
import { Random } from '../support/random.js';
import { runTfjsKernel, tf, useBackend } from '../support/tfjs.js';
import { maxPoolGradient } from '../support/tfjs-oracle.js';

const random = new Random('faults');
const ONES = [1, 1];

const plain = (tensor) => ({ data: tensor.dataSync(), shape: [...tensor.shape] });
const toTfjs = ({ data, shape }) => tf.tensor(data, shape, 'float32');
const ramp = (shape) => ({ data: Float32Array.from({ length: oracle.sizeOf(shape) }, (_, i) => i + 1), shape });
const example = (convolution) => makeProblem(convolution, random);

function messageOf(body) {
  try {
    return body();
  } catch (error) {
    return error.message;
  }
}

/** Returns y, and dx and dfilter of Σ y·dy, by tf.depthwiseConv2d. */
function depthwise({ x, filter, dy, convolution }) {
  const { strides = ONES, dilations = ONES, pad, dataFormat = 'NHWC', dimRoundingMode } = convolution;
  const op = (input, weights) =>
    tf.depthwiseConv2d(input, weights, strides, pad, dataFormat, dilations, dimRoundingMode);
  return tf.tidy(() => {
    const inputs = [x, filter].map(toTfjs);
    return [op(...inputs), ...tf.grads(op)(inputs, toTfjs(dy))].map(plain);
  });
}

function assertDepthwise(convolution) {
  const problem = example(convolution);
  const { x, filter, dy } = problem;
  const what = JSON.stringify(convolution);
  const [y, dx, dfilter] = depthwise(problem);
  assertExact(y, oracle.forward(convolution, x.data, filter.data), `y of ${what}`);
  assertExact(dx, oracle.inputGradient(convolution, dy.data, filter.data), `dx of ${what}`);
  assertExact(dfilter, oracle.filterGradient(convolution, x.data, dy.data), `dfilter of ${what}`);
}

/** Returns the result of tfjs's forward kernel alone. */
function forward(convolution, attrs = {}) {
  const { x, filter } = example({ ...convolution, pad: 'same' });
  const { strides, pad, dataFormat } = convolution;
  return runTfjsKernel('DepthwiseConv2dNative', { x, filter }, { strides, pad, dataFormat, ...attrs });
}

const BIAS = { data: Float32Array.of(10, 20), shape: [1, 1, 1, 2] };
const fused = (bias) =>
  tf.tidy(() => {
    const [x, filter] = [ramp([1, 2, 2, 2]), ramp([1, 1, 2, 1])].map(toTfjs);
    const attrs = /** @type {const} */ ({ strides: 1, pad: 'valid', activation: 'relu' });
    return plain(tf.fused.depthwiseConv2d({ x, filter, bias: toTfjs(bias), ...attrs }));
  });

const dense = {
  ...{ isDense: true, xShape: [1, 8, 8, 1], filterShape: [3, 3, 1, 2], strides: [2, 2], pad: 0 },
  dimRoundingMode: 'ceil',
};
const denseProblem = [dense.xShape, dense.filterShape, oracle.geometryOf(dense).yShape].map((shape) => ({
  data: random.integers(oracle.sizeOf(shape)),
  shape,
}));
const denseGradients = () =>
  tf.tidy(() => {
    const [x, filter, dy] = denseProblem.map(toTfjs);
    const op = (input, weights) => tf.conv2d(input, weights, 2, 0, 'NHWC', 1, 'ceil');
    return tf.grads(op)([x, filter], dy).map(plain);
  });

const pool = { xShape: [1, 4, 4, 1], filterSize: [2, 2], strides: [2, 2], pad: 'valid' };
const poolInput = { data: ramp(pool.xShape).data.map((value) => -value), shape: pool.xShape };
const poolGradient = () =>
  tf.tidy(() => plain(tf.grad((x) => tf.maxPool(x, 2, 2, 'valid'))(toTfjs(poolInput), toTfjs(ramp([1, 2, 2, 1])))));

const poolShape = () => tf.tidy(() => tf.maxPool(tf.ones([1, 7, 6, 3]), [3, 1], 1, 1).shape);

const largeStride = () =>
  tf.tidy(() => plain(tf.depthwiseConv2d(toTfjs(ramp([1, 2, 2, 1])), tf.ones([1, 2, 1, 1]), 2, 'same')));
const dilated = { xShape: [1, 7, 7, 2], filterShape: [3, 3, 2, 1], pad: 'valid', dilations: [2, 2] };

/** Multiplies by b, then by the same data as a matrix of another shape. Returns the second product, which consists of equal numbers. */
const reshapedProduct = (shape, reshaped) => {
  const b = tf.ones(shape);
  tf.matMul(tf.ones([3, shape[0]]), b);
  return tf.matMul(tf.ones([3, reshaped[0]]), tf.reshape(b, reshaped));
};

/** Operations around convolutions, which need no oracle: the right values are whole numbers or simple fractions. */
const valuesOf = (body) => tf.tidy(() => [...body().dataSync()]);
const normGradient = (scale, offset) => () =>
  tf.grad((x) => tf.batchNorm(x, tf.zeros([2]), tf.ones([2]), offset?.(), scale?.(), 3))(tf.ones([1, 2, 1, 2]));
const others = {
  norm: normGradient(),
  normWithoutScale: normGradient(undefined, () => tf.zeros([2])),
  normWithoutOffset: normGradient(() => tf.fill([2], 4)),
  normOfSecondAxis: () => {
    const perChannel = (...values) => tf.tensor(values, [1, 2, 1, 1]);
    return tf.batchNorm(tf.zeros([1, 2, 2, 1]), perChannel(1, 2), perChannel(1, 4), perChannel(0, 9), undefined, 0);
  },
  leakyRelu: () => {
    const f = (x) => tf.sum(tf.square(tf.leakyRelu(x, 0.5)));
    return tf.grad((x) => tf.sum(tf.grad(f)(x)))(tf.tensor1d([1, -1]));
  },
  exponential: () => {
    const f = (x) => tf.sum(tf.square(tf.exp(x))); // e^(2x), whose second derivative at 0 is 4
    return tf.grad((x) => tf.sum(tf.grad(f)(x)))(tf.tensor1d([0]));
  },
  comparison: () => {
    const f = (x) => tf.where(tf.less(x, 0), tf.square(x), x);
    return tf.grad((x) => tf.sum(f(x)))(tf.tensor1d([-3, 3]));
  },
  meanGradient: () => tf.grad((x) => tf.avgPool(x, [1, 2], [1, 1], 'same'))(tf.ones([1, 1, 2, 1])),
  maxGradient: () => tf.grad((x) => tf.maxPool(x, 2, 2, 0, 'ceil'))(tf.reshape(tf.range(1, 10), [1, 3, 3, 1])),
  meanOfMeans: () => {
    const f = (x) => tf.sum(tf.square(tf.avgPool(x, [1, 2], 1, 'valid')));
    return tf.grad((x) => tf.sum(tf.grad(f)(x)))(tf.ones([1, 1, 2, 1]));
  },
  mean: () => tf.mean(tf.fill([32, 3, 128, 128], 0.1), [0, 2, 3]),
  sign: () => tf.sign(tf.tensor1d([-1e-8, 1e-40, 0, NaN])),
  bilinear: () => {
    const f = (x) => tf.image.resizeBilinear(x, [1, 4], false, true);
    return tf.grad(f)(tf.ones([2, 1, 2, 1]), tf.tensor([1, 2, 3, 4, 4, 0, 0, 0], [2, 1, 4, 1]));
  },
  // Not the other way round, for which tfjs writes outside of the result.
  reshapedProduct: () => reshapedProduct([8, 2], [2, 8]),
  repeatedProduct: () => tf.matMul(tf.tensor([1, 2], [2, 1, 1, 1]), tf.tensor([1, 10, 100], [1, 3, 1, 1])),
  productWithoutTerms: () => {
    const ones = Array.from({ length: 50 }, () => tf.ones([8, 8]));
    tf.dispose(ones.filter((_, i) => i % 2 === 0)); // the result takes the memory of one of them
    return tf.matMul(tf.ones([8, 0]), tf.ones([0, 8]));
  },
  productGradient: () => tf.grads((a, b) => tf.matMul(a, b))([tf.ones([3, 2, 2]), tf.ones([2, 2])])[1],
  fusedProduct: () =>
    tf.fused.matMul({ a: tf.ones([2, 1]), b: tf.ones([1, 2]), bias: tf.tensor([1, 2, 3, 4], [2, 2]) }),
  nearest: () => {
    const f = (x) => tf.image.resizeNearestNeighbor(x, [1, 5], false, true);
    return tf.grad(f)(tf.ones([2, 1, 3, 1]), tf.tensor([1, 2, 3, 4, 5, 0, 0, 1, 0, 0], [2, 1, 5, 1]));
  },
};

/** Runs statements on tfjs's wasm backend in another process, whose memory is damaged afterwards. Returns `values` or the text of an error. */
function inOtherProcess(statements) {
  const source = `
    import { tf, useBackend } from './tests/js/support/tfjs.js';
    await useBackend('wasm');
    try {
      ${statements}
      console.log(JSON.stringify(values));
    } catch (error) {
      console.log(JSON.stringify(error.message));
    }
    process.exit(); // without the handlers that tfjs adds for the exit
  `;
  return JSON.parse(runInChild(source).trim().split('\n').at(-1));
}

/** Returns the shape and the first values of a convolution by tfjs's wasm kernel in another process, or the text of its error. */
function convolutionInOtherProcess(xShape, filterShape, attrs) {
  return inOtherProcess(`
    const inputs = { x: tf.ones(${JSON.stringify(xShape)}), filter: tf.ones(${JSON.stringify(filterShape)}) };
    const attrs = ${JSON.stringify({ dilations: ONES, dataFormat: 'NHWC', ...attrs })};
    const y = tf.engine().runKernel('DepthwiseConv2dNative', inputs, attrs);
    const values = [y.shape.map(String), ...y.dataSync().subarray(0, 16)];
  `);
}

await useBackend('cpu');
const theirs = {
  numericPad: forward({ xShape: [1, 7, 7, 1], filterShape: [1, 3, 1, 1], pad: 0 }).shape,
  channelsFirst: forward({ xShape: [1, 2, 7, 7], filterShape: [3, 3, 2, 1], pad: 'valid', dataFormat: 'NCHW' }).shape,
  largeFilter: forward({ xShape: [1, 2, 2, 1], filterShape: [5, 5, 1, 1], pad: 'valid' }).shape,
  zeroDilation: forward({ xShape: [1, 4, 4, 1], filterShape: [3, 3, 1, 1], pad: 'valid' }, { dilations: [0, 0] }).shape,
  dilated: messageOf(() => depthwise(example(dilated))),
  dilatedKernel: (() => {
    const { dy, filter } = example(dilated);
    const attrs = { pad: 'valid', dilations: [2, 2], inputShape: dilated.xShape };
    const dx = runTfjsKernel('DepthwiseConv2dNativeBackpropInput', { dy, filter }, attrs);
    return { dx, expected: oracle.inputGradient(dilated, dy.data, filter.data) };
  })(),
  dense: denseGradients(),
  poolShape: poolShape(),
  cpu: Object.fromEntries(Object.entries(others).map(([name, body]) => [name, messageOf(() => valuesOf(body))])),
};
await useBackend('wasm');
Object.assign(theirs, {
  largeStride: largeStride(),
  gradient: messageOf(() => depthwise(example({ xShape: [1, 4, 4, 1], filterShape: [3, 3, 1, 1], pad: 'same' }))),
  fused: messageOf(() => fused(BIAS)),
  pool: poolGradient(),
  wasm: Object.fromEntries(Object.entries(others).map(([name, body]) => [name, messageOf(() => valuesOf(body))])),
});

await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

test('tfjs alone has no gradient of a depthwise convolution on wasm', () => {
  assert.match(theirs.gradient, /Kernel 'DepthwiseConv2dNativeBackprop\w+' not registered for backend 'wasm'/);
});

test('tfjs alone writes beyond its output, reads values that nothing wrote, and accepts a stride of 0 on wasm', () => {
  const outOfBounds = convolutionInOtherProcess([1, 16, 16, 4], [5, 1, 4, 1], { strides: ONES, pad: 0 });
  assert.match(outOfBounds, /out of bounds/);
  const ceil = convolutionInOtherProcess([1, 8, 8, 1], [3, 3, 1, 1], {
    strides: [2, 2],
    pad: 0,
    dimRoundingMode: 'ceil',
  });
  const right = [9, 9, 9, 6, 9, 9, 9, 6, 9, 9, 9, 6, 6, 6, 6, 4];
  assert.deepEqual(ceil[0], ['1', '4', '4', '1']);
  assert.notDeepEqual(ceil.slice(1), right);
  const [shape] = convolutionInOtherProcess([1, 4, 4, 4], [3, 3, 4, 1], { strides: [0, 0], pad: 'valid' });
  assert.deepEqual(shape, ['1', 'Infinity', 'Infinity', '4']);
});

test('tfjs alone writes beyond the product with a matrix that was multiplied with another shape, and stops', () => {
  const message = inOtherProcess(`
    const reshapedProduct = ${reshapedProduct};
    const values = [...reshapedProduct([2, 8], [8, 2]).dataSync()];
  `);
  assert.match(message, /Aborted/);
});

for (const backend of ['wasm', 'cpu']) {
  describe(`our kernels on ${backend} repair`, () => {
    before(() => useBackend(backend));

    test('a numeric pad with a filter that is not square', () => {
      assert.deepEqual(theirs.numericPad, [1, 7, 7, 1]);
      for (const { filter, pad } of combine({
        filter: [
          [5, 1],
          [1, 5],
          [4, 3],
        ],
        pad: [0, 1, 3],
      })) {
        // prettier-ignore
        assertDepthwise({ xShape: [2, 9, 8, 4], filterShape: [...filter, 4, 1], pad });
        assertDepthwise({ xShape: [1, 9, 8, 3], filterShape: [...filter, 3, 2], pad, strides: [2, 1] });
      }
    });

    test("'same' with a stride that is larger than the filter", () => {
      assert.deepEqual([...theirs.largeStride.data], [0]);
      assert.deepEqual([...largeStride().data], [3]);
      for (const { taps, stride, size } of combine({ taps: [1, 2], stride: [3, 4], size: [5, 8, 9] })) {
        const shapes = { xShape: [2, size, size + 1, 5], filterShape: [taps, 1, 5, 1] };
        assertDepthwise({ ...shapes, strides: [stride, stride], pad: 'same' });
      }
    });

    test("dimRoundingMode 'ceil' and 'round'", () => {
      const choices = { size: [5, 6, 8], stride: [2, 3], pad: [0, 1, sides(0, 2, 1, 0)] };
      for (const { size, stride, pad, mode } of combine({ ...choices, mode: ['ceil', 'round'] })) {
        const shapes = { xShape: [1, size, size, 4], filterShape: [3, 3, 4, 1] };
        assertDepthwise({ ...shapes, strides: [stride, stride], pad, dimRoundingMode: mode });
      }
    });

    test('NCHW, which tfjs computes as NHWC', () => {
      assert.deepEqual(theirs.channelsFirst, [1, 0, 5, 7]);
      const choices = { pad: ['same', 'valid', 1, sides(1, 0, 2, 1)], strides: [ONES, [2, 3]] };
      for (const { pad, strides } of combine(choices)) {
        assertDepthwise(inChannelsFirst({ xShape: [2, 7, 6, 3], filterShape: [3, 2, 3, 2], pad, strides }));
      }
    });

    test('the gradients of a dilated convolution', () => {
      assert.match(theirs.dilated, /dilation rates greater than 1 are not yet supported/);
      const { dx, expected } = theirs.dilatedKernel;
      assert.throws(() => assertExact(dx, expected), /element/);
      const choices = { dilations: [[2, 2], [3, 1]], pad: ['same', 'valid', 2], multiplier: [1, 2] }; // prettier-ignore
      for (const { dilations, pad, multiplier } of combine(choices)) {
        const shapes = { xShape: [2, 9, 8, 3], filterShape: [3, 3, 3, multiplier] };
        assertDepthwise({ ...shapes, dilations, pad });
        assertDepthwise({ ...shapes, dilations, pad, strides: [2, 2] });
      }
    });

    test('a filter that is larger than the input, and a dilation of 0, by refusing them', () => {
      assert.deepEqual(theirs.largeFilter, [1, -2, -2, 1]);
      assert.equal(theirs.zeroDilation.length, 4);
      const ones = (shape) => tf.ones(shape);
      const run = (body) => () => tf.tidy(() => void body());
      const large = run(() => tf.depthwiseConv2d(ones([1, 2, 2, 1]), ones([5, 5, 1, 1]), 1, 'valid'));
      assert.throws(large, /filter must not be larger than the padded input/);
      const zero = run(() => tf.depthwiseConv2d(ones([1, 4, 4, 1]), ones([3, 3, 1, 1]), 1, 'valid', 'NHWC', 0));
      assert.throws(zero, /dilations must be/);
    });

    test('the rounding mode in the gradients of a dense convolution', () => {
      const [x, filter, dy] = denseProblem.map(({ data }) => data);
      const right = [oracle.inputGradient(dense, dy, filter), oracle.filterGradient(dense, x, dy)];
      denseGradients().forEach((gradient, i) => assertExact(gradient, right[i]));
      theirs.dense.forEach((gradient, i) => assert.throws(() => assertExact(gradient, right[i])));
    });

    test('a fused bias of any shape that broadcasts', () => {
      assert.match(theirs.fused, /only supports rank-1 bias/);
      assert.deepEqual([...fused({ ...BIAS, shape: [2] }).data], [11, 24, 13, 28, 15, 32, 17, 36]);
      assert.deepEqual(fused(BIAS), fused({ ...BIAS, shape: [2] }));
      assert.deepEqual([...fused({ data: Float32Array.of(-4), shape: [] }).data], [0, 0, 0, 4, 1, 8, 3, 12]);
      const perRow = { data: Float32Array.of(1, 2), shape: [2, 1, 1] };
      assert.deepEqual([...fused(perRow).data], [2, 5, 4, 9, 7, 14, 9, 18]);
    });

    test('a fused bias and slopes of prelu in NCHW are those of NHWC', () => {
      const size = 3; // of all axes but the batch, so that values along another axis would not be an error
      const shapes = { NHWC: [[3], [1], [1, 1, 3]], NCHW: [[3], [1], [3, 1, 1]] }; // prettier-ignore
      const [toNchw, toNhwc] = [[0, 3, 1, 2], [0, 2, 3, 1]]; // prettier-ignore
      for (const [kernel, outChannels] of [
        ['FusedConv2D', size],
        ['FusedDepthwiseConv2D', 1],
      ]) {
        // prettier-ignore
        const x = ramp([2, size, size, size]);
        const filter = ramp([2, 2, size, outChannels]);
        for (const { bias, slopes } of combine({ bias: [0, 1, 2, undefined], slopes: [0, 1, 2] })) {
          const run = (dataFormat, x) => {
            const valuesOfShape = (i, first) =>
              toTfjs({ data: ramp(shapes.NHWC[i]).data.map((value) => first + value), shape: shapes[dataFormat][i] });
            const inputs = { x, filter: toTfjs(filter), preluActivationWeights: valuesOfShape(slopes, 2) };
            if (bias !== undefined) inputs.bias = valuesOfShape(bias, -90);
            const attrs = { strides: [1, 1], pad: 'same', dataFormat, dilations: [1, 1], activation: 'prelu' };
            return tf.engine().runKernel(kernel, inputs, attrs);
          };
          tf.tidy(() => {
            const y = run('NHWC', toTfjs(x));
            const transposed = tf.transpose(run('NCHW', tf.transpose(toTfjs(x), toNchw)), toNhwc);
            assert.deepEqual(plain(transposed), plain(y), `${kernel}, bias ${bias}, slopes ${slopes}`);
          });
        }
      }
    });

    test('the gradient of a max pooling of values that are not positive', () => {
      const right = maxPoolGradient(pool, poolInput.data, ramp([1, 2, 2, 1]).data);
      assertExact(poolGradient(), right);
      assert.throws(() => assertExact(theirs.pool, right));
    });

    test("the gradient of a mean with 'same', which tfjs divides by the size of the filter", () => {
      assert.deepEqual(theirs[backend].meanGradient, [0.5, 1]);
      assert.deepEqual(valuesOf(others.meanGradient), [0.5, 1.5]);
    });

    test('a product with a matrix that was multiplied with another shape', () => {
      if (backend === 'wasm') assert.notDeepEqual(theirs.wasm.reshapedProduct, Array(24).fill(2));
      assert.deepEqual(valuesOf(others.reshapedProduct), Array(24).fill(2));
      assert.deepEqual(valuesOf(() => reshapedProduct([2, 8], [8, 2])), Array(6).fill(8)); // prettier-ignore
    });

    test('products of batches that both broadcast', () => {
      assert.equal(theirs[backend].repeatedProduct.length, 3); // for a shape of 6
      assert.deepEqual(valuesOf(others.repeatedProduct), [1, 10, 100, 2, 20, 200]);
    });

    test('a product without terms', () => {
      if (backend === 'wasm') assert.notDeepEqual(theirs.wasm.productWithoutTerms, Array(64).fill(0));
      assert.deepEqual(valuesOf(others.productWithoutTerms), Array(64).fill(0));
    });

    test('the gradient of a product with a matrix for all of a batch', () => {
      assert.match(theirs[backend].productGradient, /which does not match the shape of the input/);
      assert.deepEqual(valuesOf(others.productGradient), [6, 6, 6, 6]);
    });

    test('a fused product with a bias of any shape that broadcasts', () => {
      if (backend === 'wasm') assert.match(theirs.wasm.fusedProduct, /only supports rank-1 bias/);
      assert.deepEqual(valuesOf(others.fusedProduct), [2, 3, 4, 5]);
    });

    test("the gradient of a pooling with dimRoundingMode 'ceil'", () => {
      const right = [0, 0, 0, 0, 1, 1, 0, 1, 1];
      assert.notDeepEqual(theirs[backend].maxGradient, right);
      assert.deepEqual(valuesOf(others.maxGradient), right);
    });

    test('the second derivative of a pooling', () => {
      assert.match(theirs[backend].meanOfMeans, /gradient function not found for AvgPoolGrad/);
      assert.deepEqual(valuesOf(others.meanOfMeans), [1, 1]);
    });

    test('a pooling with a numeric pad and a filter that is not square', () => {
      assert.deepEqual(theirs.poolShape, [1, 7, 6, 3]);
      assert.deepEqual(poolShape(), [1, 7, 8, 3]);
    });

    test('the gradient of a batch norm without scale or offset', () => {
      for (const each of ['norm', 'normWithoutScale', 'normWithoutOffset']) {
        assert.match(String(theirs[backend][each]), /Cannot read properties of undefined/, each);
      }
      assert.deepEqual(valuesOf(others.norm), [0.5, 0.5, 0.5, 0.5]);
      assert.deepEqual(valuesOf(others.normWithoutScale), [0.5, 0.5, 0.5, 0.5]);
      assert.deepEqual(valuesOf(others.normWithoutOffset), [2, 2, 2, 2]);
    });

    test('batch norm over an axis that is not the last', () => {
      assert.notDeepEqual(theirs[backend].normOfSecondAxis, [-1, -1, 8, 8]);
      assert.deepEqual(valuesOf(others.normOfSecondAxis), [-1, -1, 8, 8]);
    });

    test('the second derivatives of activations, and derivatives through comparisons', () => {
      assert.match(theirs[backend].leakyRelu, /gradient function not found for Greater/);
      assert.deepEqual(valuesOf(others.leakyRelu), [2, 0.5]);
      assert.deepEqual(theirs[backend].exponential, [2]); // tfjs loses half of it, without an error
      assert.deepEqual(valuesOf(others.exponential), [4]);
      assert.match(theirs[backend].comparison, /gradient function not found for Less/);
      assert.deepEqual(valuesOf(others.comparison), [-6, 1]);
    });

    test('the accuracy of a mean over axes that are not adjacent', () => {
      const error = (values) => Math.max(...values.map((value) => Math.abs(value / Math.fround(0.1) - 1)));
      if (backend === 'wasm') assert.ok(error(theirs.wasm.mean) > 1e-3);
      assert.ok(error(valuesOf(others.mean)) <= 2e-7);
    });

    test('the sign of small numbers', () => {
      if (backend === 'wasm') assert.deepEqual(theirs.wasm.sign, [0, 0, 0, 0]);
      assert.deepEqual(valuesOf(others.sign), [-1, 1, 0, 0]); // 0 for NaN, as in tfjs's cpu kernel
    });

    test('the gradients of resized images with halfPixelCenters and in batches', () => {
      for (const [each, right] of Object.entries({ bilinear: [3.25, 6.75, 4, 0], nearest: [3, 3, 9, 0, 1, 0] })) {
        assert.notDeepEqual(theirs[backend][each], right);
        assert.deepEqual(valuesOf(others[each]), right);
      }
    });
  });
}
