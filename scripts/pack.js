import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';
import { UserError } from './run-tasks.js';

const folder = join(projectRoot, 'build/package');
const list = join(folder, 'files.json');

/** The files and folders that npm may pack. */
export const packedParts = ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'js', 'package.json'];

/** Sets the modes of the files that npm packs. npm stores the modes in the package, and in a fresh clone they depend on the umask. */
export async function setModes() {
  for (const part of packedParts) {
    const path = join(projectRoot, part);
    const entries = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, withFileTypes: true }) : [];
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    for (const file of statSync(path).isFile() ? [path] : files) await chmod(file, 0o644);
  }
}

/**
 * Packs the package as `npm pack` does, without building it again.
 *
 * @param {import('./run-tasks.js').Run} run
 */
export async function packPackage(run) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await setModes();
  const options = ['--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const { output } = await run('npm', ['pack', ...options]);
  await writeFile(list, output);
}

/** Returns the tarball that was packed last, its sizes, and the paths of its files. */
export function packedPackage() {
  if (!existsSync(list)) throw new UserError('The package is not packed yet. Run `npm test -- --only package`.');
  const [{ filename, size, unpackedSize, files }] = JSON.parse(readFileSync(list, 'utf8'));
  return { tarball: join(folder, filename), size, unpackedSize, files: files.map(({ path }) => path) };
}

/**
 * Downloads the last version on npm. Returns the path of its tarball, or undefined if npm has no version.
 *
 * @param {import('./run-tasks.js').Run} run
 */
export async function publishedTarball(run) {
  const { name } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  const options = ['--json', '--loglevel=error', '--pack-destination', folder];
  const { failure, output } = await run('npm', ['pack', `${name}@latest`, ...options], { mayFail: true });
  if (failure && output.includes('E404')) return undefined;
  if (failure) throw new UserError(`npm pack ${name}@latest failed:\n${output}`);
  return join(folder, JSON.parse(output)[0].filename);
}

/**
 * Unpacks a tarball. Returns its path, and the folder of the package.
 *
 * @param {import('./run-tasks.js').Run} run
 * @param {string} tarball
 * @param {string} name the name of the folder
 */
export async function unpack(run, tarball, name) {
  const target = join(folder, name);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await run('tar', ['--extract', '--gzip', '--file', tarball, '--strip-components=1', '--directory', target]);
  return { tarball, folder: target };
}
