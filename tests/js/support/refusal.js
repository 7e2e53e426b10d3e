import assert from 'node:assert/strict';

import { entries, problemFor } from './problem.js';
import { Random } from './random.js';

/** The tensors that each function that convolves takes. */
export const INPUTS = {
  depthwiseConv2d: ['x', 'filter'],
  depthwiseConv2dNative: ['x', 'filter'],
  fusedDepthwiseConv2D: ['x', 'filter', 'bias', 'preluActivationWeights'],
  depthwiseConv2dNativeBackpropInput: ['dy', 'filter'],
  depthwiseConv2dNativeBackpropFilter: ['x', 'dy'],
  conv2d: ['x', 'filter'],
  fusedConv2D: ['x', 'filter', 'bias', 'preluActivationWeights'],
  conv2DBackpropInput: ['dy', 'filter'],
  conv2DBackpropFilter: ['x', 'dy'],
};
/** The functions that take arguments one by one. */
export const OPS = ['depthwiseConv2d', 'conv2d'];

const ATTRS = {
  fusedDepthwiseConv2D: ['activation', 'leakyreluAlpha'],
  depthwiseConv2dNativeBackpropInput: ['inputShape'],
  depthwiseConv2dNativeBackpropFilter: ['filterShape'],
  fusedConv2D: ['activation', 'leakyreluAlpha'],
  conv2DBackpropInput: ['inputShape'],
  conv2DBackpropFilter: ['filterShape'],
};

/** Returns valid arguments of a function that convolves. `make(shape)` returns a tensor. */
export function rightFor(functionName, make = tensor) {
  const [xShape, dyShape] = [[2, 5, 6, 2], [2, 3, 5, 4]]; // prettier-ignore
  const filterShape = entries[functionName].isDense ? [3, 2, 2, 4] : [3, 2, 2, 2];
  const tensors = { x: make(xShape), filter: make(filterShape), dy: make(dyShape) };
  return { ...tensors, inputShape: xShape, filterShape, pad: 'valid' };
}

/**
 * Returns the functions that convolve as { functionName: (changes) => Tensor }: each call has valid arguments except for `changes`, an
 * object with inputs and attrs.
 */
export function callsOf(dw) {
  const call = (functionName) => (changes) => {
    const given = { ...rightFor(functionName), ...changes };
    if (OPS.includes(functionName)) {
      const { x, filter, strides, pad, dataFormat, dilations } = given;
      return dw[functionName](x, filter, strides, pad, dataFormat, dilations);
    }
    const names = ['strides', 'pad', 'dataFormat', 'dilations', 'dimRoundingMode', ...(ATTRS[functionName] ?? [])];
    const pick = (keys) => Object.fromEntries(keys.map((name) => [name, given[name]]));
    return dw[functionName]({ inputs: pick(INPUTS[functionName]), attrs: pick(names) });
  };
  return Object.fromEntries(Object.keys(INPUTS).map((functionName) => [functionName, call(functionName)]));
}

/** Returns zeros, for tests in which only the shape matters. */
export function tensor(shape) {
  return { data: new Float32Array(shape.reduce((product, size) => product * size, 1)), shape };
}

/**
 * Asserts that a call throws an error of this class with exactly this text after "Error in <functionName>: ", that it leaves no tensor,
 * and that every function gives right results afterwards.
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
  assert.deepEqual([after.numTensors, after.numBytes], [numTensors, numBytes], `tensors are left after: ${text}`);
  assertStillRight(dw);
}

const convolution = { xShape: [1, 4, 5, 3], filterShape: [2, 3, 3, 1], pad: 'same' };
const calls = Object.entries(entries).map(([name, entry]) => {
  const problem = problemFor(entry, convolution, new Random('after an error'));
  return { name, entry, problem, values: entry.expected(problem).values };
});
const plusZero = (value) => value + 0;

export function assertStillRight(dw) {
  for (const { name, entry, problem, values } of calls) {
    const result = entry.call(dw, problem, { pad: 'same' });
    assert.deepEqual([...result.data].map(plusZero), [...values].map(plusZero), `${name} after an error`);
    result.dispose();
  }
}
