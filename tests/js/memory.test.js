// The memory of a module grows, is full, or is used for a long time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { freshLoad, loadAnotherModule, wasmBytes } from './support/another-module.js';
import { assertExact, assertSameBits } from './support/compare.js';
import { attrsOf, entries, problemFor, valuesFor } from './support/problem.js';
import { Random } from './support/random.js';
import { assertRefuses } from './support/refusal.js';
import { takeAllMemory, withoutMemory } from './support/without-memory.js';

const dw = await load();
const wasmModule = await WebAssembly.compile(await wasmBytes());

/** One for each use of scratch memory: packed channels, phases, NCHW. */
const CONVOLUTIONS = [
  { xShape: [1, 17, 16, 9], filterShape: [3, 2, 9, 2], strides: [2, 1], pad: 'same' },
  { xShape: [2, 16, 15, 24], filterShape: [3, 3, 24, 1], pad: 'same', strides: [2, 2], dilations: [1, 3] },
  { xShape: [1, 5, 24, 20], filterShape: [3, 3, 5, 1], pad: 'same', dataFormat: 'NCHW' },
];

/**
 * Calls `attempt(dw, prepared)` in modules with more and more free memory, until nothing grows. `prepare(dw)` runs before the memory is
 * full. Asserts that the results are always the same, and returns how often the memory grew.
 */
async function growInTurn({ prepare = () => ({}), attempt }) {
  const roomy = await freshLoad()({ wasmModule });
  const expected = attempt(roomy, prepare(roomy)).map((tensor) => ({ data: tensor.data.slice() }));
  let growths = 0;
  for (let freed = 0; ; freed += 2 + Math.floor(freed / 4)) {
    const full = await freshLoad()({ wasmModule });
    const witness = full.tensor(valuesFor([64]).data, [64]);
    const prepared = prepare(full);
    for (const filler of takeAllMemory(full).splice(-freed, freed)) filler.dispose();
    const { heapBytes } = full.memory();
    const results = attempt(full, prepared);
    results.forEach((tensor, i) => assertSameBits(tensor, expected[i], `result ${i} with ${freed} free blocks`));
    assertSameBits(witness, valuesFor([64]));
    if (full.memory().heapBytes === heapBytes) return growths;
    ++growths;
    assert.ok(freed < 2000, 'the memory always grows');
  }
}

for (const [name, entry] of Object.entries(entries)) {
  test(`${name} is right when the memory grows within the call`, async () => {
    for (const convolution of CONVOLUTIONS) {
      const problem = problemFor(entry, convolution, new Random(name), 'fractions');
      const attempt = (full, given) => [entry.call(full, { ...problem, ...given }, attrsOf(convolution))];
      assert.ok((await growInTurn({ attempt })) > 0);
      // One input is a tensor of this memory, the other a view of it.
      const [first, second] = entry.inputs;
      const prepare = (full) => {
        const [one, other] = [first, second].map((input) => full.tensor(problem[input].data, problem[input].shape));
        return { [first]: one, [second]: { data: other.data, shape: other.shape } };
      };
      assert.ok((await growInTurn({ prepare, attempt })) > 0);
    }
  });
}

test('data is right after the memory has grown', async () => {
  const grown = await loadAnotherModule();
  const tensor = grown.tensor(Float32Array.of(1, 2, 3), [3]);
  const before = tensor.data;
  const { heapBytes } = grown.memory();
  const large = grown.tensor(new Float32Array(heapBytes / 4), [heapBytes / 4]);
  assert.ok(grown.memory().heapBytes > heapBytes);
  assert.equal(before.length, 0, 'the memory did not move');
  assert.deepEqual(
    [[...tensor.data], [...tensor.dataSync()]],
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  );
  assert.ok(large.data.every((value) => value === 0));
});

test('tensor copies a view of the memory that grows for the copy', async () => {
  const values = new Random('view').integers(2 ** 20);
  const module = await loadAnotherModule();
  const source = module.tensor(values, [2 ** 20]);
  const { heapBytes } = module.memory();
  while (module.memory().heapBytes === heapBytes) assert.deepEqual(module.tensor(source.data, [2 ** 20]).data, values);
});

