// Where pages point to in the project, and in each other.
import assert from 'node:assert/strict';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

import { isInProject, pages, readPage } from './support/markdown.js';

const all = new Map(pages().map((page) => [normalize(page), readPage(page)]));

for (const [page, { links }] of all) {
  test(`${page}: what it points to is there`, () => {
    const problems = links.filter((link) => !/^(https?|mailto):/.test(link)).map((link) => problemOf(page, link));
    assert.deepEqual(problems.filter(Boolean), []);
  });
}

test('every page can be found: another one points to it', () => {
  const pointedTo = new Set(
    [...all].flatMap(([page, { links }]) =>
      links.map((link) => targetOf(page, link).file).filter((file) => file !== page),
    ),
  );
  const begins = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md'];
  const lost = [...all.keys()].filter((page) => !begins.includes(page) && !pointedTo.has(page));
  assert.deepEqual(lost, []);
});

function targetOf(page, link) {
  const [path, anchor] = decodeURI(link).split('#');
  return { file: path === '' ? page : normalize(join(dirname(page), path)), anchor };
}

function problemOf(page, link) {
  const { file, anchor } = targetOf(page, link);
  if (file.startsWith('..') || !isInProject(file)) return `${link}: there is no ${file}`;
  if (anchor === undefined) return '';
  if (!all.has(file)) return `${link}: ${file} is no page, so it has no anchors`;
  return all.get(file).anchors.has(anchor) ? '' : `${link}: ${file} has no such section`;
}
