import { readdirSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, say } from '../steps.js';
import { installPackages, unpackFromRelease } from './apt.js';
import { cachedFolder } from './cache.js';

// Debian 12's own Emscripten (3.1.6) is too old, so this unpacks Debian 13's into a private folder
// and lets it use the system's clang 19, which both releases have. Nothing on the system is
// upgraded. Debian 13 could install its package, but that brings a Node of its own with it, and
// Emscripten's optimizer then fails with any other Node; so one way serves both.

/** Count up the last number when the recipe below changes, so that no older folder is used. */
const folderName = 'emscripten-3.1.69-recipe-1';

const ownPackages = ['python3', 'clang-19', 'lld-19', 'llvm-19'];
const newerPackages = [
  'emscripten',
  'binaryen',
  // Binaryen is linked against a newer libc than Debian 12's; its wrappers load these.
  'libc6',
  'libstdc++6',
  'libgcc-s1',
  // Emscripten's optimizer imports it; as an own copy, since the system's comes with a Node.
  'node-acorn',
];

// Paths are relative to the file itself: the folder is renamed once it is complete.
const config = `
import os
root = os.path.dirname(os.path.abspath(os.environ['EM_CONFIG']))
LLVM_ROOT = '/usr/bin'
LLVM_ADD_VERSION = '19'
CLANG_ADD_VERSION = '19'
BINARYEN_ROOT = os.path.join(root, 'binaryen')
NODE_JS = 'node'
CACHE = os.path.join(root, 'usr/share/emscripten/cache')
FROZEN_CACHE = True
`.trimStart();

const binaryenWrapper = (tool) => `#!/bin/sh
root=\${0%/*}/../..
exec "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/${tool}" "$@"
`;

export function isSupported(suite, architecture) {
  return ['bookworm', 'trixie'].includes(suite) && architecture === 'x64';
}

/** Environment variables for Emscripten on Debian `suite`; sets it up if it is not there yet. */
export async function debianEmscripten(suite) {
  await installPackages(ownPackages);
  const root = await cachedFolder(folderName, (unfinished) => {
    say('Emscripten 3.1.69 is set up in a private folder: once, about 250 MB to download.');
    return build(unfinished, suite);
  });
  return toolchainEnv(root);
}

async function build(root, suite) {
  await unpackFromRelease(newerPackages, { suite, wantedSuite: 'trixie', root });
  await writeFile(join(root, 'config.py'), config);
  await mkdir(join(root, 'binaryen/bin'), { recursive: true });
  for (const tool of readdirSync(join(root, 'usr/bin')).filter((name) => /^wasm/.test(name))) {
    await writeFile(join(root, 'binaryen/bin', tool), binaryenWrapper(tool), { mode: 0o755 });
  }
  const modules = join(root, 'usr/share/emscripten/node_modules');
  await mkdir(modules);
  await symlink('../../nodejs/acorn', join(modules, 'acorn'));
  // Better to find out here than to keep a folder that does not work.
  await run('emcc', ['--version'], { env: toolchainEnv(root) });
}

function toolchainEnv(root) {
  // Settings of another Emscripten, such as an older emsdk's, would override this one's config.
  const others = Object.entries(process.env).filter(([name]) => !/^(EM_|EMSDK|PYTHON$)/.test(name));
  return {
    ...Object.fromEntries(others),
    PATH: `${join(root, 'usr/share/emscripten')}:${process.env.PATH}`,
    EM_CONFIG: join(root, 'config.py'),
    EM_NODE_JS: process.execPath,
    // A python3 of pyenv and the like may be of any age.
    EMSDK_PYTHON: '/usr/bin/python3',
  };
}
