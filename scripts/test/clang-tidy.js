import { relative } from 'node:path';
import { configureFuzzers } from '../cmake.js';
import { inParallel } from '../in-parallel.js';
import { projectRoot } from '../project-root.js';
import { findOrInstallLlvm } from '../setup/llvm.js';
import { run, say, step } from '../steps.js';
import { filesUnder } from './files-under.js';

/** What clang-tidy sees differs from version to version; the tree is clean for this one. */
const wanted = 14;

/**
 * What .clang-tidy says, of all C++ but what needs Emscripten's headers (cpp/bindings/) or has no compile command here
 * (cpp/tfjs/'s two files of the side module) and the tests, whose framework's macros are not ours to mend. A file counts as one.
 */
export async function clangTidy() {
  const llvm = await findOrInstallLlvm();
  if (llvm.version !== wanted)
    return { passed: 0, failed: 0, note: `clang-tidy ${wanted} not found, C++ not analyzed` };
  const build = await configureFuzzers(llvm);
  const onlyWasm = /\/bindings\/|\/(borrowed_memory|c_library)[.]cpp$/;
  const files = ['cpp', 'tests/fuzz']
    .flatMap((folder) => filesUnder(folder, /\.cpp$/))
    .filter((name) => !onlyWasm.test(name));
  const result = { passed: 0, failed: 0 };
  return step(`clang-tidy, ${files.length} files`, async () => {
    await inParallel(files, async (file) => {
      const { outcome, output } = await run(
        llvm.path['clang-tidy'],
        ['--quiet', '-p', relative(projectRoot, build), file],
        { cwd: projectRoot, mayFail: true },
      );
      if (outcome) say(output.replaceAll(`${projectRoot}/`, ''));
      outcome ? result.failed++ : result.passed++;
    });
    return result;
  });
}
