import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { UserError } from '../run-tasks.js';

/** The folder of downloaded tools. It is outside of the checkout, so that another clone need not download them again. */
const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'depthwise-wasm');

/** Returns the codename of this machine's Debian release, such as bookworm; null on other systems. */
export function debianRelease() {
  if (!existsSync('/etc/os-release')) return null;
  const text = readFileSync('/etc/os-release', 'utf8');
  return /^ID=debian$/m.test(text) ? (text.match(/^VERSION_CODENAME=(\w+)$/m)?.[1] ?? null) : null;
}

/**
 * Installs packages of this machine's own release, unless all of them are installed.
 *
 * @param {import('../run-tasks.js').Run} run
 * @param {string[]} names
 */
export async function installPackages(run, names) {
  const { output } = await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\\n', ...names], {
    mayFail: true,
  });
  const missing = names.filter((name) => !output.split('\n').includes(`${name} installed`));
  if (missing.length === 0) return;
  const install = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  const isRoot = process.getuid() === 0;
  // -n: sudo must not ask for a password, because the progress display would hide the question.
  if (!isRoot && (await run('sudo', ['-n', 'true'], { mayFail: true })).failure) {
    throw new UserError(
      `These Debian packages are missing: ${missing.join(', ')}. To install them, this script needs root, or sudo without a ` +
        `password. Install them and try again:\n\n  sudo ${install}`,
    );
  }
  // apt waits for other programs when it installs, but not when it updates its lists. flock lets one run after the other do both.
  const command = `apt-get update && DEBIAN_FRONTEND=noninteractive ${install} --yes -o DPkg::Lock::Timeout=600`;
  await run(isRoot ? 'flock' : 'sudo', [
    ...(isRoot ? [] : ['-n', 'flock']),
    '/tmp/depthwise-wasm-apt.lock',
    'sh',
    '-c',
    command,
  ]);
}

/**
 * Downloads packages, each of any Debian release, with all packages that they need, into a folder of the cache. Nothing else on the system
 * changes. Returns the folder.
 *
 * @param {import('../run-tasks.js').Run} run
 * @param {string} name name of the folder
 * @param {string[]} packages as NAME/RELEASE
 * @param {string} [finish] a script of scripts/setup that runs in the folder at the end
 */
export async function downloadPackages(run, name, packages, finish = '') {
  const folder = join(cacheFolder, name);
  const script = (file) => join(projectRoot, 'scripts/setup', file);
  if (!existsSync(join(folder, 'complete'))) {
    await run('bash', [script('debian-packages.sh'), folder, finish && script(finish), ...packages]);
  }
  return folder;
}
