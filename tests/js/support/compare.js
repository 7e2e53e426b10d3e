import assert from 'node:assert/strict';

/** Each product and each addition rounds once. One per cent is for the terms of second order. */
const ROUNDING = 1.01 * 2 ** -24;

/**
 * Asserts that `got`, a tensor, has the oracle's shape and values. NaN and infinities must be the same; the error of other values must be
 * within the bound for a float32 sum of that many products in any order. `roundings`: the number of additional roundings.
 */
export function assertMatches(got, expected, what = 'the result', roundings = 0) {
  assert.deepEqual([...got.shape], [...expected.shape], `${what}: shape`);
  const { values, magnitudes, terms } = expected;
  const wrong = firstWrong(
    got.data,
    values,
    (i) => ROUNDING * (terms[i] + roundings) * Math.max(magnitudes[i], Math.abs(values[i])),
  );
  if (wrong) assert.fail(`${what}: ${wrong}`);
}

/** Asserts that `got` has exactly these values. +0 and −0 are the same. */
export function assertExact(got, expected, what = 'the result') {
  assert.deepEqual([...got.shape], [...expected.shape], `${what}: shape`);
  const wrong = firstWrong(got.data, expected.values, () => 0);
  if (wrong) assert.fail(`${what}: ${wrong}`);
}

/** Asserts that integers, NaN and infinities are exact, and that fractions are within float32's rounding. */
export function assertRight(result, expected, { values }, what) {
  if (values === 'fractions') assertMatches(result, expected, what, 2);
  else assertExact(result, expected, what);
}

/** Asserts that two float32 results agree, relative to the largest value. */
export function assertClose(got, expected, what = 'the result', relative = 1e-5) {
  assert.deepEqual([...got.shape], [...expected.shape], `${what}: shape`);
  let largest = 0;
  for (const value of expected.data) if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  const wrong = firstWrong(got.data, expected.data, () => relative * largest);
  if (wrong) assert.fail(`${what}: ${wrong}`);
}

export function assertSameBits(got, expected, what = 'the result') {
  const bits = ({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  assert.equal(Buffer.compare(bits(got), bits(expected)), 0, `${what}: not the same bits`);
}

function firstWrong(got, expected, allowedAt) {
  if (got.length !== expected.length) return `${got.length} elements, not ${expected.length}`;
  for (let i = 0; i < got.length; ++i) {
    if (agrees(got[i], expected[i], allowedAt(i))) continue;
    return `element ${i} is ${got[i]}, not ${expected[i]} (± ${allowedAt(i)})`;
  }
  return '';
}

function agrees(got, expected, allowed) {
  if (Number.isNaN(expected)) return Number.isNaN(got);
  if (!Number.isFinite(expected)) return got === expected;
  return Math.abs(got - expected) <= allowed; // false if `got` is NaN
}
