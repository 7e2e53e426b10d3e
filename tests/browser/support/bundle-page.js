import { join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../../../scripts/project-root.js';

/**
 * Bundles the script of a page, which imports packages by name. From build/browser the address `../../dist`, which esbuild keeps, is dist/
 * itself.
 */
export async function bundlePage(name) {
  await build({
    entryPoints: [join(projectRoot, 'tests/browser/pages', name)],
    outfile: join(projectRoot, 'build/browser', name),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'error',
  });
}
