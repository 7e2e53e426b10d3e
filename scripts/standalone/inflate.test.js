import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import { inflate } from './inflate.js';

/** Bytes with repeats at all distances, and bytes without any. */
function bytesOf(size, kinds) {
  let state = 1;
  return Uint8Array.from({ length: size }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) % kinds;
  });
}

test('inflate returns what zlib compressed, for each kind of block', () => {
  const values = [
    ...[0, 1, 2, 257, 258, 259, 1000].map((size) => new Uint8Array(size)),
    ...[2, 5, 64, 256].map((kinds) => bytesOf(70000, kinds)),
    new Uint8Array([...bytesOf(32768, 256), ...bytesOf(32768, 256)]), // the longest distance
  ];
  const options = [
    { level: 0 }, // stored
    { strategy: constants.Z_FIXED },
    { strategy: constants.Z_HUFFMAN_ONLY },
    { level: 1 },
    { level: 9 },
  ];
  for (const value of values) {
    for (const option of options) {
      const inflated = inflate(deflateRawSync(value, option), value.length);
      assert.ok(Buffer.from(inflated).equals(value), `${value.length} bytes, ${JSON.stringify(option)}`);
    }
  }
});

test('inflate refuses a code that no symbol has', () => {
  assert.throws(() => inflate(new Uint8Array([0b11101, ...Array(400).fill(255)]), 10), /damaged/);
});
