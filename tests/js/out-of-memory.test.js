// What happens when the memory cannot grow any more. To get there without filling gigabytes, growing is made to fail, as engines let it
// fail.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertExact } from './support/compare.js';
import { attrsOf, entries, makeProblem } from './support/problem.js';
import { Random } from './support/random.js';
import { assertRefuses } from './support/refusal.js';
import { withoutMemory } from './support/without-memory.js';

const dw = await load();

test('a tensor for which there is no memory is refused', () => {
  withoutMemory(dw, () => {
    const { numTensors, numBytes } = dw.memory();
    const text = /^RangeError: Error in tensor: out of memory, 4000 bytes were wanted$/;
    assert.throws(() => dw.tensor(new Float32Array(1000), [1000]), text);
    assert.deepEqual([dw.memory().numTensors, dw.memory().numBytes], [numTensors, numBytes]);
  });
  assert.equal(dw.memory().numTensors, 0);
});

// Several lanes, layouts and phases, so that the kernels want memory of their own.
const convolutions = [
  { xShape: [2, 16, 15, 24], filterShape: [3, 3, 24, 2], pad: 'same' },
  { xShape: [2, 16, 15, 24], filterShape: [3, 3, 24, 1], pad: 'same', strides: [2, 2], dilations: [1, 3] },
  { xShape: [2, 7, 16, 15], filterShape: [5, 4, 7, 3], pad: 2, dataFormat: 'NCHW' },
];

for (const [name, entry] of Object.entries(entries)) {
  test(`${name} is refused, whichever of its allocations fails, and computes rightly as soon as there is memory`, () => {
    for (const convolution of convolutions) {
      const problem = makeProblem(convolution, new Random(name));
      const run = () => entry.call(dw, problem, attrsOf(convolution));
      withoutMemory(dw, (fillers) => {
        const wanted = new Set();
        let result = null;
        while (!result) {
          const before = dw.memory();
          try {
            result = run();
          } catch (error) {
            const [, bytes] = error.message.match(`^Error in ${name}: out of memory, (\\d+) bytes were wanted$`) ?? [];
            assert.ok(bytes > 0, String(error.stack));
            assert.equal(error.constructor, RangeError);
            assert.deepEqual(dw.memory(), before);
            wanted.add(bytes);
            fillers.pop().dispose();
          }
        }
        assertExact(result, entry.expected(problem));
        assert.ok(wanted.size >= 2, `failed only for ${[...wanted]} bytes`);
        result.dispose();
      });
    }
  });
}

test('without memory, wrong arguments are still told', () => {
  withoutMemory(dw, () => {
    const x = { data: new Float32Array(4), shape: [1, 2, 2, 1] };
    const text = /^RangeError: Error in depthwiseConv2d: filter must have 4 dimensions .*, got \[2,2\]$/;
    assert.throws(() => dw.depthwiseConv2d(x, { data: x.data, shape: [2, 2] }), text);
  });
  const one = { data: new Float32Array(1), shape: [1, 1, 1, 1] };
  const text = 'strides must be a whole number from 1 to 1073741824, or two of them [height, width], got 0';
  assertRefuses(dw, 'depthwiseConv2d', () => dw.depthwiseConv2d(one, one, 0), RangeError, text);
});
