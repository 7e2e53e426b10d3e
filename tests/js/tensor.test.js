import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, Tensor } from 'depthwise-wasm';

import { loadAnotherModule } from './support/another-module.js';
import { attrsOf, entries, problemFor } from './support/problem.js';
import { Random } from './support/random.js';

const dw = await load();

const one = () => dw.tensor(Float32Array.of(1), [1]);
const counts = () => [dw.memory().numTensors, dw.memory().numBytes];

test('a tensor copies its data and its shape', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const shape = [1, 2, 3];
  const tensor = dw.tensor(data, shape);
  data.fill(0);
  shape[0] = 9;
  assert.ok(tensor instanceof Tensor);
  assert.deepEqual([tensor.shape, tensor.size, [...tensor.data]], [[1, 2, 3], 6, [1, 2, 3, 4, 5, 6]]);
  assert.throws(() => (tensor.shape[0] = 9), TypeError);
  tensor.dispose();
});

test('a tensor keeps every bit of its data', () => {
  const bits = new Uint32Array([0, 0x80000000, 1, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00000]);
  const tensor = dw.tensor(new Float32Array(bits.buffer), [7]);
  const { data } = tensor;
  assert.deepEqual(new Uint32Array(data.buffer, data.byteOffset, data.length), bits);
  tensor.dispose();
});

test('a tensor accepts ranks from 0 to 8, and sizes of 0', () => {
  for (const shape of [[], [1], Array(8).fill(1), [0], [0, 5], [3, 0, 2]]) {
    const size = shape.reduce((product, length) => product * length, 1);
    const tensor = dw.tensor(new Float32Array(size).fill(7), shape);
    assert.deepEqual([tensor.shape, tensor.size, [...tensor.dataSync()]], [shape, size, Array(size).fill(7)]);
    tensor.dispose();
  }
});

test('tensor accepts a part of a buffer, and a buffer that threads share', () => {
  const part = dw.tensor(Float32Array.of(0, 1, 2, 3, 4).subarray(1, 4), [3]);
  assert.deepEqual([...part.data], [1, 2, 3]);
  const shared = dw.tensor(new Float32Array(new SharedArrayBuffer(8)).fill(2), [2]);
  assert.deepEqual([...shared.data], [2, 2]);
  part.dispose();
  shared.dispose();
});

test('data is a live view that kernels read, and dataSync a copy', () => {
  const x = dw.tensor(new Float32Array(4), [1, 2, 2, 1]);
  const copy = x.dataSync();
  x.data.set([1, 2, 3, 4]);
  const y = dw.depthwiseConv2d(x, { data: Float32Array.of(10), shape: [1, 1, 1, 1] });
  assert.deepEqual([...y.data], [10, 20, 30, 40]);
  assert.ok(y instanceof Tensor);
  x.dispose();
  y.dispose();
  assert.deepEqual([...copy], [0, 0, 0, 0]);
});

test('dispose and Symbol.dispose free a tensor once', () => {
  const before = counts();
  for (const dispose of ['dispose', Symbol.dispose]) {
    const tensor = one();
    assert.equal(tensor.isDisposed, false);
    assert.deepEqual(counts(), [before[0] + 1, before[1] + 4]);
    tensor[dispose]();
    assert.equal(tensor.isDisposed, true);
    tensor[dispose]();
    assert.deepEqual(counts(), before);
  }
});

test('memory counts the tensors and the bytes of their values', () => {
  const before = counts();
  const tensors = [dw.tensor(new Float32Array(6), [2, 3]), one(), dw.tensor(new Float32Array(0), [0])];
  assert.deepEqual(counts(), [before[0] + 3, before[1] + 28]);
  assert.ok(dw.memory().heapBytes >= dw.memory().numBytes);
  for (const tensor of tensors) tensor.dispose();
  assert.deepEqual(counts(), before);
});

test('a call leaves its result and nothing else, for plain inputs and for tensors', () => {
  const convolution = { xShape: [2, 7, 6, 5], filterShape: [3, 2, 5, 2], pad: 'same', strides: [2, 1] };
  for (const [name, entry] of Object.entries(entries)) {
    const problem = problemFor(entry, convolution, new Random('result'));
    const before = counts();
    const result = entry.call(dw, problem, attrsOf(convolution));
    assert.deepEqual(counts(), [before[0] + 1, before[1] + 4 * result.size], name);
    const inputs = entry.inputs.map((input) => [input, dw.tensor(problem[input].data, problem[input].shape)]);
    const [tensors, bytes] = counts();
    const again = entry.call(dw, { ...problem, ...Object.fromEntries(inputs) }, attrsOf(convolution));
    assert.deepEqual(counts(), [tensors + 1, bytes + 4 * result.size], name);
    for (const [, input] of inputs) {
      assert.equal(input.isDisposed, false);
      input.dispose();
    }
    result.dispose();
    again.dispose();
    assert.deepEqual(counts(), before, name);
  }
});

test('a tidy of one module leaves the tensors of another', async () => {
  const other = await loadAnotherModule();
  const [mine, theirs] = dw.tidy(() => {
    other.tidy(() => void dw.tensor(Float32Array.of(1), [1]));
    return [one(), other.tensor(Float32Array.of(3), [1])];
  });
  assert.equal(dw.memory().numTensors, 1);
  assert.equal(other.memory().numTensors, 1);
  mine.dispose();
  theirs.dispose();
});
