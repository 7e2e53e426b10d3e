import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles tfjs's suite, tfjs-core and its wasm backend, and returns the path. Node cannot import them: their imports have no extensions. */
export async function bundleSuite() {
  const outfile = fileURLToPath(new URL('../../build/tfjs-suite.cjs', import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL('suite.js', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs', // the backend requires modules of Node
    mainFields: ['module', 'main'], // otherwise there would be two tfjs-cores: the node bundle, and the files that the suite imports
    ignoreAnnotations: true, // tfjs-core declares its test files free of side effects, and esbuild would remove them
    logLevel: 'error',
  });
  return outfile;
}
