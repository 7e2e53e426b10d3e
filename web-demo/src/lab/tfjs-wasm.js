import '../shared/tfjs-wasm.js';
import { getThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { env } from '@tensorflow/tfjs-core';
import { tfjsContestant } from './tfjs-contestant.js';

export const create = () => tfjsContestant('wasm', describe);

async function describe() {
  const hasSimd = await env().getAsync('WASM_HAS_SIMD_SUPPORT');
  // Where browsers allow it, which is on pages that are isolated from other sites.
  const hasThreads = await env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT');
  const threads = hasThreads ? getThreadsCount() : 1;
  return `${hasSimd ? 'SIMD' : 'no SIMD'}, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
}
