import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { projectRoot } from './project-root.js';

/** What an entry of the package may cost the page that imports it, gzipped. */
export const LIMIT_BYTES = 60 * 1024;

/** Of several wasm files, variants for different engines, a page downloads one. */
const ENTRIES = [
  { name: 'depthwise-wasm', script: 'js/index.js', wasm: ['depthwise.wasm', 'depthwise.relaxed.wasm'] },
  {
    name: 'depthwise-wasm/tfjs',
    script: 'js/tfjs/index.js',
    wasm: ['depthwise-tfjs.wasm', 'depthwise-tfjs.relaxed.wasm'],
  },
  { name: 'depthwise-wasm/tfjs-layers', script: 'js/tfjs-layers/index.js', wasm: [] },
];

/**
 * What a page downloads for each entry: its JavaScript with Emscripten's loader, as a bundler makes one minified file of it, and the
 * largest of its wasm files. tfjs is not in it: who imports those entries has it.
 *
 * @returns {Promise<{ name: string, wasm: number, script: number, total: number }[]>} bytes, gzipped
 */
export async function downloadSizes() {
  return Promise.all(
    ENTRIES.map(async ({ name, script, wasm }) => {
      const variants = wasm.map((file) => gzippedSize(readFileSync(join(projectRoot, 'dist', file))));
      const sizes = { wasm: Math.max(0, ...variants), script: gzippedSize(await minified(script)) };
      return { name, ...sizes, total: sizes.wasm + sizes.script };
    }),
  );
}

export function gzippedSize(content) {
  return gzipSync(content, { level: 9 }).length;
}

async function minified(script) {
  const { outputFiles } = await build({
    entryPoints: [join(projectRoot, script)],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    external: ['@tensorflow/*'],
    logLevel: 'error',
  });
  return outputFiles[0].contents;
}
