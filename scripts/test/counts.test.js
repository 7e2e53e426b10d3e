import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catch2Counts, resultOf, tapCounts } from './counts.js';

test('catch2Counts counts test cases, not assertions', () => {
  assert.deepEqual(catch2Counts('All tests passed (1024 assertions in 12 test cases)\n'), {
    passed: 12,
    failed: 0,
    skipped: 0,
  });
  const some = 'test cases: 10 |  8 passed | 2 failed\nassertions: 30 | 27 passed | 3 failed\n';
  assert.deepEqual(catch2Counts(some), { passed: 8, failed: 2, skipped: 0 });
  const expected = 'test cases: 3 | 1 passed | 1 failed | 1 failed as expected\n';
  assert.deepEqual(catch2Counts(expected), { passed: 2, failed: 1, skipped: 0 });
  assert.equal(catch2Counts('==1==ERROR: AddressSanitizer\n'), null);
});

test('tapCounts reads the last summary', () => {
  const tap = '# tests 9\n# tests 7\n# suites 1\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 2\n# todo 0\n';
  assert.deepEqual(tapCounts(tap), { passed: 3, failed: 2, skipped: 2 });
  assert.equal(tapCounts('TAP version 13\n'), null);
});

test('a suite fails if its runner fails, prints no counts, or runs no test', () => {
  const passed = { passed: 3, failed: 0, skipped: 0 };
  assert.deepEqual(resultOf(passed, ''), { passed: 3, failed: 0, note: '' });
  assert.equal(resultOf(passed, 'exit code 1').failed, 1);
  assert.equal(resultOf(null, '').failed, 1);
  assert.equal(resultOf({ passed: 0, failed: 0, skipped: 4 }, '').failed, 1);
});
