import { classOf, kindError } from '../arguments.js';
import { isModule } from '../wasm-source.js';
import { checkedOptions, requireTfjs } from './register.js';
import { startWithModule } from './start-with-module.js';

const NAME = 'trainOnWasm';
const SIMD = 'tfjs-backend-wasm-simd.wasm';
const THREADED = 'tfjs-backend-wasm-threaded-simd.wasm';

/**
 * Returns the `trainOnWasm` of an environment.
 *
 * @param {typeof import('./index.d.ts').registerKernels} registerKernels
 * @returns {typeof import('./index.d.ts').trainOnWasm}
 */
export function makeTrainOnWasm(registerKernels) {
  return async function trainOnWasm(tf, options = {}) {
    requireTfjs(NAME, tf);
    if (options === null || typeof options !== 'object') throw kindError(NAME, 'options', 'an object', options);
    const { wasmPaths, tfjsModule, ...others } = options;
    checkedOptions(others); // before the backend starts
    if (tfjsModule !== undefined && !isModule(tfjsModule)) {
      throw kindError(NAME, 'tfjsModule', 'a WebAssembly.Module', tfjsModule);
    }
    const given = pathsOf(wasmPaths);
    const hasStarted = 'wasm' in tf.engine().registry; // such a backend keeps its files
    const paths = hasStarted || tfjsModule ? undefined : given;
    if (paths || tfjsModule || !tf.findBackendFactory('wasm')) {
      const backend = tf.wasm ?? (await importBackend(tf)); // the script of a CDN sets tf.wasm
      if (tfjsModule && !hasStarted) await startWithModule(tf, backend, tfjsModule);
      if (paths) backend.setWasmPaths(paths);
      // tfjs needs an address for each build. The build that has none of its own must not start.
      if (paths?.[SIMD] && paths[SIMD] === paths[THREADED]) tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    }
    // If the backend cannot start, tfjs warns of the reason and returns false.
    if (!(await tf.setBackend('wasm'))) {
      throw new Error(
        `Error in ${NAME}: backend 'wasm' could not be started, see the console. If its wasm file was not found, pass wasmPaths`,
      );
    }
    return { ...(await registerKernels(tf, { ...others, backend: 'wasm' })), wasmPaths: paths };
  };
}

/** Imports the backend, and returns its namespace. */
async function importBackend(tf) {
  let cause;
  const backend = await import('@tensorflow/tfjs-backend-wasm').catch((error) => void (cause = error));
  if (backend && tf.findBackendFactory('wasm')) return backend; // a backend for another copy of tfjs-core is of no use
  throw new Error(
    `Error in ${NAME}: backend 'wasm' must be there before its kernels: import '@tensorflow/tfjs-backend-wasm'`,
    { cause },
  );
}

/** Returns a folder or an address for each build, as setWasmPaths takes them. */
function pathsOf(value) {
  if (value === undefined) return undefined;
  if (isAddress(value) && !/\.wasm\b/.test(value)) return String(value).replace(/\/?$/, '/');
  const given = isAddress(value) ? { [SIMD]: value } : value;
  if (!isAddress(given?.[SIMD]) || !isAddress(given[THREADED] ?? given[SIMD])) {
    throw kindError(NAME, 'wasmPaths', `a string or an object with ${SIMD}`, value);
  }
  const simd = String(given[SIMD]);
  return { 'tfjs-backend-wasm.wasm': simd, [SIMD]: simd, [THREADED]: String(given[THREADED] ?? simd) };
}

function isAddress(value) {
  return (typeof value === 'string' && value !== '') || classOf(value) === 'URL';
}
