// Random sequences of calls, with nested tidies and refused calls. A model says which tensors must live and their values
// (support/fuzz/model.js); the oracle computes the results.
import fc from 'fast-check';

import { loadAnotherModule } from './support/another-module.js';
import { fuzz } from './support/fuzz/fuzz.js';
import { Model, WEIGHTS } from './support/fuzz/model.js';

let dw = await loadAnotherModule();

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

fuzz(
  'after any sequence of calls, tensors and layers are right',
  fc.tuple(steps, fc.nat()),
  200,
  async ([all, seed]) => {
    const model = new Model(dw, seed);
    try {
      model.run(all);
      model.end();
    } catch (error) {
      dw = await loadAnotherModule(); // otherwise the rest of a failure would make every smaller program fail too
      throw error;
    }
  },
);
