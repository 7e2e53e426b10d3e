// The results that are written down in tests/cases, which the tests in C++ are held to as well.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertExact } from './support/compare.js';
import { filterGradient, forward, geometryOf, inputGradient } from './support/oracle.js';
import { attrsOf, entries } from './support/problem.js';
import { readStoredCases } from './support/stored-cases.js';

const dw = await load();
const cases = readStoredCases();

test('there are stored cases of every kind', () => {
  assert.ok(cases.length >= 10);
  const kinds = new Set(cases.map(({ convolution: { dataFormat, pad } }) => `${dataFormat} ${typeof pad}`));
  for (const kind of ['NHWC string', 'NHWC number', 'NHWC object', 'NCHW string']) assert.ok(kinds.has(kind), kind);
});

for (const { name, convolution, x, filter, dy, y, dx, dfilter } of cases) {
  test(`the oracle gives the stored results of the case ${name}`, () => {
    assert.deepEqual(geometryOf(convolution).yShape, y.shape);
    assertExact(asTensor(forward(convolution, x.data, filter.data)), y, 'y');
    assertExact(asTensor(inputGradient(convolution, dy.data, filter.data)), dx, 'dx');
    assertExact(asTensor(filterGradient(convolution, x.data, dy.data)), dfilter, 'dfilter');
  });

  test(`the package gives the stored results of the case ${name}`, () => {
    const expected = { depthwiseConv2dNativeBackpropInput: dx, depthwiseConv2dNativeBackpropFilter: dfilter };
    for (const [functionName, entry] of Object.entries(entries)) {
      if (!entry.takes(convolution)) continue;
      const result = entry.call(dw, { x, filter, dy }, attrsOf(convolution));
      assertExact(result, expected[functionName] ?? y, functionName);
    }
  });
}

function asTensor({ shape, values }) {
  return { shape, data: values };
}
