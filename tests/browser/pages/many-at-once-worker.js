import { load } from '../../../js/index.js';
import { computeAll } from './compute-all.js';

onmessage = async ({ data: { wasmModule, rounds } }) => {
  const dw = await load({ wasmModule });
  const texts = computeAll(dw, rounds);
  postMessage({ variant: dw.variant, texts, tensorsLeft: dw.memory().numTensors });
};
