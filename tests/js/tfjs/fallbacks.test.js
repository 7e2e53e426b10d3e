// Kernels that run on tfjs's cpu backend, because its wasm backend lacks them or computes them wrongly.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import '@tensorflow/tfjs-layers'; // registers tfjs's own gradients
import { registerKernels } from 'depthwise-wasm/tfjs';

import { runInChild } from '../support/child.js';
import { assertClose } from '../support/compare.js';
import { Random } from '../support/random.js';
import { tf, useBackend } from '../support/tfjs.js';
import { AllocationWatch, leavingNothing } from '../support/tfjs-memory.js';

const random = new Random('fallbacks');
const names = (backend) => tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName);
const missing = names('cpu').filter((name) => !names('wasm').includes(name));

const logged = [];
console.info = (text) => logged.push(text);

await useBackend('wasm');
const watch = new AllocationWatch(/** @type {any} */ (tf.backend()));
const { fallbacks, kernels } = await registerKernels(tf);
const cpuData = () => tf.findBackend('cpu').numDataIds();

let before;
beforeEach(() => (before = cpuData()));
afterEach(() => assert.equal(cpuData(), before, 'data is left on the cpu backend'));

const int32 = (values, shape = [values.length]) => tf.tensor(values, shape, 'int32');
const bool = (values, shape = [values.length]) => tf.tensor(values, shape, 'bool');
const valuesOf = (tensor) => [...tensor.dataSync()];

/** Asserts that a call returns this, and leaves nothing on both backends. */
function assertGives(call, expected, what) {
  const results = leavingNothing(() =>
    tf.tidy(() => [call()].flat().map((tensor) => ({ dtype: tensor.dtype, values: valuesOf(tensor) }))),
  );
  assert.deepEqual(results, [expected].flat(), what);
}

test('wasm has every kernel of cpu afterwards, and the result lists the fallbacks', () => {
  assert.deepEqual(
    missing.filter((name) => !names('wasm').includes(name)),
    [],
  );
  const fromCpu = missing.filter((name) => !kernels.some((ours) => ours === name) || name === 'UnsortedSegmentSum');
  assert.deepEqual(
    fromCpu.filter((name) => !fallbacks.includes(name)),
    [],
  );
  for (const name of ['GatherV2', 'Cast', 'BatchMatMul', 'Select']) assert.ok(fallbacks.includes(name), name);
  // Kernels in which cpu has faults too.
  const wrongOnCpu = ['ResizeBilinearGrad', 'ResizeNearestNeighborGrad', 'AvgPoolGrad', 'AvgPool3DGrad', 'Einsum'];
  const convolutions = ['DepthwiseConv2dNative', 'Conv2D'].flatMap((name) => [
    `${name}BackpropInput`,
    `${name}BackpropFilter`,
  ]);
  assert.deepEqual(
    [...wrongOnCpu, ...convolutions].filter((name) => fallbacks.includes(name)),
    [],
  );
});

test('gather with batchDims keeps every type', () => {
  const indices = int32([1, 0], [2, 1]);
  const x = tf.reshape(tf.range(0, 12), [2, 3, 2]);
  const gather = (x) => tf.gather(x, indices, 1, 1);
  assertGives(() => gather(x), { dtype: 'float32', values: [2, 3, 6, 7] });
  assertGives(() => gather(tf.cast(x, 'int32')), { dtype: 'int32', values: [2, 3, 6, 7] });
  const flags = bool([1, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 1], [2, 3, 2]);
  assertGives(() => gather(flags), { dtype: 'bool', values: [0, 1, 0, 1] });
});

test('types other than float32', () => {
  const [whole, flags] = [int32([3, -7, 0, 5]), bool([1, 0, 1, 1])];
  for (const [what, call, dtype, values] of [
    [
      'segments',
      () => tf.unsortedSegmentSum(int32([1, 2, 3, 2 ** 24 + 1]), int32([1, 0, 1, 3]), 4),
      'int32',
      [2, 4, 0, 16777217],
    ],
    [
      'matMul',
      () => tf.matMul(int32([1, 2, 3, 4], [2, 2]), int32([5, 6, 7, 70000], [2, 2])),
      'int32',
      [19, 140006, 43, 280018],
    ],
    ['float to bool', () => tf.cast(tf.tensor([256, -0.5, 0, 3]), 'bool'), 'bool', [1, 1, 0, 1]],
    ['int to bool', () => tf.cast(whole, 'bool'), 'bool', [1, 1, 0, 1]],
    ['where', () => tf.where(flags, bool([0, 0, 1, 1]), flags), 'bool', [0, 0, 1, 1]],
    ['mod by 0', () => tf.mod(whole, int32([2, 3, 0, 4])), 'int32', [1, 2, 0, 1]],
    ['pow', () => tf.pow(whole, int32([2, 3, -1, 0])), 'int32', [9, -343, 0, 1]],
    ['clip', () => tf.clipByValue(whole, -1, 4), 'int32', [3, -1, 0, 4]],
    ['reverse', () => tf.reverse(flags), 'bool', [1, 1, 0, 1]],
    ['relu of bools', () => tf.relu(flags), 'int32', [1, 0, 1, 1]],
    [
      'strided slice',
      () => tf.stridedSlice(int32([1, 2, 3, 4, 5, 6], [3, 2]), [0, 0], [3, 2], [2, 1]),
      'int32',
      [1, 2, 5, 6],
    ],
    ['bincount', () => tf.bincount(/** @type {any} */ (int32([0, 1, 1, 2], [2, 2])), /** @type {any} */ (tf.tensor([])), 4), 'float32', [1, 2, 1, 0]], // prettier-ignore
  ]) {
    const [text, body] = [String(what), /** @type {() => any} */ (call)];
    if (text === 'relu of bools')
      tf.dispose(body()); // its type is not defined, but it must not write outside
    else assertGives(body, { dtype, values }, text);
  }
});

