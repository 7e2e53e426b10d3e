import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../project-root.js';

/**
 * Writes the entries as CommonJS, for tools that do not load modules, such as Jest without experimental flags. Node 20.19 and newer and
 * bundlers load the modules in js/. These files read the wasm files in dist/.
 */
export async function buildCommonJs() {
  for (const [entry, types, name] of [
    ['js/index.node.js', 'js/index.js', 'depthwise'],
    ['js/tfjs/index.node.js', 'js/tfjs/index.js', 'depthwise-tfjs'],
    ['js/tfjs-layers/index.js', 'js/tfjs-layers/index.js', 'depthwise-tfjs-layers'],
  ]) {
    await build({
      entryPoints: [join(projectRoot, entry)],
      outfile: join(projectRoot, 'dist', `${name}.cjs`),
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
    const exported = await import(join(projectRoot, entry));
    await writeFile(join(projectRoot, 'dist', `${name}.d.cts`), commonJsTypes(`../${types}`, exported));
  }
}

/**
 * Returns the types of a CommonJS entry. They name the types of the module, so both kinds of scripts have the same types.
 *
 * @param {string} path of the module, as the types import it
 * @param {Record<string, unknown>} exported by the module
 */
function commonJsTypes(path, exported) {
  const mode = "with { 'resolution-mode': 'import' }";
  const declarations = Object.entries(exported).map(([name, value]) => {
    const isClass = String(value).startsWith('class');
    return `export declare const ${name}: typeof entry.${name};\n${isClass ? `export type ${name} = entry.${name};\n` : ''}`;
  });
  return `import type * as entry from '${path}' ${mode};\nexport type * from '${path}' ${mode};\n${declarations.join('')}`;
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
