// node scripts/minify-loader.js FROM TO: minifies a loader that Emscripten wrote. Emscripten keeps the long names of local variables, which
// are half of the file.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const [from, to] = process.argv.slice(2);
const source = readFileSync(from, 'utf8');
/**
 * In Node, the loader reads import.meta.url while it is imported. A bundle as CommonJS has no import.meta.url. There, any address will do: the
 * loader requires only modules of Node, and `load` reads the wasm. webpack reads this expression, but not a variable with its value.
 */
const isForNode = source.includes('createRequire(import.meta.url)');
const contents = isForNode ? source.replaceAll('import.meta.url', '(import.meta.url || "file:///C:/")') : source;

await build({
  stdin: { contents, sourcefile: from },
  outfile: to,
  minify: true,
  format: 'esm',
  target: 'es2020',
  banner: { js: "// depthwise-wasm, Apache-2.0: Emscripten's loader for depthwise.wasm.\n// @ts-nocheck" },
  logLevel: 'warning',
});
