// Every block of code in every page is checked, by what stands after its opening ```:
//
//   js             runs, and prints what the `text` block after it says, or nothing
//   ts             compiles
//   sh             its commands can be given: support/commands.js
//   text           is what the js block before it prints
//   text as printed by COMMAND    was printed by a command of the project, at some time on some machine; there is such a command
//   text of paths  begins each line with a path that there is
//   LANGUAGE of FILE    stands in that file, which other tests run
//
// A block of anything else fails. Pages whose blocks are files of a project have them built by other tests: BUILT_ELSEWHERE.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { projectRoot, runInChild } from './support/child.js';
import { problemsOfCommands } from './support/commands.js';
import { isInProject, pages, readPage } from './support/markdown.js';

/** Pages, the tests that build and run their blocks, and the languages of these; default all. */
const BUILT_ELSEWHERE = {
  'docs/cpp.md': { by: 'scripts/test/consumer.js', languages: ['cmake', 'cpp'] },
  'docs/guide/install.md': { by: 'tests/package/support/guide.js' },
};

const compiled = [];
let ran = 0;

for (const page of pages()) {
  const { fences: found, codes } = readPage(page);
  const built = BUILT_ELSEWHERE[page];
  const isBuilt = ({ info }) => built && (built.languages?.includes(info) ?? true);
  const fences = found.filter((fence) => !isBuilt(fence));
  if (built) test(`${page}: ${built.by} reads its blocks`, () => assert.ok(readFile(built.by).includes(page)));

  for (const [i, { info, code, line, section }] of fences.entries()) {
    const where = `${page}: the block under "${section}", line ${line},`;
    const next = fences[i + 1];
    if (info === 'js') {
      const expected = next?.info === 'text' ? next.code : '';
      ran += 1;
      test(`${where} runs, and prints what the page says`, () => assert.equal(runInChild(code), expected));
    } else if (info === 'ts') {
      compiled.push({ where, code });
    } else if (info === 'sh') {
      test(`${where} has commands that there are`, () => assert.deepEqual(problemsOfCommands(code), []));
    } else if (info === 'text') {
      test(`${where} is printed by the one before`, () => assert.equal(fences[i - 1]?.info, 'js'));
    } else if (info.startsWith('text as printed by ')) {
      const command = info.slice('text as printed by '.length);
      test(`${where} is of a command that there is`, () => assert.deepEqual(problemsOfCommands(command), []));
    } else if (info === 'text of paths') {
      test(`${where} names paths that there are`, () => assert.deepEqual(missingPaths(code), []));
    } else if (/^\w+ of /.test(info)) {
      const file = info.replace(/^\w+ of /, '');
      test(`${where} stands in ${file}`, () => assert.ok(withoutIndent(readFile(file)).includes(withoutIndent(code))));
    } else {
      test(`${where} is checked`, () => assert.fail(`nothing here checks a block of '${info}'`));
    }
  }

  const commands = codes.filter((text) => /^(npm|npx|node) (?!.*…)/.test(text));
  if (commands.length > 0) {
    test(`${page}: the commands in its text are there`, () => {
      assert.deepEqual(commands.flatMap(problemsOfCommands), []);
    });
  }

  const paths = codes.filter((text) => /^(\.github|bench|cpp|docs|js|scripts|tests|web-demo)\/[\w./-]+$/.test(text));
  if (paths.length > 0) {
    test(`${page}: the files in its text are there`, () => {
      assert.deepEqual(
        paths.filter((path) => !isInProject(path)),
        [],
      );
    });
  }
}

test('there are examples to run', () => assert.ok(ran >= 10, `${ran}`));

test(`the ${compiled.length} blocks of TypeScript compile`, { skip: compiled.length === 0 }, () => {
  const folder = join(projectRoot, 'build/pages');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const names = compiled.map(({ where, code }, i) => {
    writeFileSync(join(folder, `block-${i}.ts`), `// ${where}\n${code}\nexport {};\n`);
    return `block-${i}.ts`;
  });
  const extended = { extends: '../../tsconfig.json', compilerOptions: { target: 'esnext' }, files: names, include: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(extended));
  const tsc = join(projectRoot, 'node_modules/.bin/tsc');
  const { stdout, status } = spawnSync(tsc, ['-p', folder], { cwd: projectRoot, encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

/** Lines that are indented, or further lines of a text, name nothing. */
function missingPaths(code) {
  const first = code
    .split('\n')
    .filter((line) => /^\S/.test(line))
    .map((line) => line.split(/\s/)[0]);
  return first.filter((path) => !isInProject(path));
}

function readFile(path) {
  assert.ok(isInProject(path), `there is no ${path}`);
  return readFileSync(join(projectRoot, path), 'utf8');
}

function withoutIndent(text) {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .join('\n');
}
