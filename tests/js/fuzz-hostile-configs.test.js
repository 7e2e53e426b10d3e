// Any value anywhere in the configuration of a layer.
import fc from 'fast-check';

import { fuzz } from './support/fuzz/fuzz.js';
import { CONFIG_NAMES, runHostile, useConfig } from './support/fuzz/hostile-calls.js';
import { hostileValue } from './support/fuzz/hostile-values.js';

const replacements = fc.uniqueArray(fc.tuple(fc.constantFrom(...CONFIG_NAMES), hostileValue), {
  minLength: 1,
  maxLength: 3,
  selector: ([name]) => name,
});

fuzz(
  'whatever stands in it, a configuration makes a layer or is refused, and changes nothing else',
  replacements,
  20_000,
  (given) => {
    const replaced = new Map(given);
    runHostile('config', replaced, (tools) => useConfig(tools.given, [...replaced.keys()]));
  },
);
