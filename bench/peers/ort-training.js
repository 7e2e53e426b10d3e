import { readFile } from 'node:fs/promises';
import { ortContestant } from './ort-contestant.js';

// The last version with a training build. It is for browsers, so its package does not let Node import it by name, and it would fetch
// its wasm.
const dist = new URL('.', import.meta.resolve('ort-training'));

export async function createContestant() {
  const ort = await import(new URL('ort.training.wasm.min.mjs', dist).href);
  ort.env.wasm.wasmBinary = await readFile(new URL('ort-training-wasm-simd-threaded.wasm', dist));
  return ortContestant(ort, { title: 'ort-web training', passes: ['input', 'filter'] });
}
