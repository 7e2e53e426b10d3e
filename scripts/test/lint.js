import { run } from '../steps.js';
import { check, nodeTool } from './check.js';
import { filesUnder } from './files-under.js';
import { nodeModules } from './needs.js';
import { sum } from './verdict.js';

export async function lint() {
  await nodeModules();
  const checks = [
    await check('ESLint', nodeTool('eslint'), ['.']),
    await check('Prettier', nodeTool('prettier'), ['--check', '.']),
  ];
  const clangFormat = await findClangFormat();
  if (clangFormat) {
    const folders = ['cpp', 'tests/cpp', 'tests/consumer', 'tests/failing-module', 'tests/fuzz', 'bench/limits'];
    const files = folders.flatMap((folder) => filesUnder(folder, /\.(cpp|h)$/));
    checks.push(await check('clang-format', clangFormat, ['--dry-run', '-Werror', ...files]));
  }
  return { ...sum(checks), note: clangFormat ? '' : 'clang-format 14 not found, C++ not checked' };
}

/** Versions of clang-format break lines differently; 14 is the one that the tree is formatted with. */
async function findClangFormat() {
  for (const name of ['clang-format-14', 'clang-format']) {
    const { outcome, output } = await run(name, ['--version'], { mayFail: true });
    if (!outcome && output.includes('version 14.')) return name;
  }
  return null;
}
