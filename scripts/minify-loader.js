// node scripts/minify-loader.js FROM TO: minifies a loader that Emscripten wrote. Emscripten keeps the long names of local variables, which
// are half of the file.
import { build } from 'esbuild';

const [from, to] = process.argv.slice(2);
await build({
  entryPoints: [from],
  outfile: to,
  minify: true,
  format: 'esm',
  target: 'es2020',
  banner: { js: "// depthwise-wasm, Apache-2.0: Emscripten's loader for depthwise.wasm.\n// @ts-nocheck" },
  logLevel: 'warning',
});
