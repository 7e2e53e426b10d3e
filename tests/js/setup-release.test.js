import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOfRelease } from '../../scripts/release-problems.js';

const ready = {
  manifest: { version: '1.2.3', repository: 'github:someone/depthwise-wasm' },
  lock: { version: '1.2.3' },
  changelog: '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2030-01-02\n',
  cmake: 'project(depthwise VERSION 1.2.3 LANGUAGES CXX)',
};

test('what is the same version everywhere may be released', () => {
  assert.deepEqual(problemsOfRelease('v1.2.3', ready), []);
});

for (const [what, tag, changes, problem] of [
  ['another tag', 'v1.2.4', {}, /the tag is v1.2.4, package.json's version 1.2.3/],
  ['no tag', undefined, {}, /the tag is undefined/],
  ['another version in the lock', 'v1.2.3', { lock: { version: '1.2.2' } }, /package-lock.json's version is 1.2.2/],
  [
    'another version of the library',
    'v1.2.3',
    { cmake: 'project(depthwise VERSION 1.2.30 LANGUAGES CXX)' },
    /CMakeLists/,
  ],
  ['a changelog that does not know it', 'v1.2.3', { changelog: '## [Unreleased]\n' }, /no section \[1.2.3\]/],
  ['no repository', 'v1.2.3', { manifest: { version: '1.2.3' } }, /no repository/],
  ['a private package', 'v1.2.3', { manifest: { ...ready.manifest, private: true } }, /private/],
]) {
  test(`${what} keeps it from being released`, () => {
    const [first, ...others] = problemsOfRelease(tag, { ...ready, ...changes });
    assert.match(first, problem);
    assert.deepEqual(others, []);
  });
}
