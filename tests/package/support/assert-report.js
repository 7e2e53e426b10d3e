import assert from 'node:assert/strict';
import { filterGradient, forward, geometryOf, inputGradient } from '../../js/support/oracle.js';

/** Asserts that the results in the report of a consumer are those of the oracle. */
export function assertComputes({ convolution, given: { x, filter, dy }, y, dx, dfilter }) {
  assert.equal(
    dy.length,
    geometryOf(convolution).yShape.reduce((product, length) => product * length, 1),
  );
  const expected = {
    y: forward(convolution, x, filter),
    dx: inputGradient(convolution, dy, filter),
    dfilter: filterGradient(convolution, x, dy),
  };
  for (const [name, values] of Object.entries({ y, dx, dfilter })) {
    assert.ok(
      values.some((value) => value !== 0),
      name,
    );
    assert.deepEqual(values.map(withoutSign), Array.from(expected[name].values, withoutSign), name);
  }
}

/** Some browsers report −0 as 0. */
function withoutSign(value) {
  return value === 0 ? 0 : value;
}
