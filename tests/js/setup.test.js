import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryForSuite } from '../../scripts/setup/apt-sources.js';
import { isAtLeast, parseEmccVersion } from '../../scripts/setup/emscripten.js';
import { parseDebianSuite } from '../../scripts/setup/os-release.js';
import { catch2Counts, tapCounts } from '../../scripts/test/counts.js';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

function listEntry(text) {
  return entryForSuite([{ name: '/etc/apt/sources.list', text }], 'bookworm', 'trixie');
}

function sourcesEntry(text) {
  return entryForSuite([{ name: 'debian.sources', text }], 'bookworm', 'trixie');
}

test('a one-line entry gets the other suite and keeps its options', () => {
  const entry = listEntry(`
# deb http://old.example/debian bookworm main
deb-src http://archive.example/debian bookworm main
deb http://archive.example/debian-security bookworm-security main
deb http://archive.example/debian bookworm-updates main
deb [arch=amd64 signed-by=${keyring}] http://archive.example/debian bookworm main contrib # ours
`);
  assert.equal(entry.extension, 'list');
  assert.equal(entry.text, `deb [arch=amd64 signed-by=${keyring}] http://archive.example/debian trixie main\n`);
});

test('a deb822 stanza gets the other suite; comments and other stanzas are left out', () => {
  const entry = sourcesEntry(`# Modernized
Types: deb deb-src
# URIs: http://old.example/debian
URIs: http://archive.example/debian
Suites: bookworm bookworm-updates
Components: main non-free-firmware
Signed-By: ${keyring}

Types: deb
URIs: http://archive.example/debian-security
Suites: bookworm-security
Components: main
`);
  assert.equal(entry.extension, 'sources');
  assert.deepEqual(entry.text.trimEnd().split('\n').sort(), [
    'Components: main',
    `Signed-By: ${keyring}`,
    'Suites: trixie',
    'Types: deb',
    'URIs: http://archive.example/debian',
  ]);
});

test('a deb822 key that is written out in several lines stays whole', () => {
  const key = 'Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBGPL\n -----END PGP-----';
  const entry = sourcesEntry(
    `Types: deb\nURIs: http://a.example/debian\nSuites:\n bookworm\nComponents: main\n${key}\n`,
  );
  assert.ok(entry.text.includes(key));
});

test('a disabled deb822 stanza does not count', () => {
  const text = 'Enabled: no\nTypes: deb\nURIs: http://a.example/debian\nSuites: bookworm\n';
  assert.equal(sourcesEntry(`${text}Components: main\n`), null);
});

test('another vendor with a suite of the same name is not taken for Debian', () => {
  const files = [
    { name: 'a.list', text: 'deb https://vendor.example/apt bookworm main\n' },
    { name: 'b.list', text: 'deb https://vendor.example/linux/debian bookworm stable\n' },
    { name: 'debian.list', text: 'deb http://archive.example/debian/ bookworm main\n' },
  ];
  const { text } = entryForSuite(files, 'bookworm', 'trixie');
  assert.equal(text, 'deb http://archive.example/debian/ trixie main\n');
});

test('a mirror under a name of its own is taken when there is no other', () => {
  const { text } = listEntry('deb http://mirror.example/proxy/deb12 bookworm main\n');
  assert.equal(text, 'deb http://mirror.example/proxy/deb12 trixie main\n');
});

test('without an entry of the suite there is none', () => {
  assert.equal(listEntry('deb http://archive.example/debian bullseye main\n'), null);
  assert.equal(listEntry(''), null);
  assert.equal(sourcesEntry(''), null);
});

test('the Debian suite comes from os-release, and only on Debian itself', () => {
  const debian = 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n';
  assert.equal(parseDebianSuite(debian), 'bookworm');
  assert.equal(parseDebianSuite('ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n'), null);
  assert.equal(parseDebianSuite('ID=debian\n'), null);
});

test('the version is read from what emcc says and compared by number', () => {
  const says = 'emcc (Emscripten gcc/clang-like replacement + linker emulating GNU ld) 3.1.69 ()\nC';
  assert.equal(parseEmccVersion(says), '3.1.69');
  assert.equal(parseEmccVersion(says.replace('3.1.69', '4.0.10-git')), '4.0.10');
  assert.equal(parseEmccVersion('something else 1.2.3'), null);
  assert.equal(isAtLeast('3.1.69', '3.1.69'), true);
  assert.equal(isAtLeast('3.1.100', '3.1.69'), true);
  assert.equal(isAtLeast('4.0.0', '3.1.69'), true);
  assert.equal(isAtLeast('3.1.6', '3.1.69'), false);
  assert.equal(isAtLeast('2.9.99', '3.1.69'), false);
});

test('Catch2 counts are test cases', () => {
  const all = 'All tests passed (1024 assertions in 12 test cases)\n';
  assert.deepEqual(catch2Counts(all), { passed: 12, failed: 0, skipped: 0 });
  const one = 'All tests passed (1 assertion in 1 test case)\n';
  assert.deepEqual(catch2Counts(one), { passed: 1, failed: 0, skipped: 0 });
  const some = 'test cases: 10 |  8 passed | 2 failed\nassertions: 30 | 27 passed | 3 failed\n';
  assert.deepEqual(catch2Counts(some), { passed: 8, failed: 2, skipped: 0 });
  const expected = 'test cases: 3 | 1 passed | 1 failed | 1 failed as expected\n';
  assert.deepEqual(catch2Counts(expected), { passed: 2, failed: 1, skipped: 0 });
  assert.equal(catch2Counts('No tests ran\n'), null);
  assert.equal(catch2Counts('==1==ERROR: AddressSanitizer\n'), null);
});

test('TAP counts are those of the summary', () => {
  const tap = '# tests 9\n# tests 7\n# suites 1\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 2\n# todo 0\n';
  assert.deepEqual(tapCounts(tap), { passed: 3, failed: 2, skipped: 2 });
  assert.equal(tapCounts('TAP version 13\n'), null);
});
