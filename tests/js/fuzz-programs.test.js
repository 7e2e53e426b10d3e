// Any sequence of calls, with tidies in tidies and calls that are refused, against a model of what must live and what it must hold
// (support/fuzz/model.js). Results are compared with the oracle.
import fc from 'fast-check';

import { loadAnotherModule } from './support/another-module.js';
import { fuzz } from './support/fuzz/fuzz.js';
import { Model } from './support/fuzz/model.js';

let dw = await loadAnotherModule();

const WEIGHTS = {
  ...{ tensor: 4, copy: 2, write: 2, dispose: 4, keep: 1, kernel: 5, fused: 3, chain: 3, grow: 1, wrong: 5 },
  ...{ makeLayer: 2, againLayer: 1, callLayer: 5, backwardLayer: 3, setWeightsOfLayer: 2, disposeLayer: 1 },
};
const simple = fc.oneof(
  ...Object.entries(WEIGHTS).map(([kind, weight]) => ({ arbitrary: fc.record({ kind: fc.constant(kind) }), weight })),
);
const { steps } = fc.letrec((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 40, size: 'max' }),
  step: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    { arbitrary: simple, weight: 8 },
    { arbitrary: fc.record({ kind: fc.constant('tidy'), body: fc.array(tie('step'), { maxLength: 8 }) }), weight: 1 },
  ),
}));

const program = fc.tuple(steps, fc.nat());

fuzz(
  'whatever is called in whatever order, tensors and layers are what they should be',
  program,
  2_000,
  async ([all, seed]) => {
    const model = new Model(dw, seed);
    try {
      model.run(all);
      model.end();
    } catch (error) {
      dw = await loadAnotherModule(); // what the error has left must not make every smaller program fail too
      throw error;
    }
  },
);
