// Attributes that are not what they should be. Each error names the function, the argument, what came and what is allowed; nothing is
// left in memory, and the next call is right (support/refusal.js).
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertRefuses, callsOf, tensor } from './support/refusal.js';

const dw = await load();
const calls = callsOf(dw);
const allFunctions = Object.keys(calls);
const kernels = allFunctions.slice(1);

/** That each function refuses these changes to a right call. */
function refuses(changes, ErrorType, text, functionNames = allFunctions) {
  for (const functionName of functionNames) {
    assertRefuses(dw, functionName, () => calls[functionName](changes), ErrorType, text);
  }
}

for (const name of ['strides', 'dilations']) {
  const whole = `${name} must be a whole number from 1 to 1073741824, or two of them [height, width], got `;
  const kind = `${name} must be a number or two numbers [height, width], got `;
  for (const [value, ErrorType, text] of [
    [0, RangeError, `${whole}0`],
    [-1, RangeError, `${whole}-1`],
    [1.5, RangeError, `${whole}1.5`],
    [1e-9, RangeError, `${whole}1e-9`],
    [NaN, RangeError, `${whole}NaN`],
    [-Infinity, RangeError, `${whole}-Infinity`],
    [2 ** 31, RangeError, `${whole}2147483648`],
    [2 ** 32 + 1, RangeError, `${whole}4294967297`],
    [[0, 1], RangeError, `${whole}[0,1]`],
    [[1, -2], RangeError, `${whole}[1,-2]`],
    [[1, 0.5], RangeError, `${whole}[1,0.5]`],
    [[], RangeError, `${whole}[]`],
    [[1, 2, 3], RangeError, `${whole}[1,2,3]`],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], RangeError, `${whole}[1,2,3,4,5,6,7,8,…]`],
    ['2', TypeError, `${kind}'2'`],
    [true, TypeError, `${kind}true`],
    [2n, TypeError, `${kind}2n`],
    [{ height: 1 }, TypeError, `${kind}an object`],
    [[1, '2'], TypeError, `${kind}[1,'2']`],
    [[1, null], TypeError, `${kind}[1,null]`],
    [new Int32Array([1, 1]), TypeError, `${kind}an Int32Array`],
  ]) {
    const shown = text.split('got ')[1];
    test(`${name} ${shown} is refused`, () => refuses({ [name]: value }, ErrorType, text));
  }
}

const PAD_KIND = "pad must be 'same', 'valid', a number or one pair of numbers for each dimension, got ";
const PAD_WHOLE = 'pad must be a whole number from 0 to 1073741824, got ';
const PAD_PAIRS = 'pad must be whole numbers from 0 to 1073741824 as [[0,0],[top,bottom],[left,right],[0,0]], got ';
const NONE = [0, 0];
for (const [pad, ErrorType, text] of [
  ['SAME', TypeError, `${PAD_KIND}'SAME'`],
  ['', TypeError, `${PAD_KIND}''`],
  ['explicit', TypeError, `${PAD_KIND}'explicit'`],
  ['sam\u0065\u0301', TypeError, `${PAD_KIND}'same?'`],
  [null, TypeError, `${PAD_KIND}null`],
  [true, TypeError, `${PAD_KIND}true`],
  [{}, TypeError, `${PAD_KIND}an object`],
  [-1, RangeError, `${PAD_WHOLE}-1`],
  [0.5, RangeError, `${PAD_WHOLE}0.5`],
  [NaN, RangeError, `${PAD_WHOLE}NaN`],
  [Infinity, RangeError, `${PAD_WHOLE}Infinity`],
  [2 ** 31, RangeError, `${PAD_WHOLE}2147483648`],
  [[1, 1], TypeError, `${PAD_KIND}[1,1]`],
  [[NONE, ['1', 1], NONE, NONE], TypeError, `${PAD_KIND}[[0,0],['1',1],[0,0],[0,0]]`],
  // eslint-disable-next-line no-sparse-arrays
  [[NONE, , NONE, NONE], TypeError, `${PAD_KIND}[[0,0],undefined,[0,0],[0,0]]`],
  [[], RangeError, `${PAD_PAIRS}[]`],
  [
    [
      [1, 1],
      [1, 1],
    ],
    RangeError,
    `${PAD_PAIRS}[[1,1],[1,1]]`,
  ],
  [[NONE, [-1, 0], NONE, NONE], RangeError, `${PAD_PAIRS}[[0,0],[-1,0],[0,0],[0,0]]`],
  [[NONE, NONE, [0, 1.5], NONE], RangeError, `${PAD_PAIRS}[[0,0],[0,0],[0,1.5],[0,0]]`],
  [[NONE, NONE, [NaN, 0], NONE], RangeError, `${PAD_PAIRS}[[0,0],[0,0],[NaN,0],[0,0]]`],
  [[NONE, [1], NONE, NONE], RangeError, `${PAD_PAIRS}[[0,0],[1],[0,0],[0,0]]`],
  [[NONE, [1, 1, 1], NONE, NONE], RangeError, `${PAD_PAIRS}[[0,0],[1,1,1],[0,0],[0,0]]`],
  [[[1, 0], NONE, NONE, NONE], RangeError, `${PAD_PAIRS}[[1,0],[0,0],[0,0],[0,0]]`],
  [[NONE, NONE, NONE, [0, 1]], RangeError, `${PAD_PAIRS}[[0,0],[0,0],[0,0],[0,1]]`],
  [Array(5).fill(NONE), RangeError, `${PAD_PAIRS}[[0,0],[0,0],[0,0],[0,0],…]`],
]) {
  test(`pad ${text.split('got ')[1]} is refused`, () => refuses({ pad }, ErrorType, text));
}