test('tensor and the kernels refuse a call for which there is no memory, and are right as soon as there is', () => {
  withoutMemory(dw, () => {
    const text = 'out of memory, 4000 bytes were wanted';
    const before = dw.memory();
    assert.throws(() => dw.tensor(new Float32Array(1000), [1000]), {
      name: 'RangeError',
      message: `Error in tensor: ${text}`,
    });
    assert.deepEqual(dw.memory(), before);
    const plain = { data: new Float32Array(4), shape: [1, 2, 2, 1] };
    const wrong = () => dw.depthwiseConv2d(plain, { data: plain.data, shape: [2, 2] });
    assert.throws(wrong, /^RangeError: Error in depthwiseConv2d: filter must have 4 dimensions .*, got \[2,2\]$/);
  });
  for (const [name, entry] of Object.entries(entries)) {
    const problem = problemFor(entry, CONVOLUTIONS[1], new Random(name));
    withoutMemory(dw, (fillers) => {
      const wanted = new Set();
      for (let result; !result;) {
        const before = dw.memory();
        try {
          result = entry.call(dw, problem, attrsOf(CONVOLUTIONS[1]));
          assertExact(result, entry.expected(problem));
          result.dispose();
        } catch (error) {
          const [, bytes] = error.message.match(`^Error in ${name}: out of memory, (\\d+) bytes were wanted$`) ?? [];
          assert.ok(bytes > 0, String(error.stack));
          assert.equal(error.constructor, RangeError);
          assert.deepEqual(dw.memory(), before);
          wanted.add(bytes);
          fillers.pop().dispose();
        }
      }
      assert.ok(wanted.size >= 2, `the call failed only for ${[...wanted]} bytes`);
    });
  }
});

test('a result of almost 4 GiB is refused, and the memory does not grow for it', () => {
  const one = { data: new Float32Array(1), shape: [1, 1, 1, 1] };
  const attrs = { pad: 'valid', strides: 2 ** 15, inputShape: [1, 2 ** 15, 2 ** 15, 1] };
  const sparse = () => dw.depthwiseConv2dNativeBackpropInput({ inputs: { dy: one, filter: one }, attrs });
  const text = 'out of memory, 4294967296 bytes were wanted';
  assertRefuses(dw, 'depthwiseConv2dNativeBackpropInput', sparse, RangeError, text);
  const x = { data: new Float32Array(2), shape: [1, 2, 1, 1] };
  const padded = () => dw.depthwiseConv2d(x, one, 1, 2 ** 14 - 1);
  assertRefuses(dw, 'depthwiseConv2d', padded, RangeError, 'out of memory, 4294836224 bytes were wanted');
  assert.ok(dw.memory().heapBytes < 2 ** 26, `the memory has ${dw.memory().heapBytes} bytes`);
});

test('a thousand calls, valid and invalid, take no more memory than the first hundred', async () => {
  const module = await loadAnotherModule();
  const convolution = { xShape: [1, 24, 24, 16], filterShape: [3, 3, 16, 1], pad: 'same', dilations: [2, 1] };
  const kernels = Object.values(entries).map((entry) => {
    const problem = problemFor(entry, convolution, new Random('plateau'));
    return () => entry.call(module, problem, attrsOf(convolution));
  });
  const one = valuesFor([1, 1, 1, 1]);
  let plateau = 0;
  for (let i = 0; i < 1000; ++i) {
    kernels[i % kernels.length]().dispose();
    if (i % 10 === 0) assert.throws(() => module.depthwiseConv2d(one, one, 0), RangeError);
    if (i === 100) plateau = module.memory().heapBytes;
  }
  assert.equal(module.memory().heapBytes, plateau);
  assert.equal(module.memory().numTensors, 0);
});

test('a call on a long signal takes little more memory than its tensors', async () => {
  const size = 2e6;
  for (const [shape, filterShape] of [
    [
      [1, 1, size, 1],
      [1, 3, 1, 1],
    ],
    [
      [1, size, 1, 1],
      [3, 1, 1, 1],
    ],
  ]) {
    // prettier-ignore
    const module = await loadAnotherModule();
    const before = module.memory().heapBytes;
    const x = module.tensor(new Float32Array(size).fill(1), shape);
    const filter = module.tensor(Float32Array.of(1, 2, 3), filterShape);
    const y = module.depthwiseConv2d(x, filter, 1, 'same');
    assert.deepEqual([y.data[0], y.data[size / 2], y.data[size - 1]], [5, 6, 3]);
    const attrs = { pad: 'same', inputShape: shape, filterShape };
    const dx = module.depthwiseConv2dNativeBackpropInput({ inputs: { dy: y, filter }, attrs });
    assert.equal(dx.data[size / 2], 36);
    module.depthwiseConv2dNativeBackpropFilter({ inputs: { x, dy: y }, attrs });
    const growth = module.memory().heapBytes - before;
    assert.ok(growth < 2 * 3 * 4 * size, `${growth} bytes for three tensors of ${4 * size} bytes`);
  }
});
