// The oracle against results that are written down in tests/cases (tests/cpp uses them too), and against tfjs's cpu backend where that is
// right.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertExact } from './support/compare.js';
import { sides } from './support/grids.js';
import { filterGradient, forward, geometryOf, inputGradient } from './support/oracle.js';
import { makeProblem } from './support/problem.js';
import { Random } from './support/random.js';
import { randomConvolution } from './support/random-convolution.js';
import { readStoredCases } from './support/stored-cases.js';
import { runTfjsKernel, useBackend } from './support/tfjs.js';

await useBackend('cpu');

const asTensor = ({ shape, values }) => ({ shape, data: values });
const isOne = (pair) => pair.every((step) => step === 1);

test('the oracle gives the stored results', () => {
  const cases = readStoredCases();
  assert.ok(cases.length >= 10);
  for (const { name, convolution, x, filter, dy, y, dx, dfilter } of cases) {
    assert.deepEqual(geometryOf(convolution).yShape, y.shape);
    assertExact(asTensor(forward(convolution, x.data, filter.data)), y, `y of ${name}`);
    assertExact(asTensor(inputGradient(convolution, dy.data, filter.data)), dx, `dx of ${name}`);
    assertExact(asTensor(filterGradient(convolution, x.data, dy.data)), dfilter, `dfilter of ${name}`);
  }
});

test('the oracle agrees with tfjs in random cases', () => {
  let compared = 0;
  for (let i = 0; compared < 100; ++i) {
    const random = new Random(`tfjs ${i}`);
    const convolution = randomConvolution(random);
    const { xShape, filterShape, strides, dilations, pad, dimRoundingMode } = convolution;
    // tfjs computes NHWC only, gradients only without dilation, and a pad that is one number wrongly.
    if (convolution.dataFormat === 'NCHW' || !(isOne(strides) || isOne(dilations))) continue;
    const attrs = { strides, dilations, dimRoundingMode };
    attrs.pad = typeof pad === 'number' ? sides(pad, pad, pad, pad) : pad;
    const { x, filter, dy } = makeProblem(convolution, random);
    const run = (name, inputs, others) => runTfjsKernel(name, inputs, { ...attrs, ...others });
    const what = JSON.stringify(convolution);
    assertExact(run('DepthwiseConv2dNative', { x, filter }), forward(convolution, x.data, filter.data), what);
    ++compared;
    if (!isOne(dilations)) continue;
    const dx = run('DepthwiseConv2dNativeBackpropInput', { dy, filter }, { inputShape: xShape });
    assertExact(dx, inputGradient(convolution, dy.data, filter.data), what);
    const dfilter = run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, { filterShape });
    assertExact(dfilter, filterGradient(convolution, x.data, dy.data), what);
  }
});
