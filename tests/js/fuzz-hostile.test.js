// Any value in the place of any arguments of any function, also one that disposes of tensors, grows the memory or calls the module while
// it is read (support/fuzz/hostile-values.js).
import fc from 'fast-check';

import { fuzz } from './support/fuzz/fuzz.js';
import { FUNCTIONS, runHostile } from './support/fuzz/hostile-calls.js';
import { hostileValue } from './support/fuzz/hostile-values.js';

const call = fc.constantFrom(...Object.keys(FUNCTIONS)).chain((name) =>
  fc.record({
    name: fc.constant(name),
    replaced: fc.uniqueArray(fc.tuple(fc.constantFrom(...FUNCTIONS[name].names), hostileValue), {
      ...{ minLength: 1, maxLength: 3 },
      selector: ([argument]) => argument,
    }),
  }),
);

fuzz('a function is right or refuses a hostile argument, and changes nothing else', call, 3_000, ({ name, replaced }) =>
  runHostile(name, new Map(replaced)),
);
