import { fuzzNative, nativeTargets } from '../fuzz/native.js';

/** A short run; `npm run fuzz` is the long one. Seed and number of inputs are always the same, so that a run fails for what has changed. */
export async function fuzzTests() {
  const rows = await fuzzNative({ targets: nativeTargets, seed: 1 });
  const failed = rows.filter(({ failure }) => failure).length;
  const count = (key) => rows.reduce((sum, row) => sum + row[key], 0);
  return {
    passed: rows.length - failed,
    failed,
    note: `${count('inputs')} inputs, ${count('cases')} stored cases; ${rows.map(({ name, inputs }) => `${name} ${inputs}`).join(', ')}`,
  };
}
