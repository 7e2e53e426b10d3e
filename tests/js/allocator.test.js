// cpp/bindings/allocator.cpp, whatever the order in which memory is taken and given back.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import createModule from '../../dist/depthwise.node.js';
import { makeLoad } from '../../js/load.js';
import { wasmBytes, wasmUrls } from './support/another-module.js';
import { Random } from './support/random.js';

const LINE = 64;

/** What is allocated and released by its address. */
async function loadAllocator() {
  let module;
  const load = makeLoad({
    createModule: async (options) => (module = await createModule(options)),
    wasmUrls,
    fetchBytes: () => wasmBytes(),
  });
  await load({ variant: 'simd' });
  return module;
}

test('blocks begin on a cache line, keep what is in them, and none touches another', async () => {
  const module = await loadAllocator();
  const random = new Random('allocator');
  /** Each block is filled with its own number. @type {Map<number, { size: number, mark: number }>} */
  const blocks = new Map();
  for (let i = 1; i <= 20_000; ++i) {
    if (random.chance(0.5) || blocks.size > 200) {
      const address = random.oneOf([...blocks.keys(), 0]);
      if (address) assertWhole(module, address, blocks.get(address));
      blocks.delete(address);
      module.release(address);
    } else {
      const size = random.chance(0.1) ? random.within(0, 40_000) : random.within(0, 200);
      const address = module.allocate(4 * size);
      assert.equal(address % LINE, 0);
      assert.ok(address > 0 && !blocks.has(address));
      new Float32Array(module.HEAPF32.buffer, address, size).fill(i);
      blocks.set(address, { size, mark: i });
    }
  }
  for (const [address, block] of blocks) assertWhole(module, address, block);
});

function assertWhole(module, address, { size, mark }) {
  assert.ok(new Float32Array(module.HEAPF32.buffer, address, size).every((value) => value === mark));
}

test('what is given back in any order is one block again', async () => {
  const module = await loadAllocator();
  const random = new Random('order');
  const whole = module.allocate(2 ** 20);
  module.release(whole);
  for (let round = 0; round < 50; ++round) {
    const left = Array.from({ length: 200 }, () => module.allocate(random.within(1, 4000)));
    while (left.length > 0) module.release(left.splice(random.within(0, left.length - 1), 1)[0]);
    assert.equal(module.allocate(2 ** 20), whole);
    module.release(whole);
  }
});

test('the memory grows by what its last block lacks', async () => {
  const module = await loadAllocator();
  const first = module.allocate(2 ** 26);
  const heap = module.HEAPF32.buffer.byteLength;
  assert.ok(heap < 2 ** 26 + 2 ** 23);
  module.release(first);
  assert.equal(module.allocate(2 ** 27), first);
  assert.ok(module.HEAPF32.buffer.byteLength < 2 ** 27 + 2 ** 25);
});

test('what is past 4 GB is not given, wherever memory is free', async () => {
  const module = await loadAllocator();
  const large = module.allocate(2.1 * 2 ** 30);
  if (large === 0) return; // a machine without so many addresses; there is nothing to go wrong
  const after = module.allocate(2 ** 26);
  module.release(after);
  for (const bytes of [
    2 ** 31 - 2 ** 16,
    1.9 * 2 ** 30,
    2 ** 31,
    3 * 2 ** 30,
    2 ** 32 - 2 ** 16,
    2 ** 32 - 65,
    2 ** 32 - 1,
    2 ** 32,
  ]) {
    assert.equal(module.allocate(bytes), 0, `${bytes} bytes`);
  }
  assert.equal(module.allocate(2 ** 26), after);
  module.release(large);
  assert.equal(module.allocate(2.1 * 2 ** 30), large);
});
