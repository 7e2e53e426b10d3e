// Checks every code block of every page. The text after the opening ``` selects the check:
//
//   js                runs and prints the `text` block after it, or nothing
//   ts                compiles
//   sh                uses scripts, suites and files that exist
//   LANGUAGE of FILE  is a part of that file, which another test runs
//
// Another kind fails. Other tests build the blocks of the pages in BUILT_ELSEWHERE.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot, runInChild } from './support/child.js';
import { unknownCommands } from './support/commands.js';
import { isInProject, pages, readPage } from './support/markdown.js';

/** The languages that the tests of scripts/ and tests/package/ build. */
const BUILT_ELSEWHERE = {
  'docs/cpp.md': ['cmake', 'cpp'],
  'docs/upstream.md': ['js'],
  'docs/guide/install.md': ['http', 'html', 'js', 'json', 'sh', 'ts'],
};
const CODE_PATH = /^(\.github|bench|cpp|docs|js|scripts|tests|web-demo)\/[\w./-]+$/;

const typescript = [];

for (const page of pages()) {
  const { fences, codes } = readPage(page);
  for (const [i, { info, code, line }] of fences.entries()) {
    if (BUILT_ELSEWHERE[page]?.includes(info)) continue;
    const where = `${page}, line ${line}`;
    const next = fences[i + 1];
    if (info === 'js') {
      const expected = next?.info === 'text' ? next.code : '';
      test(`${where}: the example prints what the page shows`, () => assert.equal(runInChild(code), expected));
    } else if (info === 'ts') {
      typescript.push(`// ${where}\n${code}\nexport {};\n`);
    } else if (info === 'sh') {
      test(`${where}: the commands exist`, () => assert.deepEqual(unknownCommands(code), []));
    } else if (info === 'text') {
      test(`${where}: the text follows an example`, () => assert.equal(fences[i - 1]?.info, 'js'));
    } else {
      const file = /^\w+ of (\S+)$/.exec(info)?.[1];
      test(`${where}: the block is part of ${file}`, () => {
        assert.ok(file, `there is no check for a block of '${info}'`);
        assert.ok(readFileSync(join(projectRoot, file), 'utf8').includes(code));
      });
    }
  }
  test(`${page}: the commands and files in the text exist`, () => {
    assert.deepEqual(
      codes.filter((text) => CODE_PATH.test(text) && !isInProject(text)),
      [],
    );
    assert.deepEqual(codes.filter((text) => /^(npm|node) (?!.*…)/.test(text)).flatMap(unknownCommands), []);
  });
}

test('the TypeScript examples compile', () => {
  assert.ok(typescript.length > 0);
  const folder = join(projectRoot, 'build/pages');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files = typescript.map((code, i) => {
    writeFileSync(join(folder, `block-${i}.ts`), code);
    return `block-${i}.ts`;
  });
  const config = { extends: '../../tsconfig.json', compilerOptions: { target: 'esnext' }, files, include: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(projectRoot, 'node_modules/.bin/tsc');
  const { stdout, status } = spawnSync(tsc, ['-p', folder], { cwd: projectRoot, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});
