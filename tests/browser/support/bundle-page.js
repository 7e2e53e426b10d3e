import { join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../../../scripts/project-root.js';

/**
 * Bundles the script of a page, which imports packages by name. From build/browser the address `../../dist`, which esbuild keeps, is dist/
 * itself. The script of the workers of the kernels is a file next to the bundle.
 */
export async function bundlePage(name) {
  await build({
    entryPoints: [join(projectRoot, 'tests/browser/pages', name), join(projectRoot, 'js/threads/worker.js')],
    entryNames: '[name]',
    outdir: join(projectRoot, 'build/browser'),
    bundle: true,
    format: 'esm',
    platform: 'browser',
    logLevel: 'error',
  });
}
