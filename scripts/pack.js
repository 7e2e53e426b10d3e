import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';
import { UserError } from './run-tasks.js';

const folder = join(projectRoot, 'build/package');
const list = join(folder, 'files.json');

/**
 * Packs the package as `npm pack` does, without building it again.
 *
 * @param {import('./run-tasks.js').Run} run
 */
export async function packPackage(run) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
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
