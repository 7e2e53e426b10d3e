import { before, describe } from 'node:test';
import { useBackend } from './tfjs.js';
import { kernelCalls, runKernelCall } from './tfjs-kernel-calls.js';

/**
 * The same tests on both backends that the plug-in serves. `body` gets the backend, and a function for its tests to ask what each of
 * `kernelCalls` computed before all of them.
 *
 * @param {(backend: 'wasm' | 'cpu', computedBefore: () => any[][]) => void} body
 */
export function onEachBackend(body) {
  for (const backend of /** @type {const} */ (['wasm', 'cpu'])) {
    describe(`on ${backend}`, () => {
      let results;
      before(async () => {
        await useBackend(backend);
        results = kernelCalls.map(runKernelCall);
      });
      body(backend, () => results);
    });
  }
}
