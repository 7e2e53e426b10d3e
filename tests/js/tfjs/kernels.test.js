// Every kernel that registerKernels registers: results, and refused arguments. A refused call leaves nothing, and the next call is right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { load } from 'depthwise-wasm';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { assertMatches, assertSameBits } from '../support/compare.js';
import { sizeOf } from '../support/oracle.js';
import { valuesFor } from '../support/problem.js';
import { tf, useBackend } from '../support/tfjs.js';
import { onEachBackend } from '../support/tfjs-backends.js';
import { kernelCalls, runKernelCall, tensorsOf } from '../support/tfjs-kernel-calls.js';
import { leavingNothing } from '../support/tfjs-memory.js';

const ones = (shape, dtype = 'float32') => tf.ones(shape, dtype);
const run = (kernel, inputs, attrs) => tf.engine().runKernel(kernel, inputs, attrs);

await useBackend('cpu');
/** The results of tfjs's cpu backend for unusual arguments that are right. */
const theirs = Object.fromEntries(Object.entries(unusualCalls()).map(([name, body]) => [name, valuesOf(body)]));

const dw = await load();
const { kernels } = await registerKernels(tf);
await registerKernels(tf, { backend: 'cpu' });

function valuesOf(body) {
  return tf.tidy(() => {
    const result = body();
    return { values: [...result.dataSync()], shape: result.shape, dtype: result.dtype };
  });
}

/** Asserts that `body` throws an error with this text, and leaves nothing. */
function assertRefuses(body, pattern, what = '') {
  leavingNothing(() => assert.throws(() => tf.tidy(() => void body()), ({ message }) => (assert.match(message, pattern, what), true), `${what} is not refused`)); // prettier-ignore
}

/** For each kernel a call with all its inputs. Einsum and the kernels over volumes have tests of their own. */
const fullCalls = kernels
  .filter((name) => !/Einsum|3D/.test(name))
  .map((name) => {
    const inputCount = ({ inputs }) => Object.values(inputs).filter(Boolean).length;
    return kernelCalls.filter(({ kernel }) => kernel === name).sort((a, b) => inputCount(b) - inputCount(a))[0];
  });
const fullCall = (kernel) => fullCalls.find((call) => call.kernel === kernel);

/** Asserts that a kernel refuses a valid call with other inputs or attrs. */
function assertRefusesCall({ kernel, inputs, attrs }, changes, pattern, what) {
  const tensors = tensorsOf(inputs);
  const changed = { ...tensors, ...changes.inputs };
  assertRefuses(() => run(kernel, changed, { ...attrs, ...changes.attrs }), pattern, `${kernel}: ${what}`);
  tf.dispose([tensors, changes.inputs ?? {}]);
}

