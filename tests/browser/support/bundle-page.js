import { join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../../../scripts/project-root.js';

/**
 * Makes one file of a page's script, for it imports packages by name. It is in build/browser because from there `../../dist`, where the
 * package looks for its wasm, is dist/ itself: esbuild leaves that address as it is.
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
