import { SetupError } from '../steps.js';
import { installPackages } from './apt.js';
import { findOnPath } from './find-on-path.js';
import { debianSuite } from './os-release.js';

/** The LLVM of each Debian release that is installed for the fuzzers, clang-tidy and the coverage of the C++. */
const versionOf = { bookworm: 14, trixie: 19 };

const tools = ['clang++', 'clang-tidy', 'llvm-cov', 'llvm-profdata'];

/**
 * Makes sure that clang, its sanitizers and libFuzzer, and LLVM's tools are there; on Debian it installs missing ones. Resolves to
 * { version, path }: the major version, or null where it is whatever is on PATH, and the path of each tool by its name.
 */
export async function findOrInstallLlvm() {
  const version = versionOf[debianSuite()] ?? null;
  if (version) {
    const packages = ['clang', 'clang-tidy', 'llvm'].map((name) => `${name}-${version}`);
    await installPackages([...packages, `libclang-rt-${version}-dev`]);
  }
  const path = {};
  for (const name of tools) {
    const found = findOnPath(version ? `${name}-${version}` : name);
    if (!found) throw new SetupError(missingText(name));
    path[name] = found;
  }
  return { version, path };
}

function missingText(name) {
  return (
    `${name} was not found. ${tools.join(', ')} are needed, with compiler-rt's sanitizers and libFuzzer: LLVM 14, which is installed ` +
    `automatically on Debian 12. Elsewhere, install LLVM 14 or newer, put its tools on PATH under these names and run this again.`
  );
}
