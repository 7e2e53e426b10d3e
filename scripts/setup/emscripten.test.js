import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAtLeast } from './emscripten.js';

test('isAtLeast compares versions by number', () => {
  assert.equal(isAtLeast('3.1.69', '3.1.69'), true);
  assert.equal(isAtLeast('3.1.100', '3.1.69'), true);
  assert.equal(isAtLeast('4.0.0', '3.1.69'), true);
  assert.equal(isAtLeast('3.1.6', '3.1.69'), false);
  assert.equal(isAtLeast('2.9.99', '3.1.69'), false);
});
