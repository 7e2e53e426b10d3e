import assert from 'node:assert/strict';

import { entries, makeProblem } from './problem.js';
import { Random } from './random.js';

/**
 * Every function that convolves, with arguments that are right unless `changes` says otherwise: x, filter, dy, bias,
 * preluActivationWeights, inputShape, filterShape and the attrs. As { functionName: (changes) => Tensor }.
 */
export function callsOf(dw) {
  const right = {
    x: tensor([2, 5, 6, 2]),
    filter: tensor([3, 2, 2, 2]),
    dy: tensor([2, 3, 5, 4]),
    inputShape: [2, 5, 6, 2],
    filterShape: [3, 2, 2, 2],
    pad: 'valid',
  };
  const call = (functionName, inputNames, attrNames) => (changes) => {
    const given = { ...right, ...changes };
    const pick = (names) => Object.fromEntries(names.map((name) => [name, given[name]]));
    return dw[functionName]({ inputs: pick(inputNames), attrs: pick(attrNames) });
  };
  const attrNames = ['strides', 'pad', 'dataFormat', 'dilations', 'dimRoundingMode'];
  const optionalInputs = ['bias', 'preluActivationWeights'];
  const fusedAttrs = ['activation', 'leakyreluAlpha'];
  return {
    depthwiseConv2d: (changes) => {
      const { x, filter, strides, pad, dataFormat, dilations } = { ...right, ...changes };
      return dw.depthwiseConv2d(x, filter, strides, pad, dataFormat, dilations);
    },
    depthwiseConv2dNative: call('depthwiseConv2dNative', ['x', 'filter'], attrNames),
    fusedDepthwiseConv2D: call(
      'fusedDepthwiseConv2D',
      ['x', 'filter', ...optionalInputs],
      [...attrNames, ...fusedAttrs],
    ),
    depthwiseConv2dNativeBackpropInput: call(
      'depthwiseConv2dNativeBackpropInput',
      ['dy', 'filter'],
      [...attrNames, 'inputShape'],
    ),
    depthwiseConv2dNativeBackpropFilter: call(
      'depthwiseConv2dNativeBackpropFilter',
      ['x', 'dy'],
      [...attrNames, 'filterShape'],
    ),
  };
}

/** Zeros, where only the shape matters. */
export function tensor(shape) {
  return { data: new Float32Array(shape.reduce((product, size) => product * size, 1)), shape };
}

/**
 * That a call throws an error of this kind with exactly this text after "Error in <functionName>: "; that it leaves nothing
 * allocated, and that every kernel computes rightly after it.
 */
export function assertRefuses(dw, functionName, call, ErrorType, text) {
  const { numTensors, numBytes } = dw.memory();
  let thrown = null;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown, `${functionName} did not throw: ${text}`);
  assert.equal(thrown.message, `Error in ${functionName}: ${text}`);
  assert.equal(thrown.constructor, ErrorType, thrown.message);
  const after = dw.memory();
  assert.deepEqual([after.numTensors, after.numBytes], [numTensors, numBytes], 'tensors are left');
  assertStillRight(dw);
}

const problem = makeProblem(
  { xShape: [1, 4, 5, 3], filterShape: [2, 3, 3, 1], pad: 'same' },
  new Random('after an error'),
);
const expected = Object.entries(entries).map(([name, entry]) => [name, entry.expected(problem).values]);

function assertStillRight(dw) {
  for (const [name, values] of expected) {
    const result = entries[name].call(dw, problem, { pad: 'same' });
    assert.deepEqual([...result.data].map(plusZero), [...values].map(plusZero), `${name} after an error`);
    result.dispose();
  }
}

function plusZero(value) {
  return value + 0;
}
