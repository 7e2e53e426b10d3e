// A short version of `npm run soak`: no trap, no leak, memory at its plateau.
import { test } from 'node:test';

import { soakModule } from '../soak/soak-module.js';
import { soakTfjs } from '../soak/soak-tfjs.js';

const calls = 25_000;

test(`${calls} random calls of the module, right and wrong`, () => soakModule({ calls, seed: 1 }));

test(`${calls} random calls of the kernels in TensorFlow.js, right and wrong`, () => soakTfjs({ calls, seed: 1 }));
