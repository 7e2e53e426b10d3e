import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { projectRoot } from '../project-root.js';
import { step } from '../steps.js';

const dist = (name) => join(projectRoot, 'dist', name);

/**
 * Writes dist/depthwise.standalone.js: the entry `depthwise-wasm` and its wasm in one file, for pages that have no bundler. It has the
 * variant that every engine with SIMD runs; the other one would nearly double it.
 */
export async function buildStandalone() {
  await step('Building dist/depthwise.standalone.js', () =>
    build({
      entryPoints: [join(projectRoot, 'scripts/standalone/entry.js')],
      outfile: dist('depthwise.standalone.js'),
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      target: ['chrome91', 'firefox113', 'safari16.4', 'node18'], // with SIMD and DecompressionStream
      banner: { js: '// depthwise-wasm, Apache-2.0, with its wasm: import { load } from this file.' },
      legalComments: 'none',
      plugins: [embedsWasm, looksForNoFile],
      logLevel: 'error',
    }).then(() => null),
  );
}

/** `gzipped:NAME` is the gzipped dist/NAME: in base64 that is half as long as the file itself would be. */
const embedsWasm = {
  name: 'embeds wasm',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^gzipped:/ }, ({ path }) => ({ path: path.replace('gzipped:', ''), namespace: 'gzipped' }));
    onLoad({ filter: /.*/, namespace: 'gzipped' }, async ({ path }) => ({
      contents: gzipSync(await readFile(dist(path)), { level: 9 }),
      loader: 'base64',
    }));
  },
};

/** Emscripten's loader names the file that it would look for if it were not given a module; bundlers would emit that beside this one. */
const looksForNoFile = {
  name: 'looks for no file',
  setup({ onLoad }) {
    onLoad({ filter: /depthwise\.web\.js$/ }, async ({ path }) => {
      const loader = await readFile(path, 'utf8');
      const contents = loader.replace('new URL("depthwise.wasm",import.meta.url).href', 'undefined');
      if (contents === loader) throw new Error(`${path} does not name its wasm as it did`);
      return { contents };
    });
  },
};
