// Any value in the place of any arguments of any function (support/fuzz/hostile-values.js), also one that disposes of tensors, grows the
// memory or calls the module while it is read.
import fc from 'fast-check';

import { fuzz } from './support/fuzz/fuzz.js';
import { FUNCTIONS, runHostile } from './support/fuzz/hostile-calls.js';
import { hostileValue } from './support/fuzz/hostile-values.js';

const call = fc.constantFrom(...Object.keys(FUNCTIONS)).chain((name) =>
  fc.record({
    name: fc.constant(name),
    replaced: fc.uniqueArray(fc.tuple(fc.constantFrom(...FUNCTIONS[name].names), hostileValue), {
      minLength: 1,
      maxLength: 3,
      selector: ([argument]) => argument,
    }),
  }),
);

fuzz(
  'whatever stands for its arguments, a function is right or refuses, and changes nothing else',
  call,
  40_000,
  (given) => runHostile(given.name, new Map(given.replaced), FUNCTIONS[given.name].call),
);
