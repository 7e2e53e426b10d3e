import { describe, kindError } from '../kinds.js';
import { chooseVariant, variantOf } from '../variant.js';
import { compiled, failed, nameOf, wasmBytes } from '../wasm-source.js';
import { Heaps } from './heaps.js';
import { kernels } from './kernels.js';
import { registerGradients } from './register-gradients.js';
import { SideModule } from './side-module.js';

const BACKENDS = ['wasm', 'cpu'];
const NAME = 'registerKernels';
/** Of tfjs, by which we know it. */
const NEEDED = [
  'registerKernel',
  'unregisterKernel',
  'getKernel',
  'registerGradient',
  'getGradient',
  'findBackendFactory',
];
const TESTED_VERSION = /^4\.22\./;

/** On our kernel functions: the one that was there before, if any. Found also by another copy of this package. */
const before = Symbol.for('depthwise-wasm.kernelBefore');

/**
 * Makes the `registerKernels` of an environment.
 *
 * @import { Variant } from '../index.d.ts'
 * @param {{ wasmUrls: Record<Variant, URL>, fetchBytes: (url: string | URL) => Promise<BufferSource | Response> }} environment
 *   `wasmUrls` may be getters
 */
export function makeRegisterKernels({ wasmUrls, fetchBytes }) {
  /** @type {Promise<{ heaps: Heaps, variant: Variant }> | undefined} */
  let loaded;

  /** @param {import('./index.d.ts').RegisterOptions} options */
  async function loadNow({ variant: wanted, ...given }) {
    const chosen = chooseVariant(NAME, wanted);
    const { wasmBinary, wasmUrl = wasmBinary ? undefined : wasmUrls[chosen] } = given;
    const bytes = await wasmBytes(NAME, { wasmBinary, wasmUrl, fetchBytes });
    const sideModule = new SideModule(bytes);
    const what = `${nameOf(wasmBinary, wasmUrl)} could not be compiled as this package's depthwise-tfjs.wasm`;
    const module = await compiled(NAME, what, bytes, () => sideModule.compile({ shared: false }));
    try {
      return { heaps: new Heaps(sideModule), variant: variantOf(module, wanted) };
    } catch (error) {
      throw failed(NAME, what, error);
    }
  }

  /** @type {typeof import('./index.d.ts').registerKernels} */
  return async function registerKernels(tf, options = {}) {
    const { backend, names } = checked(tf, options);
    loaded ??= loadNow(options).catch((error) => {
      loaded = undefined; // the next call may come with a better address
      throw error;
    });
    const { heaps, variant } = await loaded;
    warnOfVersion(tf);
    for (const name of names) register(tf, backend, name, heaps);
    registerGradients(tf, (name) => before in (tf.getKernel(name, tf.getBackend())?.kernelFunc ?? {}));
    return { backend, kernels: names, variant };
  };
}

function checked(tf, options) {
  if (NEEDED.some((name) => typeof tf?.[name] !== 'function')) {
    throw kindError(NAME, 'tf', "TensorFlow.js (import * as tf from '@tensorflow/tfjs-core')", tf);
  }
  if (options === null || typeof options !== 'object') throw kindError(NAME, 'options', 'an object', options);
  const { backend = 'wasm', kernels: names = Object.keys(kernels) } = options;
  if (!BACKENDS.includes(backend)) throw kindError(NAME, 'backend', BACKENDS.map(describe).join(' or '), backend);
  if (!tf.findBackendFactory(backend)) {
    throw new TypeError(
      `Error in ${NAME}: backend '${backend}' must be there before its kernels: import '@tensorflow/tfjs-backend-${backend}'`,
    );
  }
  if (!Array.isArray(names)) throw kindError(NAME, 'kernels', 'an array of names', names);
  for (const name of names) {
    if (Object.hasOwn(kernels, name)) continue;
    throw kindError(NAME, 'kernels', `names out of ${Object.keys(kernels).join(', ')}`, name);
  }
  return { backend, names: [...names] };
}

function register(tf, backendName, kernelName, heaps) {
  const { run, compose, share, leaves } = kernels[kernelName];
  const registered = tf.getKernel(kernelName, backendName);
  const theirs = registered && before in registered.kernelFunc ? registered.kernelFunc[before] : registered;

  function kernelFunc(call) {
    if (theirs && leaves?.(call, backendName)) return theirs.kernelFunc(call);
    if (share) return share(call);
    const { backend } = call;
    const attrs = withoutPadOfOthers(call.attrs);
    const ours = (name, inputs) => heaps.of(backend, kernelName).run((all) => all[name](kernelName, { inputs, attrs }));
    if (run) return ours(run, call.inputs);
    return compose(call, {
      ours,
      theirs: (name, inputs, others) => tf.getKernel(name, backendName).kernelFunc({ inputs, attrs: others, backend }),
      dispose: ({ dataId }) => backend.disposeData(dataId),
    });
  }
  kernelFunc[before] = theirs;
  if (registered) tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...theirs, kernelName, backendName, kernelFunc });
}

/** tfjs does not look at explicit padding of batch and channels; we would refuse it. */
function withoutPadOfOthers(attrs) {
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
