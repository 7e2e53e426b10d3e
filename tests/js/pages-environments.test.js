// Checks the form of the table of environments in docs/compatibility.md. `npm run test:environments` writes the table.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { environmentRows } from '../../scripts/environment-table.js';
import { filesUnder } from '../../scripts/test/files-under.js';
import { projectRoot } from './support/child.js';

const read = (path) => readFileSync(join(projectRoot, path), 'utf8');
const rows = environmentRows(read('docs/compatibility.md'));
const tests = filesUnder('tests/environments', /\.test\.js$/)
  .map(read)
  .join('\n');

test('each environment of the table is tested, in a version', () => {
  assert.ok(rows.length >= 5, `${rows.length} rows`);
  for (const [name, version] of rows) {
    const [tool] = name.split(',');
    assert.ok(new RegExp(`['\`"]?${tool}\\b`).test(tests), `no test of ${name}`);
    assert.match(version, /\d+\.\d+/, name);
  }
});

test('each cell is yes, or no with a link to the reason', () => {
  for (const [name, , load, train, standalone, needs, ...others] of rows) {
    assert.deepEqual(others, [], name);
    const cells = [load, train, standalone];
    for (const cell of cells) assert.match(cell, /^(yes|no)$/, `${name}: ${cell}`);
    assert.match(needs, cells.includes('no') ? /^\[.*\]\(guide\/install\.md#.*\)$/ : /^nothing$|^\[/, name);
  }
});
