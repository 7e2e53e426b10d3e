// The oracle itself: against tfjs's cpu backend, wherever that is right. Against results that are written down: stored-cases.test.js.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertExact } from './support/compare.js';
import { grids, inChannelsFirst, sides } from './support/grids.js';
import { filterGradient, forward, geometryOf, inputGradient } from './support/oracle.js';
import { makeProblem } from './support/problem.js';
import { Random } from './support/random.js';
import { randomConvolution } from './support/random-convolution.js';
import { runTfjsKernel, useBackend } from './support/tfjs.js';

await useBackend('cpu');

const isOne = ([height, width] = [1, 1]) => height === 1 && width === 1;

/** tfjs takes strides or dilations, computes only NHWC, and gradients only without dilation (tfjs-faults.test.js). */
const passes = {
  'the convolution': {
    isRightInTfjs: ({ strides, dilations }) => isOne(strides) || isOne(dilations),
    oracle: (convolution, { x, filter }) => forward(convolution, x.data, filter.data),
    tfjs: ({ x, filter }, attrs) => runTfjsKernel('DepthwiseConv2dNative', { x, filter }, attrs),
  },
  'the gradient of the input': {
    isRightInTfjs: ({ dilations }) => isOne(dilations),
    oracle: (convolution, { dy, filter }) => inputGradient(convolution, dy.data, filter.data),
    tfjs: ({ dy, filter, x }, attrs) =>
      runTfjsKernel('DepthwiseConv2dNativeBackpropInput', { dy, filter }, { ...attrs, inputShape: x.shape }),
  },
  'the gradient of the filter': {
    isRightInTfjs: ({ dilations }) => isOne(dilations),
    oracle: (convolution, { x, dy }) => filterGradient(convolution, x.data, dy.data),
    tfjs: ({ x, dy, filter }, attrs) =>
      runTfjsKernel('DepthwiseConv2dNativeBackpropFilter', { x, dy }, { ...attrs, filterShape: filter.shape }),
  },
};

/** A pad that is one number means something else to tfjs where height and width differ; written as pairs it is right. */
function forTfjs({ strides = [1, 1], dilations = [1, 1], pad, dimRoundingMode }) {
  return { strides, dilations, pad: typeof pad === 'number' ? sides(pad, pad, pad, pad) : pad, dimRoundingMode };
}

function agree({ isRightInTfjs, oracle, tfjs }, convolution, random) {
  if (!geometryOf(convolution) || convolution.dataFormat === 'NCHW' || !isRightInTfjs(convolution)) return false;
  const problem = makeProblem(convolution, random);
  assertExact(tfjs(problem, forTfjs(convolution)), oracle(convolution, problem), JSON.stringify(convolution));
  return true;
}

for (const [name, pass] of Object.entries(passes)) {
  test(`the oracle and tfjs agree about ${name} over the grids`, () => {
    const random = new Random(name);
    for (const [gridName, grid] of Object.entries(grids)) {
      const compared = grid.filter((convolution) => agree(pass, convolution, random));
      assert.ok(compared.length > 5, `${gridName}: tfjs is right in only ${compared.length} of them`);
    }
  });

  test(`the oracle and tfjs agree about ${name} in random cases`, () => {
    let compared = 0;
    for (let i = 0; compared < 100; ++i) {
      const random = new Random(`${name} ${i}`);
      if (agree(pass, randomConvolution(random), random)) ++compared;
    }
  });
}

test('the oracle computes NCHW as NHWC between transpositions', () => {
  for (let i = 0; i < 100; ++i) {
    const random = new Random(`transposed ${i}`);
    const nhwc = randomConvolution(random);
    if (nhwc.dataFormat === 'NCHW') continue;
    const nchw = inChannelsFirst(nhwc);
    const { x, filter, dy } = makeProblem(nhwc, random);
    const [xFirst, dyFirst] = [x, dy].map(toChannelsFirst);
    for (const [expected, got] of [
      [toChannelsFirst(toTensor(forward(nhwc, x.data, filter.data))), forward(nchw, xFirst.data, filter.data)],
      [
        toChannelsFirst(toTensor(inputGradient(nhwc, dy.data, filter.data))),
        inputGradient(nchw, dyFirst.data, filter.data),
      ],
      [toTensor(filterGradient(nhwc, x.data, dy.data)), filterGradient(nchw, xFirst.data, dyFirst.data)],
    ]) {
      assertExact(expected, got, JSON.stringify(nhwc));
    }
  }
});

function toTensor({ values, shape }) {
  return { data: Float32Array.from(values), shape };
}

function toChannelsFirst({ data, shape: [batch, height, width, channels] }) {
  const result = { data: new Float32Array(data.length), shape: [batch, channels, height, width] };
  const pixels = height * width;
  data.forEach((value, i) => {
    const [pixel, channel] = [Math.floor(i / channels), i % channels];
    const image = Math.floor(pixel / pixels);
    result.data[(image * channels + channel) * pixels + (pixel % pixels)] = value;
  });
  return result;
}
