import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { projectRoot } from './project-root.js';

/** The entries of the package. A page downloads one of the wasm files, which are variants for different engines. */
const ENTRIES = [
  {
    name: 'depthwise-wasm',
    script: 'js/index.js',
    wasm: ['depthwise.wasm', 'depthwise.relaxed.wasm'],
    limit: 75 * 1024,
  },
  {
    name: 'depthwise-wasm/tfjs',
    script: 'js/tfjs/index.js',
    wasm: ['depthwise-tfjs.wasm', 'depthwise-tfjs.relaxed.wasm'],
    limit: 98.5 * 1024, // without compiled training and threads, which pages import only if they ask for them
  },
  {
    name: 'depthwise-wasm with threads: also',
    script: 'js/threads/index.js',
    wasm: ['depthwise-tfjs.wasm', 'depthwise-tfjs.relaxed.wasm'],
    limit: 75 * 1024,
  },
  // One file with JavaScript and wasm. The limit is 3 KB higher, because the wasm in it is base64, and for the decompressor.
  { name: 'depthwise-wasm/standalone', script: 'dist/depthwise.standalone.js', wasm: [], limit: 78 * 1024 },
  { name: 'depthwise-wasm/tfjs-layers', script: 'js/tfjs-layers/index.js', wasm: [], limit: 10 * 1024 },
];

/**
 * Returns the size of what a page downloads for each entry: its JavaScript and Emscripten's loader, bundled into one minified file, and the
 * largest of its wasm files, without what it imports later. tfjs does not count, because pages that import its entries download it anyway.
 *
 * @param {string} [folder] the package. Entries that it does not contain are left out
 * @returns {Promise<{ name: string, wasm: number, script: number, total: number, limit: number }[]>} bytes, gzipped
 */
export async function downloadSizes(folder = projectRoot) {
  return Promise.all(
    ENTRIES.filter(({ script }) => existsSync(join(folder, script))).map(async ({ name, script, wasm, limit }) => {
      const variants = wasm.map((file) => gzippedSize(readFileSync(join(folder, 'dist', file))));
      const sizes = { wasm: Math.max(0, ...variants), script: gzippedSize(await minified(join(folder, script))) };
      return { name, ...sizes, total: sizes.wasm + sizes.script, limit };
    }),
  );
}

/** Prints the sizes of the files of dist/ and of the downloads. */
export async function printSizes() {
  for (const name of readdirSync(join(projectRoot, 'dist')).sort()) {
    const content = readFileSync(join(projectRoot, 'dist', name));
    console.log(`  dist/${name.padEnd(28)} ${kilobytes(content.length)} ${kilobytes(gzippedSize(content))} gzipped`);
  }
  console.log('\nDownload of a page, minified and gzipped:\n');
  for (const { name, wasm, script, total, limit } of await downloadSizes()) {
    console.log(`  ${name.padEnd(33)} ${kilobytes(total)}: wasm ${kilobytes(wasm)}, JavaScript ${kilobytes(script)}`);
    if (total > limit) console.log(`  ${name} exceeds its limit of ${kilobytes(limit).trim()}.`);
  }
}

function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} KB`.padStart(9);
}

export function gzippedSize(content) {
  return gzipSync(content, { level: 9 }).length;
}

/** Leaves out what an entry imports only if an option asks for it. */
const withoutLaterImports = {
  name: 'without later imports',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind }) => (kind === 'dynamic-import' ? { external: true } : undefined));
  },
};

async function minified(script) {
  const { outputFiles } = await build({
    entryPoints: [script],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    external: ['@tensorflow/*'],
    plugins: [withoutLaterImports],
    logLevel: 'error',
  });
  return outputFiles[0].contents;
}
