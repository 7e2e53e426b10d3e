import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOfRelease } from './release-problems.js';

const ready = {
  manifest: { version: '1.2.3', repository: 'github:someone/depthwise-wasm' },
  lock: { version: '1.2.3' },
  changelog: '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2030-01-02\n',
  cmake: 'project(depthwise VERSION 1.2.3 LANGUAGES CXX)',
};

test('a checkout with the same version in all files can be released', () => {
  assert.deepEqual(problemsOfRelease('v1.2.3', ready), []);
});

for (const [what, tag, changes, problem] of [
  ['another tag', 'v1.2.4', {}, /the tag is v1.2.4, but package.json has the version 1.2.3/],
  ['no tag', undefined, {}, /the tag is undefined/],
  [
    'another version in package-lock.json',
    'v1.2.3',
    { lock: { version: '1.2.2' } },
    /package-lock.json has the version 1.2.2/,
  ],
  [
    'another version in CMakeLists.txt',
    'v1.2.3',
    { cmake: 'project(depthwise VERSION 1.2.30 LANGUAGES CXX)' },
    /CMakeLists/,
  ],
  ['no section in CHANGELOG.md', 'v1.2.3', { changelog: '## [Unreleased]\n' }, /no section \[1.2.3\]/],
  ['no repository', 'v1.2.3', { manifest: { version: '1.2.3' } }, /no repository/],
  ['a private package', 'v1.2.3', { manifest: { ...ready.manifest, private: true } }, /private/],
]) {
  test(`a checkout with ${what} cannot be released`, () => {
    const [first, ...others] = problemsOfRelease(tag, { ...ready, ...changes });
    assert.match(first, problem);
    assert.deepEqual(others, []);
  });
}
