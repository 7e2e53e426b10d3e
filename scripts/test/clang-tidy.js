import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { filesUnder } from './files-under.js';
import { sum } from './counts.js';
import { findOnPath } from '../setup/find-on-path.js';

/** Findings differ between versions of clang-tidy; the C++ has none with this version. */
const command = 'clang-tidy-14';

/**
 * Checks each C++ source with .clang-tidy. Files that need Emscripten's headers and the tests, which consist of Catch2's macros, are not
 * checked. Each file counts as one test.
 *
 * @param {import('../run-tasks.js').Run} run
 */
export async function clangTidy(run) {
  if (!findOnPath(command)) return { passed: 0, failed: 0, note: `${command} not found, C++ not analysed` };
  const needsEmscripten = /\/bindings\//;
  const files = ['cpp', 'tests/fuzz']
    .flatMap((folder) => filesUnder(folder, /\.cpp$/))
    .filter((file) => !needsEmscripten.test(file));
  const limit = pLimit(availableParallelism());
  const check = async (file) => {
    const { failure } = await run(command, ['--quiet', '-p', 'build/native', file], { mayFail: true });
    return failure ? { passed: 0, failed: 1, note: file } : { passed: 1, failed: 0 };
  };
  return sum(await Promise.all(files.map((file) => limit(check, file))));
}
