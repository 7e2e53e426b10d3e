import { reportOf } from './report-of.js';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { load } from '../../../js/index.js';
import { registerKernels } from '../../../js/tfjs/index.js';

const loaders = {
  load: (options) => load(options),
  registerKernels: (options) => registerKernels(tf, { backend: 'cpu', kernels: [], ...options }),
};

/** Loads from each address in the page's own address, and reports the variant or the error. */
globalThis.report = reportOf(async () => {
  const query = new URLSearchParams(location.search);
  const answers = [];
  for (const wasmUrl of query.getAll('from')) {
    answers.push(await loaders[query.get('with')]({ wasmUrl }).then(({ variant }) => variant, String));
  }
  return { answers };
});
