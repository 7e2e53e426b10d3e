import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const root = new URL('../../../', import.meta.url);

/** What a page downloads that imports this package: its wasm, and its JavaScript as a bundler makes it, both gzipped. */
export const sizeSection = {
  id: 'size',
  title: 'size',
  weight: 0,
  steps: () => [{ name: 'bundle' }],
  async measure() {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('js/index.js', root))],
      ...{ bundle: true, minify: true, format: 'esm', platform: 'browser', write: false, logLevel: 'silent' },
    });
    const javascript = gzipped(outputFiles[0].contents);
    const wasm = gzipped(await readFile(new URL('dist/depthwise.wasm', root)));
    return [{ javascript, wasm, bytes: javascript + wasm }];
  },
};

function gzipped(content) {
  return gzipSync(content, { level: 9 }).length;
}
