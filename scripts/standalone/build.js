import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { build } from 'esbuild';
import { projectRoot } from '../project-root.js';

const BANNER = `// depthwise-wasm, Apache-2.0, with its wasm: import { load } from this file.
// It contains tiny-inflate, https://github.com/foliojs/tiny-inflate, MIT License, Copyright (c) 2015-present Devon Govett.`;

const dist = (name) => join(projectRoot, 'dist', name);

/**
 * Writes dist/depthwise.standalone.js: the entry `depthwise-wasm` and its wasm in one file, for pages without a bundler. It contains only
 * the variant that every engine with SIMD runs, because the other variant would nearly double the size.
 */
export async function buildStandalone() {
  await build({
    entryPoints: [join(projectRoot, 'scripts/standalone/entry.js')],
    outfile: dist('depthwise.standalone.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: ['chrome91', 'firefox113', 'safari16.4', 'node18'],
    // Bundles in other formats have no import.meta. Emscripten's loader needs the address only to find its wasm.
    define: { 'import.meta.url': 'undefined' },
    banner: { js: BANNER },
    legalComments: 'none',
    plugins: [embedWasm, withoutWasmUrl],
    logLevel: 'error',
  });
}

/** Resolves `deflated:NAME` to dist/NAME, compressed: in base64 this is half as long as the file itself. */
const embedWasm = {
  name: 'embed wasm',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^deflated:/ }, ({ path }) => ({ path: path.replace('deflated:', ''), namespace: 'deflated' }));
    onLoad({ filter: /.*/, namespace: 'deflated' }, async ({ path }) => {
      const wasm = await readFile(dist(path));
      const base64 = deflateRawSync(wasm, { level: 9 }).toString('base64');
      return { contents: `export const size = ${wasm.length};\nexport const base64 = '${base64}';` };
    });
  },
};

/** Removes the URL of the wasm file from Emscripten's loader: bundlers would emit that file, which this entry never fetches. */
const withoutWasmUrl = {
  name: 'without wasm URL',
  setup({ onLoad }) {
    onLoad({ filter: /depthwise\.web\.js$/ }, async ({ path }) => {
      const loader = await readFile(path, 'utf8');
      const contents = loader.replace('new URL("depthwise.wasm",import.meta.url).href', 'undefined');
      if (contents === loader) throw new Error(`${path} does not contain the expected URL of its wasm`);
      return { contents };
    });
  },
};