onEachBackend((backend, expected) => {
  const assertStillRight = () => assert.deepEqual(kernelCalls.map(runKernelCall), expected());

  test('every kernel computes its definition, and leaves nothing', () => {
    for (const call of kernelCalls) {
      const results = leavingNothing(() => runKernelCall(call));
      assert.equal(results.length, call.expected.length);
      results.forEach((result, i) =>
        assertMatches(result, call.expected[i], `${call.kernel} ${call.what}, result ${i}`, call.roundings),
      );
    }
  });

  test('every kernel computes with tensors of the other backend', async () => {
    for (const [i, call] of kernelCalls.entries()) {
      await useBackend(backend === 'wasm' ? 'cpu' : 'wasm');
      const inputs = tensorsOf(call.inputs);
      await useBackend(backend);
      tf.tidy(() => {
        const results = [run(call.kernel, inputs, call.attrs)].flat();
        results.forEach((result, j) => assert.deepEqual(result.dataSync(), expected()[i][j].data, call.kernel));
      });
      tf.dispose(inputs);
    }
  });

  test('every kernel refuses inputs of another type', () => {
    const float = (shape) => new Float32Array(2 * sizeOf(shape));
    const others = {
      float32: (shape) => ones(shape, 'float32'),
      int32: (shape) => ones(shape, 'int32'),
      bool: (shape) => ones(shape, 'bool'),
      // tfjs's wasm backend has no kernel for complex numbers.
      complex64: (shape) =>
        backend === 'cpu'
          ? tf.complex(ones(shape), ones(shape))
          : tf.engine().makeTensor(float(shape), shape, 'complex64'),
      string: (shape) => tf.tensor(Array(sizeOf(shape)).fill('one'), shape, 'string'),
    };
    // These share data of any type, or leave other types to tfjs.
    const tolerant = [
      ...['Identity', 'Cast', 'Mean', 'Sum', 'ClipByValue', 'Relu6', 'Sign', 'Tile'],
      ...['Add', 'Sub', 'Multiply', 'RealDiv', 'SquaredDifference', 'Maximum', 'Minimum', 'Pow'],
      ...['Exp', 'Tanh', 'Erf', 'Sqrt', 'Rsqrt', 'LeakyRelu'],
    ];
    const refusing = fullCalls.filter(({ kernel }) => !tolerant.includes(kernel));
    for (const call of refusing) {
      for (const [name, { shape, dtype: right }] of Object.entries(call.inputs)) {
        if (name === 'output' || name === 'images' || acceptsOtherTypes(backend, call.kernel, name)) continue; // no kernel reads them
        for (const dtype of Object.keys(others).filter((other) => other !== right)) {
          const text = `Argument '${name}' passed to '${call.kernel}' must be ${right} tensor, but got ${dtype} tensor`;
          const wrong = tf.tidy(() => others[dtype](shape));
          assertRefusesCall(call, { inputs: { [name]: wrong } }, new RegExp(`^${text}$`), dtype);
        }
      }
    }
    assertStillRight();
  });

  test('every kernel refuses a disposed or missing input, and names it', () => {
    const optional = ['bias', 'preluActivationWeights', 'scale', 'offset'];
    for (const call of kernelCalls.filter(({ kernel, isOurs }) => isOurs && !/Identity|Cast/.test(kernel))) {
      for (const name of Object.keys(call.inputs).filter((each) => call.inputs[each] && each !== 'output')) {
        const inputs = tensorsOf(call.inputs);
        inputs[name].dispose();
        const text = `^Error in ${call.kernel}: ${name} must be a live tensor, got one that is disposed$`;
        assertRefuses(() => run(call.kernel, inputs, call.attrs), new RegExp(text), call.what);
        delete inputs[name];
        if (!optional.includes(name)) assertRefuses(() => run(call.kernel, inputs, call.attrs), /./, call.what);
        tf.dispose(inputs);
      }
    }
    assertStillRight();
  });

  test('every kernel refuses shapes that do not fit', () => {
    for (const call of fullCalls.filter(({ kernel }) => /Conv2|Pool/.test(kernel))) {
      for (const [name, { shape }] of Object.entries(call.inputs)) {
        if (['output', 'bias', 'preluActivationWeights'].includes(name)) continue;
        const wrongShapes = [shape.slice(1), [...shape, 1], []];
        if (Object.keys(call.inputs).length > 1) wrongShapes.push(shape.map((size) => size + 1));
        for (const wrongShape of wrongShapes) {
          const inputs = { [name]: ones(wrongShape) };
          assertRefusesCall(call, { inputs }, new RegExp(`^Error in ${call.kernel}: `), `${name} ${wrongShape}`);
        }
      }
    }
    for (const [kernel, shapes] of Object.entries({
      UnsortedSegmentSum: [
        ['segmentIds', [21]],
        ['segmentIds', [19]],
        ['segmentIds', [20, 3, 5, 1]],
      ],
      FusedBatchNormGrad: [
        ['mean', [6]],
        ['variance', [1]],
        ['scale', [8]],
        ['dy', [2, 6, 5, 8]],
        ['mean', [1, 7]],
      ],
      ResizeBilinearGrad: [
        ['dy', [2, 9, 7, 2]],
        ['dy', [1, 9, 7, 3]],
        ['dy', [9, 7, 3]],
        ['images', [2, 5, 4]],
        ['images', [2, 0, 4, 3]],
      ],
      MeanGrad: [
        ['dy', [3, 6]],
        ['dy', [3, 8]],
      ],
      BatchMatMul: [
        ['a', [7]],
        ['b', []],
      ],
      ClipByValueGrad: [
        ['dy', [3, 6]],
        ['dy', [22]],
      ],
      BatchNormStatistics: [
        ['movingMean', [6]],
        ['movingVariance', [1, 7]],
      ],
      BatchNormTraining: [
        ['mean', [8]],
        ['offset', [1]],
      ],
      Conv2DBatchNorm: [
        ['variance', [8]],
        ['bias', [1]],
        ['scale', [7, 1]],
      ],
      DepthwiseConv2DBatchNorm: [
        ['mean', [6]],
        ['offset', [1, 5]],
      ],
      BatchNormTrainingGrad: [
        ['dy', [2, 6, 5, 8]],
        ['variance', [6]],
        ['scale', []],
      ],
      LayerNorm: [
        ['scale', [20]],
        ['offset', [4, 21]],
      ],
      LayerNormGrad: [
        ['dy', [5, 4, 20]],
        ['scale', [1]],
      ],
      ReluGrad: [['dy', [3, 5, 1]]],
      SigmoidGrad: [['dy', [2]]],
      SGDUpdate: [
        ['value', [7, 3]],
        ['gradient', [21]],
        ['c', [1]],
      ],
      AdamUpdate: [
        ['gradient', []],
        ['accumulatedFirstMoment', [3, 6]],
        ['accumulatedSecondMoment', [1, 7]],
        ['accBeta2', [2]],
      ],
    })) {
      const call = fullCall(kernel);
      for (const [name, shape] of shapes) {
        const inputs = { [name]: tf.zeros(shape, call.inputs[name].dtype) };
        assertRefusesCall(call, { inputs }, new RegExp(`^Error in ${kernel}: \\w+ must have `), `${name} ${shape}`);
      }
    }
    for (const [name, shape] of [
      ['mean', [6]],
      ['scale', [1, 4, 1]],
      ['offset', [1, 2, 6, 5, 7]],
    ]) {
      const text = new RegExp(
        `^Error in FusedBatchNorm: ${name} must broadcast to x \\[[0-9,]+\\], got \\[${shape}\\]$`,
      );
      assertRefusesCall(fullCall('FusedBatchNorm'), { inputs: { [name]: ones(shape) } }, text, name);
    }
    for (const reps of [undefined, 2, [1, 1], [1, 1, 1, -1], [1, 1, 1, 0.5]]) {
      assertRefusesCall(fullCall('Tile'), { attrs: { reps } }, /^Error in Tile: reps must be a whole number/);
    }
    for (const kernel of ['BatchMatMul', '_FusedMatMul']) {
      const shapes = { a: [2, 5, 7], b: [2, 7, 6] };
      for (const [change, attrs, text] of [
        [{ b: [2, 6, 7] }, {}, /the inner sizes of a and b must be equal, got 7 of a \[2,5,7\] and 6 of b \[2,6,7\]/],
        [{}, { transposeA: true }, /the inner sizes .* got 5 of a .* and 7 of b .*, with transposeA true and/],
        [{}, { transposeB: true }, /the inner sizes .* got 7 of a .* and 6 of b .*, .* and transposeB true$/],
        [{ a: [3, 5, 7] }, {}, /the dimensions of a and b before the last two must broadcast, got a \[3,5,7\] and b/],
        [{ a: [2, 1, 2, 5, 7], b: [3, 3, 7, 6] }, {}, /the dimensions of a and b before the last two must broadcast/],
        [{ a: [2 ** 16, 0], b: [0, 2 ** 16] }, {}, /the result must have at most 1073741824 elements/],
      ]) {
        const inputs = Object.fromEntries(
          Object.entries({ ...shapes, ...change }).map(([name, shape]) => [name, ones(shape)]),
        );
        const call = { ...fullCall(kernel), inputs: {} };
        const pattern = new RegExp(`^Error in ${kernel}: ${text.source}`);
        assertRefusesCall(call, { inputs, attrs }, pattern, JSON.stringify(change));
      }
    }
    for (const shape of [[7], [2, 5, 6], [1, 1, 5, 6], [4, 6]]) {
      const text = /^Error in _FusedMatMul: bias must broadcast to the output \[1,5,6\], got /;
      assertRefusesCall(fullCall('_FusedMatMul'), { inputs: { bias: ones(shape) } }, text, `bias ${shape}`);
    }
    const swish = /^Error in _FusedMatMul: activation must be 'linear', /;
    assertRefusesCall(fullCall('_FusedMatMul'), { attrs: { activation: 'swish' } }, swish);
    const both = { alignCorners: true, halfPixelCenters: true };
    assertRefusesCall(fullCall('ResizeBilinearGrad'), { attrs: both }, /alignCorners must not be true if/);
    for (const kernel of ['FusedDepthwiseConv2D', 'FusedConv2D']) {
      for (const shape of [[7], [2, 3, 3, 2], [1, 1, 3, 3, 6]]) {
        const text = new RegExp(`^Error in ${kernel}: bias must broadcast to the output \\[2,3,3,6\\], got `);
        assertRefusesCall(fullCall(kernel), { inputs: { bias: ones(shape) } }, text, `bias ${shape}`);
      }
    }
    assertStillRight();
  });

  test('every convolution, pooling and optimizer refuses wrong attrs', () => {
    for (const call of fullCalls.filter(({ kernel }) => /Conv2D|Conv2d/.test(kernel))) {
      for (const [attrs, text] of [
        [{ strides: 0 }, /strides must be a whole number/],
        [{ strides: [1.5, 1] }, /strides must be a whole number/],
        [{ strides: [1, 1, 1] }, /strides must be a whole number/],
        [{ strides: 'two' }, /strides must be a number or two numbers/],
        [{ dilations: [0, 0] }, /dilations must be a whole number/],
        [{ pad: -1 }, /pad must be a whole number/],
        [{ pad: 'SAME' }, /pad must be 'same', 'valid'/],
        [{ pad: undefined }, /pad must be 'same', 'valid'/],
        [{ pad: Array(2).fill([0, 0]) }, /pad must be/],
        [{ dataFormat: 'CHWN' }, /dataFormat must be 'NHWC'.*, got 'CHWN'/],
        [{ pad: 1, dimRoundingMode: 'up' }, /dimRoundingMode must be 'floor', 'round' or 'ceil'/],
        [{ dimRoundingMode: 'ceil' }, /dimRoundingMode goes with a numeric pad/],
      ]) {
        const pattern = new RegExp(`^Error in ${call.kernel}: ${text.source}`);
        assertRefusesCall(call, { attrs }, pattern, JSON.stringify(attrs));
      }
    }
    for (const call of fullCalls.filter(({ kernel }) => /Pool/.test(kernel))) {
      for (const [attrs, text] of [
        [{ filterSize: 0 }, /filterSize must be a whole number/],
        [{ filterSize: undefined }, /filterSize must be a whole number/],
        [{ filterSize: [2, 2, 2] }, /filterSize must be a whole number/],
        [{ filterSize: 'two' }, /filterSize must be a number or two numbers/],
        [{ filterSize: 99, pad: 'valid', dimRoundingMode: undefined }, /filterSize must not be larger than the padded/],
        [{ strides: [0, 1] }, /strides must be a whole number/],
        [{ dilations: 0 }, /dilations must be a whole number/],
        [{ pad: -1 }, /pad must be a whole number/],
        [{ pad: 'SAME', dimRoundingMode: undefined }, /pad must be 'same', 'valid'/],
        [{ pad: 1, dimRoundingMode: 'up' }, /dimRoundingMode must be 'floor', 'round' or 'ceil'/],
        [{ dataFormat: 'NCHW' }, /dataFormat must be 'NHWC', got 'NCHW'/],
      ]) {
        const pattern = new RegExp(`^Error in ${call.kernel}: ${text.source}`);
        assertRefusesCall(call, { attrs }, pattern, JSON.stringify(attrs));
      }
    }
    for (const call of fullCalls.filter(({ kernel }) => /Update/.test(kernel))) {
      for (const name of Object.keys(call.attrs)) {
        for (const value of [undefined, null, '0.1', [0.1]]) {
          const text = new RegExp(`^Error in ${call.kernel}: ${name} must be a number, got `);
          assertRefusesCall(call, { attrs: { [name]: value } }, text, `${name} ${value}`);
        }
      }
    }
    const segments = fullCall('UnsortedSegmentSum');
    assertRefusesCall(segments, { attrs: { numSegments: -1 } }, /numSegments must be a whole number/);
    assertStillRight();
  });

  test('the ops of tfjs refuse wrong arguments in their words or in ours', () => {
    const depthwise = ({
      x = [1, 5, 5, 2],
      filter = [3, 3, 2, 1],
      strides = 1,
      pad = 'valid',
      format,
      dilations,
      mode,
    }) => tf.depthwiseConv2d(ones(x), ones(filter), strides, pad, format, dilations, mode);
    const fused = (others) => {
      const required = { x: ones([1, 5, 5, 2]), filter: ones([3, 3, 2, 1]), strides: 1, pad: 'valid' };
      return tf.fused.depthwiseConv2d({ ...required, ...others });
    };
    const segmentIds = tf.tensor1d([0, 1], 'int32');
    for (const [body, pattern] of [
      [
        () => tf.depthwiseConv2d(ones([1, 5, 5, 2], 'int32'), ones([3, 3, 2, 1]), 1, 'valid'),
        /'x' .* got int32 tensor/,
      ],
      [() => depthwise({ x: [5, 5] }), /input must be rank 4, but got rank 2/],
      [() => depthwise({ filter: [3, 3, 2] }), /filter must be rank 4, but got rank 3/],
      [() => depthwise({ filter: [3, 3, 3, 1] }), /number of input channels \(2\) must match/],
      [() => depthwise({ strides: 0 }), /^Error in DepthwiseConv2dNative: strides must be/],
      [() => depthwise({ x: [1, 2, 2, 2] }), /^Error in DepthwiseConv2dNative: filter must not be larger/],
      [() => depthwise({ x: [1, 2, 5, 5], format: 'CHWN' }), /^Error in DepthwiseConv2dNative: dataFormat must be/],
      [() => depthwise({ dilations: 0 }), /^Error in DepthwiseConv2dNative: dilations must be/],
      [() => depthwise({ pad: 'same', mode: 'ceil' }), /pad must be an integer when using dimRoundingMode/],
      [() => fused({ activation: 'swish' }), /activation/i],
      [() => fused({ bias: ones([1, 3, 1, 1]), activation: 'swish' }), /activation/i],
      [() => fused({ bias: ones([7]) }), /could not be broadcast/],
      [() => fused({ bias: ones([1, 3, 1, 1]), activation: 'prelu' }), /preluActivationWeights/],
      [() => fused({ activation: 'prelu', preluActivationWeights: ones([7]) }), /preluActivationWeights|broadcast/],
      [() => tf.mean(ones([2, 3, 4, 5]), 4), /must be in range \[-4, 4\)/],
      [() => tf.mean(ones([2, 3, 4, 70]), -5), /All values in axis param must be in range/],
      [() => tf.mean(ones([2, 3, 4, 70]), 0.5), /All values in axis param must be integers/],
      [() => tf.unsortedSegmentSum(ones([4, 2]), segmentIds, 2), /segmentIds must have shape \[4\], got \[2\]/],
      [() => tf.unsortedSegmentSum(ones([2]), segmentIds, 1.5), /numSegments must be of dtype int/],
      ...(backend === 'cpu' // tfjs's cpu backend computes this
        ? []
        : [[() => tf.batchNorm(ones([1, 2]), ones([2], 'int32'), ones([2], 'int32')), /'mean' .* must be float32/]]),
    ]) {
      assertRefuses(body, pattern, String(body));
    }
    segmentIds.dispose();
    assertStillRight();
  });

  test('unusual arguments give the results of tfjs', () => {
    for (const [what, body] of Object.entries(unusualCalls())) {
      // tfjs's wasm backend has no kernels for these.
      if (backend === 'wasm' && /Sum of int32|Norm of int32|pooling of int32/.test(what)) continue;
      assert.deepEqual(valuesOf(body), theirs[what], what);
    }
    // tfjs's cpu backend has a wrong mean over an axis that is given twice.
    const mean = (axis) => valuesOf(() => tf.mean(tf.reshape(tf.range(0, 24), [2, 3, 4]), axis));
    assert.deepEqual(mean([1, 1]), mean(1));
  });

  test('a call is right when a getter of its attrs runs other kernels', () => {
    const [X, FILTER] = [valuesFor([1, 6, 5, 3]), valuesFor([3, 3, 3, 2])];
    const inner = () => {
      const wrong = { ...kernelCalls[0], attrs: { ...kernelCalls[0].attrs, strides: 0 } };
      assert.throws(() => runKernelCall(wrong), /strides must/);
      kernelCalls.slice(0, 4).forEach((call, i) => assertSameBits(runKernelCall(call)[0], expected()[i][0]));
      dw.tidy(() => void dw.depthwiseConv2d(X, FILTER));
    };
    kernelCalls.forEach((call, i) => {
      for (const name of Object.keys(call.attrs)) {
        const get = () => (inner(), call.attrs[name]);
        const attrs = Object.defineProperty({ ...call.attrs }, name, { get, enumerable: true });
        const results = leavingNothing(() => runKernelCall({ ...call, attrs }));
        results.forEach((result, j) => assertSameBits(result, expected()[i][j], `${call.kernel} ${name}`));
      }
    });
  });
});

