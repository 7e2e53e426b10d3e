import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { projectRoot } from './project-root.js';
import { findOrInstallCommands } from './setup/build-tools.js';
import { run, step, upToDate } from './steps.js';

/**
 * Builds the wasm module into dist/, and with `catch2` (its include folder) the C++ tests too; `targets` are CMake's, beside those
 * that it builds anyway.
 */
export async function buildModule(emscripten, { catch2, targets = [] } = {}) {
  await findOrInstallCommands(['cmake', 'ninja']);
  const [title, preset, options] = catch2
    ? ['Building the wasm module and its tests', 'wasm-tests', [`-DCATCH2_INCLUDE_DIR=${catch2}`]]
    : ['Building the wasm module', 'wasm', []];
  await step(title, async () => {
    const stamp = join(projectRoot, 'build/wasm/emscripten-version.txt');
    await discardOtherCompilersBuild(stamp, emscripten);
    const where = { cwd: projectRoot, env: emscripten.env };
    await run('emcmake', ['cmake', '--preset', preset, ...options], where);
    await writeFile(stamp, compilerIdentity(emscripten));
    return isUpToDate(await run('cmake', ['--build', '--preset', preset, '--target', 'all', ...targets], where));
  });
}

/** Builds, in the tree that `buildModule` has configured, what is not part of the module: build/wasm/bench/limits.wasm. */
export async function buildBenchLimits(emscripten) {
  await step('Building what measures the machine', async () => {
    const where = { cwd: projectRoot, env: emscripten.env };
    return isUpToDate(await run('cmake', ['--build', '--preset', 'wasm', '--target', 'bench_limits'], where));
  });
}

/** CMake keeps the compiler of its first run, and ninja does not notice that one has changed. */
async function discardOtherCompilersBuild(stamp, emscripten) {
  const same = existsSync(stamp) && readFileSync(stamp, 'utf8') === compilerIdentity(emscripten);
  if (!same) await rm(dirname(stamp), { recursive: true, force: true });
}

function compilerIdentity({ version, env }) {
  return `${version} ${env.EM_CONFIG ?? ''}\n`;
}

/** Builds the native library and its C++ tests. */
export async function buildNativeTests(catch2) {
  await findOrInstallCommands(['cmake', 'ninja', 'g++']);
  await step('Building the native C++ tests', async () => {
    const where = { cwd: projectRoot };
    await run('cmake', ['--preset', 'native', `-DCATCH2_INCLUDE_DIR=${catch2}`], where);
    return isUpToDate(await run('cmake', ['--build', '--preset', 'native'], where));
  });
}

/** Builds the programs of tests/fuzz/ with clang. */
export async function buildFuzzers(llvm) {
  await findOrInstallCommands(['cmake', 'ninja']);
  await step('Building the fuzzers', async () => {
    const where = { cwd: projectRoot };
    await configureWithClang('fuzz', llvm, [], where);
    return isUpToDate(await run('cmake', ['--build', '--preset', 'fuzz'], where));
  });
}

/** Only what clang-tidy asks of a build: how each file is compiled. Gives the folder. */
export async function configureFuzzers(llvm) {
  await findOrInstallCommands(['cmake', 'ninja']);
  await configureWithClang('fuzz', llvm, [], { cwd: projectRoot });
  return join(projectRoot, 'build/fuzz');
}

/** Builds the native library and its C++ tests so that they count what they run, without sanitizers. */
export async function buildCoverageTests(llvm, catch2) {
  await findOrInstallCommands(['cmake', 'ninja']);
  await step('Building the native C++ tests with clang, to count what they run', async () => {
    const where = { cwd: projectRoot };
    await configureWithClang('coverage', llvm, [`-DCATCH2_INCLUDE_DIR=${catch2}`], where);
    return isUpToDate(await run('cmake', ['--build', '--preset', 'coverage'], where));
  });
}

function configureWithClang(preset, llvm, options, where) {
  const compiler = `-DCMAKE_CXX_COMPILER=${llvm.path['clang++']}`;
  return run('cmake', ['--preset', preset, compiler, ...options], where);
}

function isUpToDate(buildOutput) {
  return buildOutput.includes('ninja: no work to do') ? upToDate : null;
}
