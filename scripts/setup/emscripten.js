import { join } from 'node:path';
import { UserError } from '../run-tasks.js';
import { debianRelease, downloadPackages } from './debian.js';

/** The oldest Emscripten that builds the package. Debian 13 has this version. */
const oldest = '3.1.69';

/**
 * The Debian packages of each choice of --emscripten: 3.1.69, and the newest version that Debian packages. Debian 13's build of LLVM 19
 * crashes when it evaluates a call such as std::exp(1.0L); Debian 12's build of the same version does not.
 */
const packages = {
  default: ['emscripten/trixie', 'patchelf/trixie', 'src:llvm-toolchain-19/bookworm'],
  latest: ['emscripten/testing', 'patchelf/testing'],
};

export const choices = Object.keys(packages);

/**
 * Finds or installs Emscripten. 'default' is the emcc on PATH if it is new enough, else Emscripten 3.1.69; 'latest' is always the one of
 * Debian testing.
 *
 * @param {import('../run-tasks.js').Run} run
 * @param {string} choice one of `choices`
 * @returns {Promise<{ env: Record<string, string>, version: string }>} `env`: the environment for `emcc` and `emcmake`
 */
export async function setUpEmscripten(run, choice) {
  if (!choices.includes(choice))
    throw new UserError(`DEPTHWISE_EMSCRIPTEN must be ${choices.join(' or ')}, got '${choice}'.`);
  const found = await versionOf(run, {});
  if (choice === 'default' && found && isAtLeast(found, oldest)) return { env: {}, version: found };
  if (!['bookworm', 'trixie'].includes(debianRelease()) || process.arch !== 'x64') throw new UserError(missing(found));
  // Change the number when the packages, debian-packages.sh or finish-emscripten.sh change.
  const folder = await downloadPackages(run, `emscripten-${choice}-2`, packages[choice], 'finish-emscripten.sh');
  // Settings of another Emscripten on this machine would override config.py.
  const settings = Object.keys(process.env).filter((name) => /^(EM_(?!COMPILER_WRAPPER)|EMSDK|PYTHON$)/.test(name));
  const env = {
    ...Object.fromEntries(settings.map((name) => [name, undefined])),
    PATH: `${join(folder, 'root/usr/share/emscripten')}:${process.env.PATH}`,
    EM_CONFIG: join(folder, 'config.py'),
    EM_NODE_JS: process.execPath,
    EMSDK_PYTHON: '/usr/bin/python3', // A python3 on PATH, such as pyenv's, may be too old.
  };
  return { env, version: await versionOf(run, env) };
}

async function versionOf(run, env) {
  const { failure, output } = await run('emcc', ['--version'], { env, mayFail: true });
  return failure ? null : (output.match(/^emcc .*?\b(\d+\.\d+\.\d+)\b/m)?.[1] ?? null);
}

/** Compares versions of three numbers. */
export function isAtLeast(version, minimum) {
  return version.localeCompare(minimum, 'en', { numeric: true }) >= 0;
}

const missing = (found) => `The build needs Emscripten ${oldest} or newer, but ${
  found ? `the emcc on PATH is ${found}` : 'there is no emcc on PATH'
}. The scripts install it only on
Debian 12 and 13 (x86-64). On other systems install it with emsdk. In its folder:

  ./emsdk install ${oldest}
  ./emsdk activate ${oldest}
  source ./emsdk_env.sh

and try again in the same shell.`;
