import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, SetupError, step } from '../steps.js';
import { entryForSuite } from './apt-sources.js';
import { withLock } from './cache.js';

/** Installs packages of the machine's own release; silent if they are all there. */
export async function installPackages(names) {
  if ((await missingPackages(names)).length === 0) return;
  // Of several runs at once one works and the others wait: apt itself does not wait for its lists.
  await withLock('apt', async () => {
    const missing = await missingPackages(names);
    if (missing.length === 0) return;
    await step(`Installing Debian packages: ${missing.join(', ')}`, async () => {
      const asRoot = await rootPrefix(missing);
      await asRoot('apt-get', 'update');
      const options = ['-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=600'];
      await asRoot('apt-get', 'install', ...options, ...missing);
    });
  });
}

async function missingPackages(names) {
  const query = ['-W', '-f', '${Package} ${db:Status-Status}\\n', ...names];
  const { output } = await run('dpkg-query', query, { mayFail: true });
  const lines = output.split('\n');
  return names.filter((name) => !lines.includes(`${name} installed`));
}

/** Returns a function that runs a command as root: as it is, or through sudo. */
async function rootPrefix(missing) {
  const env = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  if (process.getuid() === 0) return (...command) => run('env', [...env.slice(1), ...command]);
  // Without -n sudo would ask for the password behind the progress line.
  const sudo = await run('sudo', ['-n', 'true'], { mayFail: true });
  if (!sudo.outcome) return (...command) => run('sudo', ['-n', ...env, ...command]);
  throw new SetupError(
    `These Debian packages are missing: ${missing.join(', ')}. Installing them needs root, or a ` +
      `sudo that asks for no password. Install them and run this again:\n\n` +
      `  sudo apt-get install --no-install-recommends ${missing.join(' ')}`,
  );
}

/**
 * Downloads packages of Debian's release `wantedSuite` and unpacks them into `root`, on a machine of
 * the release `suite`. Lists and cache are private and temporary: nothing on the system changes,
 * and root is not needed.
 */
export async function unpackFromRelease(names, { suite, wantedSuite, root }) {
  const entry = entryForSuite(systemSources(), suite, wantedSuite);
  if (!entry) {
    throw new SetupError(
      `${names.join(', ')} cannot be downloaded: neither /etc/apt/sources.list nor a file in ` +
        `/etc/apt/sources.list.d has an entry of Debian's main archive with the suite ${suite}. ` +
        `Add one and run this again.`,
    );
  }
  const work = `${root}.download`;
  const folder = (name) => join(work, name);
  for (const name of ['parts', 'lists/partial', 'cache/archives/partial', 'debs']) {
    await mkdir(folder(name), { recursive: true });
  }
  await writeFile(folder(`parts/${wantedSuite}.${entry.extension}`), entry.text);
  await writeFile(folder('apt.conf'), privateConfig(folder));
  const what = names.length > 1 ? `${names[0]} and what it needs` : names[0];
  await step(`Downloading ${what}`, async () => {
    await run('apt-get', ['-c', folder('apt.conf'), 'update']);
    // name/suite, because a pin on this machine may prefer what its own release has.
    const wanted = names.map((name) => `${name}/${wantedSuite}`);
    const download = ['-c', folder('apt.conf'), 'download', ...wanted];
    await run('apt-get', download, { cwd: folder('debs') });
  });
  await step(`Unpacking ${what}`, async () => {
    for (const deb of readdirSync(folder('debs'))) {
      await run('dpkg', ['-x', join(folder('debs'), deb), root]);
    }
  });
  await rm(work, { recursive: true });
}

const privateConfig = (folder) => `
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "${folder('parts')}";
Dir::State::Lists "${folder('lists')}";
Dir::Cache "${folder('cache')}";
// Root's private folder is closed to apt's own user; apt would warn about that each time.
APT::Sandbox::User "root";
// Without this an archive out of reach is only a warning.
APT::Update::Error-Mode "any";
Acquire::Languages "none";
// Percentages also when no terminal listens: the progress line shows them.
quiet "0";
`;

function systemSources() {
  const parts = '/etc/apt/sources.list.d';
  const names = existsSync(parts) ? readdirSync(parts).filter((name) => /\.(list|sources)$/.test(name)) : [];
  return ['/etc/apt/sources.list', ...names.map((name) => join(parts, name))]
    .filter((name) => existsSync(name))
    .map((name) => ({ name, text: readFileSync(name, 'utf8') }));
}