test('a kernel without pad is refused', () => refuses({ pad: undefined }, TypeError, `${PAD_KIND}undefined`, kernels));

test('pad in the order of NHWC is refused for NCHW', () => {
  const text =
    'pad must be whole numbers from 0 to 1073741824 as [[0,0],[0,0],[top,bottom],[left,right]], got [[0,0],[1,1],[0,0],[0,0]]';
  const changes = { dataFormat: 'NCHW', pad: [NONE, [1, 1], NONE, NONE] };
  refuses({ ...changes, x: tensor([2, 2, 5, 6]), inputShape: [2, 2, 5, 6] }, RangeError, text);
});

const LAYOUTS = "dataFormat must be 'NHWC' ('channelsLast') or 'NCHW' ('channelsFirst'), got ";
const MODES = "dimRoundingMode must be 'floor', 'round' or 'ceil', got ";
const ACTIVATIONS = "activation must be 'linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'prelu' or 'sigmoid', got ";
const long = 'x'.repeat(1000);

for (const [name, text, others, functionNames] of [
  ['dataFormat', LAYOUTS, {}, allFunctions],
  ['dimRoundingMode', MODES, { pad: 0 }, kernels],
  ['activation', ACTIVATIONS, {}, ['fusedDepthwiseConv2D']],
]) {
  for (const [value, got] of [
    ['', "''"],
    ['nhwc', "'nhwc'"],
    ['tanh', "'tanh'"],
    ['Ceil', "'Ceil'"],
    [long, `'${'x'.repeat(40)}'`],
  ]) {
    test(`${name} ${got} is refused`, () =>
      refuses({ ...others, [name]: value }, TypeError, text + got, functionNames));
  }
  for (const value of [0, true, ['floor']]) {
    test(`${name} ${JSON.stringify(value)} is refused`, () => {
      const got = Array.isArray(value) ? "['floor']" : value;
      refuses({ ...others, [name]: value }, TypeError, `${name} must be a string, got ${got}`, functionNames);
    });
  }
}

test('a rounding mode beside a pad by name is refused', () => {
  for (const pad of ['same', 'valid']) {
    const text = `dimRoundingMode goes with a numeric pad only, got 'ceil' beside pad '${pad}'`;
    refuses({ pad, dimRoundingMode: 'ceil' }, TypeError, text, kernels);
  }
});

test('a slope of leakyrelu that is not a finite number is refused', () => {
  const fused = ['fusedDepthwiseConv2D'];
  for (const leakyreluAlpha of [NaN, Infinity, 1e300]) {
    const text = `leakyreluAlpha must be a finite float32 number, got ${leakyreluAlpha}`;
    refuses({ activation: 'leakyrelu', leakyreluAlpha }, RangeError, text, fused);
  }
  const text = "leakyreluAlpha must be a number, got '0.2'";
  refuses({ activation: 'leakyrelu', leakyreluAlpha: '0.2' }, TypeError, text, fused);
});

test('a call without its objects is refused', () => {
  const inputNames = {
    depthwiseConv2dNative: 'x and filter',
    fusedDepthwiseConv2D: 'x and filter',
    depthwiseConv2dNativeBackpropInput: 'dy and filter',
    depthwiseConv2dNativeBackpropFilter: 'x and dy',
  };
  const inputs = { x: tensor([1, 1, 1, 1]), filter: tensor([1, 1, 1, 1]), dy: tensor([1, 1, 1, 1]) };
  for (const functionName of kernels) {
    const text = `inputs must be an object with ${inputNames[functionName]}, got `;
    for (const [call, got] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [{}, 'undefined'],
      [{ inputs: null, attrs: { pad: 0 } }, 'null'],
      [{ inputs: 'x', attrs: { pad: 0 } }, "'x'"],
    ]) {
      const expected = call === null ? 'undefined' : got;
      assertRefuses(dw, functionName, () => dw[functionName](call), TypeError, text + expected);
    }
    for (const attrs of [undefined, null, 3]) {
      const expected = `attrs must be an object, got ${attrs}`;
      assertRefuses(dw, functionName, () => dw[functionName]({ inputs, attrs }), TypeError, expected);
    }
  }
});