test('both backends give the same bits where all is computed by our kernels', async () => {
  const ours = kernelCalls.filter(({ isOurs }) => isOurs);
  await useBackend('wasm');
  const inPlace = ours.map(runKernelCall);
  await useBackend('cpu');
  ours.forEach((call, i) => {
    runKernelCall(call).forEach((result, j) => {
      assertSameBits(result, inPlace[i][j], `${call.kernel} ${call.what}`);
      assert.deepEqual([result.shape, result.dtype], [inPlace[i][j].shape, inPlace[i][j].dtype]);
    });
  });
});

/** Whether a kernel accepts other types: it casts them, or tfjs's cpu kernel computes with them. */
function acceptsOtherTypes(backend, kernel, name) {
  if (kernel.startsWith('Fused') && kernel.endsWith('Conv2D'))
    return name === 'bias' || name === 'preluActivationWeights';
  if (kernel === 'UnsortedSegmentSum') return name === 'x'; // on wasm, a fallback
  if (kernel === 'BatchMatMul' || kernel === '_FusedMatMul') return true; // on wasm, a fallback
  return backend === 'cpu' && ['FusedBatchNorm', 'MaxPool', 'MaxPoolGrad', 'AvgPool', 'AvgPoolGrad'].includes(kernel);
}

function unusualCalls() {
  const ids = (...values) => tf.tensor1d(values, 'int32');
  const upTo = (shape, first = 0, dtype = 'float32') =>
    tf.reshape(tf.range(first, first + sizeOf(shape), 1, dtype), shape);
  const prelu = (preluActivationWeights) => {
    const [x, filter] = [tf.neg(upTo([1, 2, 2, 2], 1)), ones([1, 1, 2, 1])];
    const attrs = /** @type {const} */ ({ strides: 1, pad: 'same', activation: 'prelu' });
    return tf.fused.depthwiseConv2d({ x, filter, ...attrs, preluActivationWeights });
  };
  return {
    'mean of int32': () => tf.mean(tf.tensor([1, 2, 3, 5, 8, 8], [3, 2], 'int32'), 0),
    'mean of bool': () => tf.mean(tf.tensor([1, 0, 1, 1], [2, 2], 'bool'), 0),
    'mean of a number': () => tf.mean(tf.scalar(3)),
    'Sum of int32': () => tf.sum(tf.tensor([1, 2, 3, 2 ** 24 + 1, 7, 8], [3, 2], 'int32'), 0),
    'sum of bool': () => tf.sum(tf.tensor([1, 0, 1, 1], [2, 2], 'bool'), 0),
    'sum over no axis': () => tf.sum(tf.tensor([1, 2, 3, 4], [2, 2]), []),
    'sum of an empty tensor': () => tf.sum(tf.zeros([0, 3]), 0),
    'a copy of int32': () => tf.clone(ids(1, 2 ** 24 + 1)),
    'a copy of text': () => tf.clone(tf.tensor1d(['a', 'b'], 'string')),
    'a cast to int32': () => tf.cast(tf.tensor1d([1.5, -2.5]), 'int32'),
    'the gradient of a batch norm with statistics for each pixel': () => {
      const perPixel = (first) => upTo([1, 2, 2, 1], first);
      const variance = tf.tensor([1, 4, 16, 64], [1, 2, 2, 1]); // whose roots are exact
      const f = (x) => tf.batchNorm(x, perPixel(0), variance, perPixel(2), perPixel(3), 0);
      return tf.grad(f)(ones([1, 2, 2, 1]), perPixel(5));
    },
    'batch norm with one variance for all channels': () =>
      tf.batchNorm(ones([1, 2, 2, 3]), tf.tensor1d([1, 2, 3]), ones([1]), tf.tensor1d([1, 2, 3]), ones([3]), 0),
    'batchNorm of int32': () => tf.batchNorm(ids(1, 5), tf.tensor1d([1, 1]), ones([2]), undefined, undefined, 0),
    'the input gradient of a dense convolution in NCHW': () =>
      run(
        'Conv2DBackpropInput',
        { dy: upTo([1, 5, 3, 4]), filter: upTo([3, 3, 2, 5]) },
        { strides: 1, pad: 'same', dataFormat: 'NCHW', inputShape: [1, 2, 3, 4] },
      ),
    'prelu with slopes for each pixel': () => prelu(upTo([2, 2, 2], 1)),
    'prelu with slopes for each row': () => prelu(tf.tensor([1, 2], [2, 1, 1])),
    'prelu with int32 slopes': () => prelu(upTo([2, 2, 2], 1, 'int32')),
    'the gradient of a mean of int32': () => tf.grad((x) => tf.sum(tf.mean(x, 0)))(ones([4, 3], 'int32')),
    'the gradient of clipByValue of int32': () =>
      tf.grad((x) => tf.sum(tf.cast(tf.clipByValue(x, 0, 6), 'float32')))(ids(-1, 3, 9)),
    'a product of int32': () => tf.matMul(tf.tensor2d([[2 ** 24 + 1, 1]], [1, 2], 'int32'), upTo([2, 2], 1, 'int32')),
    'a fused product of int32': () => tf.fused.matMul({ a: upTo([2, 2], 1, 'int32'), b: upTo([2, 2], 1, 'int32') }),
    'a fused product with a bias of int32': () =>
      run('_FusedMatMul', { a: ones([1, 2, 2]), b: ones([1, 2, 2]), bias: ids(1, 2) }, {}),
    'products of empty matrices': () => tf.matMul(ones([2, 3, 0]), ones([2, 0, 2])),
    'a product without rows': () => tf.matMul(ones([0, 3]), ones([3, 2])),
    'max pooling of int32': () => tf.maxPool(upTo([1, 4, 4, 1], 2 ** 24, 'int32'), 2, 2, 'valid'),
    'the gradient of a max pooling of int32': () =>
      tf.grad((x) => tf.sum(tf.cast(tf.maxPool(x, 2, 2, 'valid'), 'float32')))(upTo([1, 4, 4, 1], 0, 'int32')),
    'unsortedSegmentSum of int32': () => tf.unsortedSegmentSum(ids(1, 2, 3), ids(0, 1, 0), 2),
  };
}
