import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../project-root.js';

/**
 * Writes the entries as CommonJS, for tools that do not load modules, such as Jest without experimental flags. Node 20.19 and newer and
 * bundlers load the modules in js/. These files read the wasm files in dist/.
 */
export async function buildCommonJs() {
  for (const [entry, name] of [
    ['js/index.node.js', 'depthwise.cjs'],
    ['js/tfjs/index.node.js', 'depthwise-tfjs.cjs'],
    ['js/tfjs-layers/index.js', 'depthwise-tfjs-layers.cjs'],
  ]) {
    await build({
      entryPoints: [join(projectRoot, entry)],
      outfile: join(projectRoot, 'dist', name),
      bundle: true,
      minify: true,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      external: ['@tensorflow/*'],
      supported: { 'dynamic-import': false }, // Jest can only require
      banner: { js: `// depthwise-wasm, Apache-2.0: ${entry} as CommonJS.` },
      plugins: [addressesOfSources],
      logLevel: 'error',
    });
  }
}

/** Replaces import.meta.url, which CommonJS does not have, by the address of the source. */
const addressesOfSources = {
  name: 'addresses of sources',
  setup({ onLoad }) {
    onLoad({ filter: /\/(js|dist)\/.*\.js$/ }, async ({ path }) => {
      const source = `../${relative(projectRoot, path)}`;
      const address = `require('node:url').pathToFileURL(require('node:path').join(__dirname, '${source}')).href`;
      return { contents: (await readFile(path, 'utf8')).replaceAll('import.meta.url', address) };
    });
  },
};
