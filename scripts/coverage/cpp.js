import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildCoverageTests } from '../cmake.js';
import { projectRoot } from '../project-root.js';
import { findOrInstallCatch2 } from '../setup/catch2.js';
import { findOrInstallLlvm } from '../setup/llvm.js';
import { run, step } from '../steps.js';

const folder = 'build/coverage/cpp';
const program = 'build/coverage-native/tests/depthwise_tests';
/** The tests themselves, and what is none of ours. */
const others = '-ignore-filename-regex=(tests/|/usr/|catch)';

/**
 * What the native tests reach of cpp/, counted by clang and told by llvm-cov: a table, and the share of all lines in per cent. Every line
 * goes to build/coverage/cpp/html/.
 */
export async function cppCoverage() {
  await rm(join(projectRoot, folder), { recursive: true, force: true });
  const llvm = await findOrInstallLlvm();
  await buildCoverageTests(llvm, await findOrInstallCatch2());
  await mkdir(join(projectRoot, folder), { recursive: true });
  const [raw, profile] = [`${folder}/tests.profraw`, `${folder}/tests.profdata`];
  await step('C++ tests, counted', async () => {
    await run(program, [], { cwd: projectRoot, env: { ...process.env, LLVM_PROFILE_FILE: raw } });
    await run(llvm.path['llvm-profdata'], ['merge', '-sparse', raw, '-o', profile], { cwd: projectRoot });
  });
  const llvmCov = (command, ...args) =>
    run(llvm.path['llvm-cov'], [command, program, `-instr-profile=${profile}`, others, ...args], { cwd: projectRoot });
  await llvmCov('show', '-format=html', `-output-dir=${folder}/html`, '-show-branches=count');
  const table = await llvmCov('report', '-show-region-summary=false', '-show-branch-summary=true');
  const [, lines] = table.match(/^TOTAL(?:\s+\d+\s+\d+\s+[\d.]+%){1}\s+\d+\s+\d+\s+([\d.]+)%/m) ?? [];
  return { table, lines: Number(lines) };
}
