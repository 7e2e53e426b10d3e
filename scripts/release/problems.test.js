import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOfRelease } from './problems.js';

const manifest = { version: '1.2.3', repository: 'github:someone/depthwise-wasm', homepage: 'https://example.org' };
const ready = {
  manifest,
  lock: { version: '1.2.3' },
  changelog:
    '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2030-01-02\n\n### Added\n\n- A kernel.\n\n## [1.2.2] - 2030-01-01\n',
  cmake: 'project(depthwise VERSION 1.2.3 LANGUAGES CXX)',
  pages: { 'README.md': 'npm install depthwise-wasm' },
};

test('a checkout with the same version in all files can be released', () => {
  assert.deepEqual(problemsOfRelease('v1.2.3', ready), []);
});

test('the repository may be a text or an object, with any address of GitHub', () => {
  const addresses = [
    'github:a/b',
    'https://github.com/a/b',
    'git+https://github.com/a/b.git',
    'git@github.com:a/b.git',
  ];
  for (const repository of addresses.flatMap((url) => [url, { type: 'git', url }])) {
    assert.deepEqual(problemsOfRelease('v1.2.3', { ...ready, manifest: { ...manifest, repository } }, 'a/b'), []);
  }
});

const without = (name) => ({ manifest: { ...manifest, [name]: undefined } });

for (const [what, changes, problem, tag = 'v1.2.3'] of [
  ['another tag', {}, /the tag is v1.2.4, but package.json has the version 1.2.3/, 'v1.2.4'],
  ['another version in package-lock.json', { lock: { version: '1.2.2' } }, /package-lock.json has the version 1.2.2/],
  ['another version in CMakeLists.txt', { cmake: 'project(depthwise VERSION 1.2.30 LANGUAGES CXX)' }, /CMakeLists/],
  ['no section in CHANGELOG.md', { changelog: '## [Unreleased]\n\n- A kernel.\n' }, /no section \[1.2.3\]/],
  ['no date in CHANGELOG.md', { changelog: '## [1.2.3] - soon\n\n- A kernel.\n' }, /no section \[1.2.3\]/],
  [
    'an empty section in CHANGELOG.md',
    { changelog: '## [1.2.3] - 2030-01-02\n\n## [1.2.2] - 2030-01-01\n\n- A kernel.\n' },
    /lists nothing/,
  ],
  ['no repository', without('repository'), /no repository: its owner must add it/],
  [
    'another repository',
    { manifest: { ...manifest, repository: 'github:else/depthwise-wasm' } },
    /else\/depthwise-wasm, but someone\/depthwise-wasm/,
  ],
  ['no homepage', without('homepage'), /no homepage: its owner must add it/],
  ['a private package', { manifest: { ...manifest, private: true } }, /private/],
  [
    'a page of the time before the first release',
    { pages: { 'a.md': 'It is not published on npm yet.' } },
    /^a.md says/,
  ],
]) {
  test(`a checkout with ${what} cannot be released`, () => {
    const [first, ...others] = problemsOfRelease(tag, { ...ready, ...changes }, 'someone/depthwise-wasm');
    assert.match(first, problem);
    assert.deepEqual(others, []);
  });
}
