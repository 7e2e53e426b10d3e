// The table of npm run bench:native.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOutput, textOf } from './table.js';

const run = (title, own, onednn) => ({
  title,
  results: readOutput(`depthwise\t14x14x512, 3x3\tforward\t${own}\t${onednn}\ndense\t7x7\tforward\t2.0\t${onednn}\n`),
});

test('the table contains a row for each call and a column for each run', () => {
  const lines = textOf([run('g++', '30.1', '9.9'), run('clang', '31.2', '9.9')], [run('AVX2', '1', '45.6')]);
  assert.equal(lines.length, 4);
  assert.match(lines[0], /GF +layer +pass +g\+\+ +clang +oneDNN AVX2$/);
  assert.match(lines[2], /^depthwise +14x14x512, 3x3 +forward +30\.1 +31\.2 +45\.6$/);
  assert.match(lines[3], /^dense +7x7 +forward +2\.0 +2\.0 +45\.6$/);
});

test('without oneDNN, its columns are missing, and the text says so', () => {
  const text = textOf([run('g++', '30.1', '-')], [run('AVX2', '1', '-')]).join('\n');
  assert.doesNotMatch(text, /oneDNN AVX2/);
  assert.match(text, /oneDNN 2 is not installed/);
});
