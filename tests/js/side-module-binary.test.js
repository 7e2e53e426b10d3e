import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryWantedBy } from '../../js/tfjs/side-module-binary.js';

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module of one custom section, dylink.0, that holds these parts, each [id, ...bytes]. */
function moduleOf(...parts) {
  const name = [...new TextEncoder().encode('dylink.0')];
  const content = parts.flatMap(([id, ...bytes]) => [id, bytes.length, ...bytes]);
  return new WebAssembly.Module(
    Uint8Array.of(...header, 0, name.length + 1 + content.length, name.length, ...name, ...content),
  );
}

test('what memory a side module wants stands in the first part of that kind, whatever comes before', () => {
  const wanted = { memorySize: 100, memoryAlignment: 4, tableSize: 3 };
  assert.deepEqual(memoryWantedBy(moduleOf([1, 100, 4, 3, 0])), wanted);
  assert.deepEqual(memoryWantedBy(moduleOf([2, 9, 9], [3], [1, 100, 4, 3, 0])), wanted);
});

test('a module that does not say what memory it wants is none of ours', () => {
  const says = /^TypeError: it does not say what memory it wants$/;
  assert.throws(() => memoryWantedBy(new WebAssembly.Module(Uint8Array.from(header))), says);
  assert.throws(() => memoryWantedBy(moduleOf()), says);
  assert.throws(() => memoryWantedBy(moduleOf([2, 1, 2, 3])), says);
});
