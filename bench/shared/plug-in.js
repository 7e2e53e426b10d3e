import { startTfjs, tf } from './tfjs.js';

// The plug-in for tfjs's wasm backend next to the kernels that it replaces, in one process.

/** The set of kernels of tfjs itself. The other sets are named after the variants of this package. */
export const TFJS = 'tfjs-wasm';

/** Each set contains the kernels of the wasm backend by their names. */
const sets = new Map();

/** Starts tfjs's wasm backend, loads the plug-in in each variant and returns the backend, with tfjs's own kernels registered. */
export async function startPlugIns(variants) {
  const backend = await startTfjs('wasm');
  if (!sets.has(TFJS)) sets.set(TFJS, registeredKernels());
  for (const variant of variants.filter((name) => !sets.has(name))) {
    // registerKernels loads only one variant, so an import with a query creates another copy of it.
    const { registerKernels } = await import(`${import.meta.resolve('depthwise-wasm/tfjs')}?${variant}`);
    await registerKernels(tf, { variant });
    sets.set(variant, registeredKernels());
  }
  useKernels(TFJS);
  return backend;
}

/** Replaces all kernels of the wasm backend by those of a set. */
export function useKernels(set) {
  for (const name of registeredKernels().keys()) tf.unregisterKernel(name, 'wasm');
  for (const kernel of sets.get(set).values()) tf.registerKernel(kernel);
}

/** Returns a kernel of a set, or undefined. */
export function kernelOf(set, name) {
  return sets.get(set).get(name);
}

function registeredKernels() {
  return new Map(tf.getKernelsForBackend('wasm').map((kernel) => [kernel.kernelName, kernel]));
}
