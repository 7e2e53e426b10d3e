import { run, say, SetupError } from '../steps.js';
import { debianEmscripten, isSupported } from './debian-emscripten.js';
import { debianSuite } from './os-release.js';

const wanted = '3.1.69';

/**
 * Returns { env, version }: the environment to run `emcc` and `emcmake` with. An emcc on PATH that
 * is new enough is used as it is; else Debian 12 and 13 get a private one in the cache.
 */
export async function findOrInstallEmscripten() {
  const ownVersion = await emccVersion(process.env);
  if (ownVersion && isAtLeast(ownVersion, wanted)) {
    say(`Emscripten ${ownVersion}: the emcc on PATH`);
    return { env: process.env, version: ownVersion };
  }
  const suite = debianSuite();
  if (!isSupported(suite, process.arch)) throw new SetupError(missingText(ownVersion));
  const env = await debianEmscripten(suite);
  const version = await emccVersion(env);
  if (!version) throw new SetupError(`The Emscripten in ${env.EM_CONFIG} does not run.`);
  const reason = ownVersion ? ` (the emcc on PATH is ${ownVersion}, too old)` : '';
  say(`Emscripten ${version}: private toolchain${reason}`);
  return { env, version };
}

async function emccVersion(env) {
  const { outcome, output } = await run('emcc', ['--version'], { env, mayFail: true });
  return outcome ? null : parseEmccVersion(output);
}

export function parseEmccVersion(output) {
  return output.match(/^emcc .*?\b(\d+\.\d+\.\d+)\b/m)?.[1] ?? null;
}

export function isAtLeast(version, minimum) {
  const [a, b] = [version, minimum].map((text) => text.split('.').map(Number));
  const differing = a.findIndex((part, i) => part !== b[i]);
  return differing === -1 || a[differing] > b[differing];
}

function missingText(ownVersion) {
  const found = ownVersion ? `emcc on PATH is ${ownVersion}` : 'there is no emcc on PATH';
  return `Emscripten ${wanted} or newer is needed, but ${found}. It is set up automatically only on
Debian 12 and 13 (x86-64). Elsewhere, install it with emsdk, from its folder:

  ./emsdk install ${wanted}
  ./emsdk activate ${wanted}
  source ./emsdk_env.sh

and run this again in the same shell.`;
}
