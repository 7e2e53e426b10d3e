import { kindError, listOfNames } from '../arguments.js';
import { SideModule } from '../side-module/side-module.js';
import { sideModuleUrls } from '../side-module/urls.js';
import { requireThreads } from '../threads/count.js';
import { chooseVariant, variantOf } from '../variant.js';
import { compileBytes, failed, isModule, wasmBytes, wasmUrlOf } from '../wasm-source.js';
import { fallbackNames, registeredFallbacks, withFallback } from './fallbacks.js';
import { registerGradients } from './gradients.js';
import { Heaps } from './heap.js';
import { kernels } from './kernels.js';
import { hookTraining } from './training/hooks.js';

const BACKENDS = ['wasm', 'cpu'];
const NAME = 'registerKernels';
/** The functions of tfjs that registerKernels calls. An object with all of them is accepted as tfjs. */
const NEEDED = [
  'registerKernel',
  'unregisterKernel',
  'getKernel',
  'getKernelsForBackend',
  'registerGradient',
  'getGradient',
  'findBackend',
  'findBackendFactory',
  'engine',
];
const TESTED_VERSION = /^4\.22\./;

/** A property of our kernel functions: the kernel that was registered before, if any. Another copy of this package finds it too. */
const replaced = Symbol.for('depthwise-wasm.kernelBefore');
/** The same property of the functions that run some calls on the cpu backend and have no kernel of ours. */
const replacedByFallback = Symbol.for('depthwise-wasm.fallbackBefore');

/**
 * Returns the `registerKernels` of an environment.
 *
 * @import { Variant } from '../index.d.ts'
 * @param {object} environment
 * @param {(url: string | URL) => Promise<BufferSource | Response>} environment.fetchBytes
 * @param {import('../threads/pool.js').StartWorker} environment.startWorker
 */
export function makeRegisterKernels({ fetchBytes, startWorker }) {
  /** @type {Promise<{ heaps: Heaps, variant: Variant }> | undefined} */
  let loaded;

  /** @param {import('./index.d.ts').RegisterOptions} options */
  async function loadNow({ variant: wanted, wasmBinary, wasmUrl, wasmModule }) {
    const chosen = chooseVariant(NAME, wanted);
    if (wasmModule && !isModule(wasmModule)) {
      throw kindError(NAME, 'wasmModule', 'a WebAssembly.Module', wasmModule);
    }
    const url = wasmModule || wasmBinary ? undefined : (wasmUrl ?? wasmUrlOf(NAME, () => sideModuleUrls[chosen]));
    /** @type {{ name: string, bytes?: Uint8Array, module?: WebAssembly.Module }} */
    const source = wasmModule
      ? { name: 'wasmModule', module: wasmModule }
      : await wasmBytes(NAME, { wasmBinary, wasmUrl: url, fetchBytes });
    const sideModule = new SideModule(source);
    const what = `${source.name} could not be compiled as this package's depthwise-tfjs.wasm`;
    const module = await compileBytes(NAME, what, source.bytes ?? new Uint8Array(), () => sideModule.compile());
    try {
      return { heaps: new Heaps(sideModule, startWorker), variant: variantOf(module, wanted) };
    } catch (error) {
      throw failed(NAME, what, error);
    }
  }

  /** @type {typeof import('./index.d.ts').registerKernels} */
  return async function registerKernels(tf, options = {}) {
    requireTfjs(NAME, tf);
    const { backend, names, hasFallbacks, training, compile, threads } = checkedOptions(options);
    if (!tf.findBackendFactory(backend)) {
      throw new TypeError(
        `Error in ${NAME}: backend '${backend}' must be there before its kernels: import '@tensorflow/tfjs-backend-${backend}'`,
      );
    }
    loaded ??= loadNow(options).catch((error) => {
      loaded = undefined; // the next call may pass a better address
      throw error;
    });
    const { heaps, variant } = await loaded;
    const compilation = compile ? await importCompilation() : undefined;
    warnOfVersion(tf);
    await heaps.setThreads(threads);
    if (hasFallbacks) for (const name of fallbackNames(tf)) registerFallback(tf, backend, name);
    for (const name of names) register(tf, backend, name, heaps, hasFallbacks);
    registerGradients(tf, (name) => replaced in (tf.getKernel(name, tf.getBackend())?.kernelFunc ?? {}));
    const hooks = backend === 'wasm' ? hookTraining(tf, compilation) : undefined;
    if (!training) hooks?.undo(); // it also undoes the hooks of an earlier call
    return {
      ...{ backend, kernels: names, variant },
      fallbacks: hasFallbacks ? registeredFallbacks(tf) : [],
      hooks: training && hooks ? hooks.hooks : [],
      // findBackend would start a backend that has not started.
      threads: heaps.threadsOf(tf.getBackend() === backend ? tf.backend() : undefined),
    };
  };
}