test('strings', () => {
  const text = tf.tensor(['über', 'b', ''], [3], 'string');
  assertGives(() => tf.tile(text, [2]), { dtype: 'string', values: ['über', 'b', '', 'über', 'b', ''] });
  assertGives(() => tf.equal(text, tf.tensor(['über', 'x', ''])), { dtype: 'bool', values: [1, 0, 1] });
  assertGives(() => tf.fill([2], 'ä'), { dtype: 'string', values: ['ä', 'ä'] });
  const replace = () => tf.string.staticRegexReplace(text, 'b', 'c');
  assertGives(replace, { dtype: 'string', values: ['ücer', 'c', ''] });
  assert.deepEqual(valuesOf(tf.reshape(text, [3, 1])), ['über', 'b', '']); // on wasm, without a copy
  text.dispose();
});

test('kernels with several results, and with lists of inputs', () => {
  const splits = [int32([0, 2, 3]), int32([0, 1, 3, 4])];
  const gather = () => {
    const inputs = { paramsNestedSplits: splits, paramsDenseValues: tf.tensor([1, 2, 3, 4]), indices: int32([1, 0]) };
    return tf.engine().runKernel('RaggedGather', /** @type {any} */ (inputs), { outputRaggedRank: 1 });
  };
  const results = leavingNothing(() => tf.tidy(() => [gather()].flat().map(valuesOf)));
  assert.deepEqual(
    results,
    [
      [0, 1, 3],
      [0, 1, 2, 4],
      [4, 1, 2, 3],
    ].slice(0, results.length),
  );
  tf.dispose(splits);
});

test('complex tensors: parts, arithmetic and Fourier transforms', () => {
  const [real, imag] = [random.fractions(6), random.fractions(6)];
  const n = 3;
  const transform = { data: new Float64Array(12), shape: [2, n, 2] };
  for (let row = 0; row < 2; ++row) {
    for (let k = 0; k < n; ++k) {
      for (let t = 0; t < n; ++t) {
        const [angle, at, to] = [(-2 * Math.PI * k * t) / n, row * n + t, 2 * (row * n + k)];
        transform.data[to] += real[at] * Math.cos(angle) - imag[at] * Math.sin(angle);
        transform.data[to + 1] += real[at] * Math.sin(angle) + imag[at] * Math.cos(angle);
      }
    }
  }
  const interleaved = Float32Array.from({ length: 12 }, (_, i) => (i % 2 ? imag : real)[i >> 1]);
  leavingNothing(() =>
    tf.tidy(() => {
      const z = tf.complex(tf.tensor(real, [2, n]), tf.tensor(imag, [2, n]));
      assert.deepEqual([z.dtype, z.shape, z.dataSync()], ['complex64', [2, n], interleaved]);
      assert.deepEqual([valuesOf(tf.real(z)), valuesOf(tf.imag(z))], [[...real], [...imag]]);
      const y = tf.spectral.fft(z);
      assert.equal(y.dtype, 'complex64');
      assertClose({ data: y.dataSync(), shape: [2, n, 2] }, transform, 'fft');
      const back = { data: tf.spectral.ifft(y).dataSync(), shape: [2, n, 2] };
      assertClose(back, { data: interleaved, shape: [2, n, 2] }, 'ifft');
      assertClose({ data: tf.add(z, z).dataSync(), shape: [12] }, { data: interleaved.map((v) => 2 * v), shape: [12] });
      assert.deepEqual(tf.reshape(z, [n, 2]).dataSync(), interleaved);
      const absolute = { data: tf.abs(z).dataSync(), shape: [6] };
      assertClose(absolute, { data: real.map((value, i) => Math.hypot(value, imag[i])), shape: [6] }, 'abs');
      assert.throws(() => tf.relu(z), /Relu does not support complex64 tensors/);
      assert.deepEqual(tf.signal.stft(tf.tensor1d(random.fractions(16)), 8, 4).shape, [3, 5]);
    }),
  );
});

