import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';
import { run, SetupError, step } from './steps.js';

const folder = join(projectRoot, 'build/package');
const list = join(folder, 'files.json');

/** Packs the package as a release does, by `npm pack`, which builds it first. */
export async function packPackage() {
  await step('Packing the package', async () => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const output = await run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', folder], {
      cwd: projectRoot,
    });
    // What the build prints comes first.
    await writeFile(list, output.slice(output.search(/^\[$/m)));
  });
}

/** What was packed last. */
export function packedPackage() {
  if (!existsSync(list)) throw new SetupError('The package has not been packed: run `npm test -- --only package`.');
  const [{ filename, size, unpackedSize, files }] = JSON.parse(readFileSync(list, 'utf8'));
  return { tarball: join(folder, filename), size, unpackedSize, files: files.map(({ path }) => path) };
}
