import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load, Tensor } from 'depthwise-wasm';

import { loadAnotherModule } from './support/another-module.js';
import { attrsOf, entries, makeProblem } from './support/problem.js';
import { Random } from './support/random.js';

const dw = await load();

const one = () => dw.tensor(new Float32Array([1]), [1]);
const counts = () => [dw.memory().numTensors, dw.memory().numBytes];

test('a tensor is a copy of its data', () => {
  const data = new Float32Array([1, 2, 3, 4, 5, 6]);
  const shape = [1, 2, 3];
  const tensor = dw.tensor(data, shape);
  data.fill(0);
  shape[0] = 9;
  assert.ok(tensor instanceof Tensor);
  assert.deepEqual(tensor.shape, [1, 2, 3]);
  assert.equal(tensor.size, 6);
  assert.deepEqual([...tensor.data], [1, 2, 3, 4, 5, 6]);
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

test('a tensor may be of any rank from 0 to 8, and empty', () => {
  for (const shape of [[], [1], [1, 1], Array(8).fill(1), [0], [0, 5], [3, 0, 2]]) {
    const size = shape.reduce((product, length) => product * length, 1);
    const tensor = dw.tensor(new Float32Array(size).fill(7), shape);
    assert.deepEqual([tensor.shape, tensor.size], [shape, size]);
    assert.deepEqual([...tensor.dataSync()], Array(size).fill(7));
    tensor.dispose();
  }
});

test('data may be a part of a larger buffer, and shared between threads', () => {
  const whole = new Float32Array([0, 1, 2, 3, 4]);
  const part = dw.tensor(whole.subarray(1, 4), [3]);
  assert.deepEqual([...part.data], [1, 2, 3]);
  const shared = new Float32Array(new SharedArrayBuffer(8)).fill(2);
  assert.deepEqual([...dw.tensor(shared, [2]).data], [2, 2]);
});

test('data is a live view, dataSync a copy', () => {
  const tensor = dw.tensor(new Float32Array([1, 2]), [2]);
  const copy = tensor.dataSync();
  tensor.data[0] = 5;
  assert.deepEqual([...tensor.data], [5, 2]);
  assert.deepEqual([...tensor.dataSync()], [5, 2]);
  copy[1] = 9;
  assert.deepEqual([...tensor.data], [5, 2]);
  tensor.dispose();
  assert.deepEqual([...copy], [1, 9]);
});

test('what is written to data is what kernels read', () => {
  const x = dw.tensor(new Float32Array(4), [1, 2, 2, 1]);
  x.data.set([1, 2, 3, 4]);
  const y = dw.depthwiseConv2d(x, { data: new Float32Array([10]), shape: [1, 1, 1, 1] });
  assert.deepEqual([...y.data], [10, 20, 30, 40]);
});

test('data stays right when the memory grows', async () => {
  const grown = await loadAnotherModule();
  const tensor = grown.tensor(new Float32Array([1, 2, 3]), [3]);
  const before = tensor.data;
  const { heapBytes } = grown.memory();
  const large = grown.tensor(new Float32Array(heapBytes / 4), [heapBytes / 4]);
  assert.ok(grown.memory().heapBytes > heapBytes);
  assert.equal(before.length, 0, 'the memory did not move, so that this test says nothing');
  assert.deepEqual([...tensor.data], [1, 2, 3]);
  assert.deepEqual([...tensor.dataSync()], [1, 2, 3]);
  assert.ok(large.data.every((value) => value === 0));
});

test('the data of a tensor may be given as plain data, also when the memory grows for it', async () => {
  const values = new Random('view').integers(2 ** 19);
  const shape = [1, 2 ** 10, 2 ** 9, 1];
  const copied = await loadAnotherModule();
  const source = copied.tensor(values, shape);
  const copy = copied.tensor(source.data, shape);
  assert.deepEqual(copy.dataSync(), values);

  const convolved = await loadAnotherModule();
  const x = convolved.tensor(values, shape);
  const filter = convolved.tensor(new Float32Array([1, 0, 0, 0]), [2, 2, 1, 1]);
  const { heapBytes } = convolved.memory();
  const plain = (tensor) => ({ data: tensor.data, shape: tensor.shape });
  const y = convolved.depthwiseConv2d(plain(x), plain(filter), 1, 'same');
  assert.ok(convolved.memory().heapBytes > heapBytes);
  assert.deepEqual(y.dataSync(), values);
});

test('dispose frees once, however often it is called', () => {
  const before = counts();
  const tensor = one();
  assert.equal(tensor.isDisposed, false);
  assert.deepEqual(counts(), [before[0] + 1, before[1] + 4]);
  tensor.dispose();
  assert.equal(tensor.isDisposed, true);
  tensor.dispose();
  assert.deepEqual(counts(), before);
});

test('leaving the scope of a `using` disposes of its tensor', () => {
  // What `using tensor = …` does; Node 20 cannot read it yet.
  const before = counts();
  const tensor = one();
  tensor[Symbol.dispose]();
  assert.ok(tensor.isDisposed);
  tensor[Symbol.dispose]();
  assert.deepEqual(counts(), before);
});

test('memory counts tensors and the bytes of their values', () => {
  const before = counts();
  const tensors = [dw.tensor(new Float32Array(6), [2, 3]), one(), dw.tensor(new Float32Array(0), [0])];
  assert.deepEqual(counts(), [before[0] + 3, before[1] + 28]);
  assert.ok(dw.memory().heapBytes >= dw.memory().numBytes);
  for (const tensor of tensors) tensor.dispose();
  assert.deepEqual(counts(), before);
});

test('a call leaves its result and nothing else, whichever kind its inputs are', () => {
  const convolution = { xShape: [2, 7, 6, 5], filterShape: [3, 2, 5, 2], pad: 'same', strides: [2, 1] };
  const problem = makeProblem(convolution, new Random('result'));
  for (const [name, entry] of Object.entries(entries)) {
    const [tensors, bytes] = counts();
    const result = entry.call(dw, problem, attrsOf(convolution));
    assert.deepEqual(counts(), [tensors + 1, bytes + 4 * result.size], name);

    const inputs = entry.inputs.map((input) => [input, dw.tensor(problem[input].data, problem[input].shape)]);
    const withInputs = counts();
    const again = entry.call(dw, { ...problem, ...Object.fromEntries(inputs) }, attrsOf(convolution));
    assert.deepEqual(counts(), [withInputs[0] + 1, withInputs[1] + 4 * result.size], name);
    for (const [, input] of inputs) {
      assert.equal(input.isDisposed, false);
      input.dispose();
    }
    result.dispose();
    again.dispose();
    assert.deepEqual(counts(), [tensors, bytes], name);
  }
});

test('a result is a tensor like any other', () => {
  const filter = { data: new Float32Array([2]), shape: [1, 1, 1, 1] };
  const y = dw.depthwiseConv2d({ data: new Float32Array([3]), shape: [1, 1, 1, 1] }, filter);
  assert.ok(y instanceof Tensor);
  assert.deepEqual([...dw.depthwiseConv2d(y, filter).data], [12]);
});

test('ten thousand calls, right and wrong, leave the memory no larger than the first hundred did', () => {
  const random = new Random('plateau');
  const convolution = { xShape: [1, 24, 24, 16], filterShape: [3, 3, 16, 1], pad: 'same', dilations: [2, 1] };
  const problem = makeProblem(convolution, random);
  const kernels = Object.values(entries);
  const before = counts();
  let plateau = 0;
  for (let i = 0; i < 10_000; ++i) {
    kernels[i % kernels.length].call(dw, problem, attrsOf(convolution)).dispose();
    if (i % 10 === 0) assert.throws(() => dw.depthwiseConv2d(problem.x, problem.filter, 0), RangeError);
    if (i === 100) plateau = dw.memory().heapBytes;
  }
  assert.equal(dw.memory().heapBytes, plateau);
  assert.deepEqual(counts(), before);
});
