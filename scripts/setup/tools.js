import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { UserError } from '../run-tasks.js';
import { debianRelease, downloadPackages, installPackages } from './debian.js';
import { findOnPath } from './find-on-path.js';

/**
 * Makes sure that commands are on PATH; on Debian it installs the packages of missing ones.
 *
 * @param {import('../run-tasks.js').Run} run
 * @param {Record<string, string>} packageOf Debian's package of each command
 */
export async function setUpCommands(run, packageOf) {
  const missing = Object.keys(packageOf).filter((command) => !findOnPath(command));
  if (missing.length === 0) return;
  const packages = missing.map((command) => packageOf[command]);
  if (!debianRelease()) {
    throw new UserError(
      `${missing.join(', ')} must be on PATH. Install what provides them (Debian's packages: ${packages.join(', ')}) and try again.`,
    );
  }
  await installPackages(run, packages);
}

/** The LLVM of each Debian release that compiles the native tests and the fuzzers. */
const llvmVersions = { bookworm: 14, trixie: 19 };
const llvmTools = ['clang++', 'clang-tidy', 'llvm-cov', 'llvm-profdata'];

/**
 * Finds or installs clang, its sanitizers and libFuzzer, and LLVM's tools. Returns the path of each tool by its name.
 *
 * @param {import('../run-tasks.js').Run} run
 * @returns {Promise<Record<string, string>>}
 */
export async function setUpLlvm(run) {
  const version = llvmVersions[debianRelease()];
  const suffix = version ? `-${version}` : '';
  if (version)
    await installPackages(run, [`clang${suffix}`, `clang-tidy${suffix}`, `llvm${suffix}`, `libclang-rt${suffix}-dev`]);
  const paths = Object.fromEntries(llvmTools.map((name) => [name, findOnPath(name + suffix)]));
  const missing = llvmTools.filter((name) => !paths[name]);
  if (missing.length === 0) return paths;
  throw new UserError(
    `Not found: ${missing.join(', ')}. The native tests need LLVM 14 or newer with sanitizers and libFuzzer. It is installed ` +
      `automatically on Debian 12 and 13. On other systems install it, put its tools on PATH and try again.`,
  );
}

/** The compilers of the native benchmark that each Debian release has. oneDNN of Debian 13 has another API. */
const benchmarkTools = {
  bookworm: {
    commands: ['g++-12', 'clang++-14', 'clang++-19'],
    packages: ['g++-12', 'clang-14', 'clang-19', 'libdnnl-dev'],
  },
  trixie: { commands: ['g++-14', 'clang++-19'], packages: ['g++-14', 'clang-19'] },
};

/**
 * Installs the compilers of the native benchmark, and oneDNN. Returns the commands of the compilers: on other systems than Debian 12 and 13,
 * those on PATH.
 *
 * @param {import('../run-tasks.js').Run} run
 */
export async function setUpNativeCompilers(run) {
  const tools = benchmarkTools[debianRelease()];
  if (tools) {
    await installPackages(run, tools.packages);
    return tools.commands;
  }
  const found = ['g++', 'clang++'].filter((name) => findOnPath(name));
  if (found.length === 0) throw new UserError('The native benchmark needs g++ or clang++ on PATH.');
  return found;
}

/**
 * Finds or downloads Catch2 2.13, which is one header. Returns an include folder with nothing else in it: it is for Emscripten's compiler
 * too, which must not see the headers of the system.
 *
 * @param {import('../run-tasks.js').Run} run
 */
export async function setUpCatch2(run) {
  const given = process.env.CATCH2_INCLUDE_DIR;
  if (given && existsSync(join(given, 'catch2/catch.hpp'))) return given;
  if (given) throw new UserError(`CATCH2_INCLUDE_DIR is ${given}, but ${given}/catch2/catch.hpp does not exist.`);
  if (existsSync('/usr/include/catch2/catch.hpp')) {
    const folder = join(projectRoot, 'build/catch2');
    await mkdir(folder, { recursive: true });
    if (!existsSync(join(folder, 'catch2'))) await symlink('/usr/include/catch2', join(folder, 'catch2'));
    return folder;
  }
  if (!['bookworm', 'trixie'].includes(debianRelease())) {
    throw new UserError(
      'The C++ tests need Catch2 2.13. It is downloaded automatically on Debian 12 and 13. On other systems, save catch.hpp of version ' +
        '2.13.10 as FOLDER/catch2/catch.hpp, set CATCH2_INCLUDE_DIR to FOLDER and try again.',
    );
  }
  // Debian 13 has Catch2 3, which is not one header.
  const folder = await downloadPackages(run, 'catch2-1', ['catch2/bookworm']);
  return join(folder, 'root/usr/include');
}