test('indices and slices outside are errors', () => {
  const x = tf.tensor([1, 2, 3, 4], [2, 2]);
  const outside = int32([5, 0], [1, 2]);
  for (const [call, message] of /** @type {[() => any, RegExp][]} */ ([
    [() => tf.gatherND(x, outside), /Invalid indices: 5,0 does not index into 2,2/],
    [() => tf.scatterND(outside, tf.tensor([1]), [2, 2]), /Invalid indices: 5,0/],
    [() => tf.tensorScatterUpdate(x, outside, tf.tensor([1])), /Invalid indices: 5,0/],
    [
      () => tf.slice(x, [1, 0], [2, 1]),
      /Error in slice2D: begin\[0\] \+ size\[0\] \(3\) would overflow input.shape\[0\] \(2\)/,
    ],
    [() => tf.gather(x, int32([7, 0], [2, 1]), 1, 1), /the index value 7 is not in \[0, 1\]/],
  ])) {
    leavingNothing(() => assert.throws(() => tf.tidy(call), message));
  }
  tf.dispose([x, outside]);
});

test('each fallback is logged once', () => {
  const lines = logged.filter((line) => line.includes(' GatherV2 '));
  assert.deepEqual(lines, [
    'depthwise-wasm: GatherV2 runs on the cpu backend. The wasm backend reads outside of the tensors if batchDims is not 0.',
  ]);
  assert.equal(new Set(logged).size, logged.length);
});

test('failed allocations are errors, and leave nothing', () => {
  const [x, indices] = [tf.ones([2, 3, 4]), int32([1, 0], [2, 1])];
  const { blocks } = watch;
  leavingNothing(() => {
    watch.failAt(1);
    const message = 'Error in GatherV2: could not allocate 32 bytes';
    assert.throws(
      () => tf.tidy(() => void tf.gather(x, indices, 1, 1)),
      ({ name, message: text }) => {
        assert.equal(name, 'RangeError');
        assert.match(text, /GatherV2.*32/, message);
        return true;
      },
    );
    watch.failAt(0);
  });
  assert.equal(watch.blocks, blocks);
});

test('a repeated call wraps no fallback, and fallbacks: false registers none', () => {
  const output = runInChild(`
    import { tf, useBackend } from './tests/js/support/tfjs.js';
    import { registerKernels } from 'depthwise-wasm/tfjs';
    await useBackend('wasm');
    const theirs = tf.getKernel('GatherV2', 'wasm');
    const off = await registerKernels(tf, { fallbacks: false });
    console.log(off.fallbacks.length, tf.getKernel('Complex', 'wasm') === undefined, tf.getKernel('GatherV2', 'wasm') === theirs);
    const before = Symbol.for('depthwise-wasm.fallbackBefore');
    for (let i = 0; i < 2; ++i) await registerKernels(tf);
    console.log(tf.getKernel('GatherV2', 'wasm').kernelFunc[before] === theirs, tf.getKernel('Complex', 'wasm').kernelFunc[before]);
    console.log((await registerKernels(tf, { backend: 'cpu' })).fallbacks.length);
  `);
  assert.match(output, /^0 true true\ntrue undefined\n0\n$/);
});

test('without the cpu backend, an error says what to import; right calls still run', () => {
  const output = runInChild(`
    import * as tf from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-backend-wasm';
    import { registerKernels } from 'depthwise-wasm/tfjs';
    tf.enableProdMode();
    await tf.setBackend('wasm');
    const { fallbacks } = await registerKernels(tf);
    const say = (body) => { try { console.log(String(body().dataSync())); } catch (error) { console.log(error.name, error.message); } };
    console.log(fallbacks.length);
    const [x, indices] = [tf.tensor([1, 2, 3, 4], [2, 2]), tf.tensor([1, 0], [2, 1], 'int32')];
    say(() => tf.gather(x, indices, 1, 1));
    say(() => tf.gather(x, tf.tensor([1], [1], 'int32')));
    say(() => tf.complex([1], [2]));
    say(() => tf.tile(tf.tensor(['a']), [2]));
    say(() => tf.concat([tf.tensor(['a']), tf.tensor(['b'])]));
    say(() => tf.dilation2d(tf.ones([1, 2, 2, 1]), tf.ones([1, 1, 1]), 1, 'same'));
    await import('@tensorflow/tfjs-backend-cpu');
    console.info = () => {};
    say(() => tf.gather(x, indices, 1, 1));
  `);
  const hint = "Import '@tensorflow/tfjs-backend-cpu' to run this call on the cpu backend";
  const wasm = 'the wasm backend of TensorFlow.js';
  assert.deepEqual(output.trim().split('\n'), [
    '0',
    `TypeError Error in GatherV2: ${wasm} reads outside of the tensors if batchDims is not 0. ${hint}`,
    '3,4',
    `TypeError Error in Complex: ${wasm} lacks this kernel. ${hint}`,
    `TypeError Error in Tile: ${wasm} takes no strings here. ${hint}`,
    'a,b',
    '2,2,2,2',
    '2,3',
  ]);
});