async function importCompilation() {
  try {
    return await import('./compiled/train-function.js');
  } catch (error) {
    const reason = /** @type {Error} */ (error).message;
    throw new Error(`Error in ${NAME}: the script of compiled training could not be loaded: ${reason}`, {
      cause: error,
    });
  }
}

/** Checks that a value is the namespace of tfjs. */
export function requireTfjs(functionName, tf) {
  if (NEEDED.every((name) => typeof tf?.[name] === 'function')) return;
  throw kindError(functionName, 'tf', "TensorFlow.js (import * as tf from '@tensorflow/tfjs-core')", tf);
}

/** Returns the options with their defaults. Throws if one is wrong. */
export function checkedOptions(options) {
  if (options === null || typeof options !== 'object') throw kindError(NAME, 'options', 'an object', options);
  const {
    backend = 'wasm',
    kernels: names = Object.keys(kernels),
    fallbacks = true,
    training = true,
    compile = false,
    threads = 'auto',
  } = options;
  if (!BACKENDS.includes(backend)) throw kindError(NAME, 'backend', listOfNames(BACKENDS), backend);
  if (!Array.isArray(names)) throw kindError(NAME, 'kernels', 'an array of names', names);
  for (const name of names) {
    if (Object.hasOwn(kernels, name)) continue;
    throw kindError(NAME, 'kernels', `names out of ${Object.keys(kernels).join(', ')}`, name);
  }
  if (typeof fallbacks !== 'boolean') throw kindError(NAME, 'fallbacks', 'true or false', fallbacks);
  if (typeof training !== 'boolean') throw kindError(NAME, 'training', 'true or false', training);
  if (typeof compile !== 'boolean') throw kindError(NAME, 'compile', 'true or false', compile);
  requireThreads(NAME, threads);
  return { backend, names: [...names], hasFallbacks: fallbacks && backend === 'wasm', training, compile, threads };
}

function register(tf, backendName, kernelName, heaps, hasFallbacks) {
  const { compute, accepts } = kernels[kernelName];
  const theirs = kernelOfTfjs(tf, backendName, kernelName);
  const next = hasFallbacks ? withFallback(tf, kernelName, theirs) : theirs?.kernelFunc;

  function kernelFunc(call) {
    const { backend, observe } = call;
    if (observe) return observe(heaps.of(backend, kernelName).ops, kernelFunc);
    const accepted = !accepts || accepts(call, backendName);
    if (next && !accepted) return next(call);
    return compute(
      { ...call, attrs: withSpatialPad(call.attrs) },
      {
        name: kernelName,
        withOps: (body) => heaps.of(backend, kernelName).run(body),
        sharesMemory: () => heaps.of(backend, kernelName).sharesMemory,
        yShape: (kernel, call) => heaps.of(backend, kernelName).ops.yShape(kernel, kernelName, call),
        runBackend: (name, inputs, attrs) => tf.getKernel(name, backendName).kernelFunc({ inputs, attrs, backend }),
        dispose: ({ dataId }) => backend.disposeData(dataId),
        accepted,
      },
    );
  }
  kernelFunc[replaced] = theirs;
  replaceKernel(tf, { ...theirs, kernelName, backendName, kernelFunc });
}

/** Registers a fallback for a kernel, unless the kernel is ours. */
function registerFallback(tf, backendName, kernelName) {
  if (replaced in (tf.getKernel(kernelName, backendName)?.kernelFunc ?? {})) return;
  const theirs = kernelOfTfjs(tf, backendName, kernelName);
  const kernelFunc = withFallback(tf, kernelName, theirs);
  kernelFunc[replacedByFallback] = theirs;
  replaceKernel(tf, { ...theirs, kernelName, backendName, kernelFunc });
}

/** Returns the kernel that was registered before this package registered its own. */
function kernelOfTfjs(tf, backendName, kernelName) {
  const registered = tf.getKernel(kernelName, backendName);
  const ours = [replaced, replacedByFallback].find((property) => registered && property in registered.kernelFunc);
  return ours ? registered.kernelFunc[ours] : registered;
}

function replaceKernel(tf, kernel) {
  const { kernelName, backendName } = kernel;
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName); // otherwise tfjs warns
  tf.registerKernel(kernel);
}

/** Returns attrs without explicit padding of batch and channels, which tfjs ignores and our kernels refuse. */
function withSpatialPad(attrs) {
  if (!Array.isArray(attrs?.pad)) return attrs;
  const first = attrs.dataFormat === 'NCHW' ? 2 : 1;
  return { ...attrs, pad: attrs.pad.map((pair, i) => (i === first || i === first + 1 ? pair : [0, 0])) };
}

let hasWarned = false;

function warnOfVersion({ version_core: version }) {
  if (hasWarned || TESTED_VERSION.test(version)) return;
  hasWarned = true;
  console.warn(`depthwise-wasm is tested with TensorFlow.js 4.22, not with ${version}.`);
}
