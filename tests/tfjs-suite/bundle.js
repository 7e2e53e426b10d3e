import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Makes one file of tfjs's suite, tfjs-core and its wasm backend; gives its path. Node cannot import them: they leave out extensions. */
export async function bundleSuite() {
  const outfile = fileURLToPath(new URL('../../build/tfjs-suite.cjs', import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL('suite.js', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs', // the backend asks for Node's modules by require
    mainFields: ['module', 'main'], // else there would be two tfjs-cores: the node bundle, and the files that the suite imports
    ignoreAnnotations: true, // tfjs-core calls its test files free of side effects, and they would be left out
    logLevel: 'error',
  });
  return outfile;
}
