// Checks the links of the pages: the file and the section exist, and each page has a link to it.
import assert from 'node:assert/strict';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { isInProject, pages, readPage } from './support/markdown.js';

const all = new Map(pages().map((page) => [page, readPage(page)]));
const linked = new Set(['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md']);

for (const [page, { links }] of all) {
  const targets = links
    .filter((link) => !/^(https?|mailto):/.test(link))
    .map((link) => {
      const [path, anchor] = decodeURI(link).split('#');
      return { link, file: path ? normalize(join(dirname(page), path)) : page, anchor };
    });
  for (const { file } of targets) if (file !== page) linked.add(file);

  test(`${page}: the targets of its links exist`, () => {
    const exists = ({ file, anchor }) =>
      !file.startsWith('..') && isInProject(file) && (anchor === undefined || all.get(file)?.anchors.has(anchor));
    assert.deepEqual(
      targets.filter((target) => !exists(target)).map(({ link }) => link),
      [],
    );
  });
}

test('each page has a link to it', () => {
  assert.deepEqual(
    [...all.keys()].filter((page) => !linked.has(page)),
    [],
  );
});
