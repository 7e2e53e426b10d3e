import { describe, kindError } from '../kinds.js';
import { wasmBytes } from '../wasm-source.js';
import { BackendHeap } from './backend-heap.js';
import { CopyingHeap } from './copying-heap.js';
import { kernels } from './kernels.js';
import { SideModule } from './side-module.js';

const BACKENDS = ['wasm', 'cpu'];
const NAME = 'registerKernels';

/**
 * Makes the `registerKernels` of an environment.
 *
 * @param {{ wasmUrl: URL, fetchBytes: (url: string | URL) => Promise<BufferSource> }} environment
 */
export function makeRegisterKernels({ wasmUrl: defaultUrl, fetchBytes }) {
  /** @type {Promise<SideModule> | undefined} */
  let loaded;

  async function loadNow({ wasmUrl = defaultUrl, wasmBinary }) {
    const sideModule = new SideModule(await wasmBytes(NAME, { wasmBinary, wasmUrl, fetchBytes }));
    await sideModule.compile({ shared: false });
    return sideModule;
  }

  return async function registerKernels(tf, options = {}) {
    const { backend = 'wasm', kernels: chosen = Object.keys(kernels) } = options;
    if (!BACKENDS.includes(backend)) throw kindError(NAME, 'backend', BACKENDS.map(describe).join(' or '), backend);
    loaded ??= loadNow(options).catch((error) => {
      loaded = undefined;
      throw error;
    });
    const heaps = new Heaps(await loaded);
    for (const name of chosen) register(tf, backend, name, heaps);
    return { backend, kernels: chosen };
  };
}

/** The memory that our kernels work in, for each backend: a backend that is removed and made again is another one, with other memory. */
class Heaps {
  #sideModule;
  #ofBackend = new WeakMap();

  constructor(sideModule) {
    this.#sideModule = sideModule;
  }

  of(backend) {
    if (!this.#ofBackend.has(backend)) this.#ofBackend.set(backend, this.#make(backend));
    return this.#ofBackend.get(backend);
  }

  #make(backend) {
    const Heap = BackendHeap.fits(backend) ? BackendHeap : CopyingHeap;
    return new Heap(this.#sideModule, backend);
  }
}

function register(tf, backendName, kernelName, heaps) {
  if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  const call = kernels[kernelName];
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs, backend }) =>
      heaps.of(backend).run((ours) => ours[call](kernelName, { inputs, attrs })),
  });
}
