import { before, describe } from 'node:test';
import { useBackend } from './tfjs.js';
import { kernelCalls, runKernelCall } from './tfjs-kernel-calls.js';

/**
 * Adds the same tests for both backends of registerKernels. `body` gets the backend, and a function that returns the results of
 * `kernelCalls` before all tests.
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
