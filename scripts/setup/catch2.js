import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { SetupError } from '../steps.js';
import { unpackFromRelease } from './apt.js';
import { cachedFolder } from './cache.js';
import { debianSuite } from './os-release.js';

const header = 'catch2/catch.hpp';
const systemFolder = '/usr/include/catch2';

/**
 * The include folder of Catch2 2.13. It holds nothing else, because it is given to the wasm compile
 * too, which must not see the system's headers.
 */
export async function findOrInstallCatch2() {
  const given = process.env.CATCH2_INCLUDE_DIR;
  if (given) {
    if (existsSync(join(given, header))) return given;
    throw new SetupError(`CATCH2_INCLUDE_DIR is ${given}, but there is no ${header} in it.`);
  }
  if (existsSync(join(systemFolder, 'catch.hpp'))) {
    return cachedFolder('catch2-of-the-system', (folder) => symlink(systemFolder, join(folder, 'catch2')));
  }
  const suite = debianSuite();
  if (!['bookworm', 'trixie'].includes(suite)) throw new SetupError(missingText);
  // Debian 12's also on Debian 13, whose own is version 3, without the single header.
  const root = await cachedFolder('catch2-2.13', (unfinished) =>
    unpackFromRelease(['catch2'], { suite, wantedSuite: 'bookworm', root: unfinished }),
  );
  return join(root, 'usr/include');
}

const missingText = `Catch2 2.13 is needed for the C++ tests, as its single header. It is found automatically on
Debian 12 and 13, and where ${systemFolder}/catch.hpp exists. Elsewhere, download catch.hpp of
version 2.13.10 to some folder as ${header} and run this again with CATCH2_INCLUDE_DIR set to
that folder.`;
