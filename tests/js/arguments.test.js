// Each message names the function, the argument, what is allowed and what came. A refused call leaves no tensor, and the next call is
// right (support/refusal.js).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { loadAnotherModule } from './support/another-module.js';
import { sides } from './support/grids.js';
import { entries } from './support/problem.js';
import { assertRefuses, callsOf, INPUTS, OPS, tensor } from './support/refusal.js';

const dw = await load();
const calls = callsOf(dw);
const ALL = Object.keys(calls);
const KERNELS = ALL.filter((name) => !OPS.includes(name));
const FORWARD = ALL.filter((name) => INPUTS[name].includes('x') && INPUTS[name].includes('filter'));
const FUSED = ['fusedDepthwiseConv2D', 'fusedConv2D'];
const INPUT_GRADIENTS = ['depthwiseConv2dNativeBackpropInput', 'conv2DBackpropInput'];
const FILTER_GRADIENTS = ['depthwiseConv2dNativeBackpropFilter', 'conv2DBackpropFilter'];
const IMAGE = '[batch, height, width, inChannels]';

/** Returns the names of the dimensions of a filter. */
function filterDimensions(functionName) {
  return `[height, width, inChannels, ${entries[functionName].isDense ? 'outChannels' : 'channelMultiplier'}]`;
}

/** Asserts that each function refuses the changed arguments. "{dimensions}" in the text is those of the filter. */
function refuse(functionNames, changes, ErrorType, text) {
  for (const functionName of functionNames) {
    const expected = text.replaceAll('{dimensions}', filterDimensions(functionName));
    assertRefuses(dw, functionName, () => calls[functionName](changes), ErrorType, expected);
  }
}

/** Asserts that every input of every function refuses a value; "{input}" in the text is the name of the input. */
function refuseAsInput(value, ErrorType, text) {
  for (const [functionName, names] of Object.entries(INPUTS)) {
    for (const name of names) {
      const call = () => calls[functionName]({ [name]: value });
      assertRefuses(dw, functionName, call, ErrorType, text.replaceAll('{input}', name));
    }
  }
}

/**
 * Asserts that all functions refuse shapes of x and the filter. A gradient takes one of them as an attr. "{x}" and "{filter}" in the text
 * are the names of the arguments.
 */
function refuseShapes({ xShape, filterShape, ...attrs }, text) {
  for (const functionName of ALL) {
    const [ofInput, ofFilter] = [INPUT_GRADIENTS, FILTER_GRADIENTS].map((names) => names.includes(functionName));
    const changes = { ...attrs };
    if (xShape) Object.assign(changes, ofInput ? { inputShape: xShape } : { x: tensor(xShape) });
    if (filterShape) Object.assign(changes, ofFilter ? { filterShape } : { filter: tensor(filterShape) });
    const named = text.replaceAll('{x}', ofInput ? 'inputShape' : 'x');
    refuse([functionName], changes, RangeError, named.replaceAll('{filter}', ofFilter ? 'filterShape' : 'filter'));
  }
}

for (const name of ['strides', 'dilations']) {
  test(`each function refuses ${name} that are not one or two positive integers`, () => {
    for (const [value, got] of [
      ...[0, -1, 1.5, 1e-9, NaN, -Infinity, 2 ** 31, 2 ** 32 + 1].map((number) => [number, String(number)]),
      ...[[0, 1], [1, -2], [1, 0.5], [], [1, 2, 3]].map((list) => [list, `[${list}]`]),
      [[1, 2, 3, 4, 5, 6, 7, 8, 9], '[1,2,3,4,5,6,7,8,…]'],
    ]) {
      const text = `${name} must be a whole number from 1 to 1073741824, or two of them [height, width], got ${got}`;
      refuse(ALL, { [name]: value }, RangeError, text);
    }
    for (const [value, got] of [
      ['2', "'2'"],
      [true, 'true'],
      [2n, '2n'],
      [{ height: 1 }, 'an object'],
      [[1, '2'], "[1,'2']"],
      [[1, null], '[1,null]'],
      [new Int32Array([1, 1]), 'an Int32Array'],
    ]) {
      refuse(ALL, { [name]: value }, TypeError, `${name} must be a number or two numbers [height, width], got ${got}`);
    }
  });
}

const PAD_KIND = "pad must be 'same', 'valid', a number or one pair of numbers for each dimension, got ";

test('each function refuses a pad of another kind', () => {
  const NONE = [0, 0];
  for (const [pad, got] of [
    ...['SAME', '', 'explicit'].map((name) => [name, `'${name}'`]),
    ...[null, true].map((value) => [value, String(value)]),
    [{}, 'an object'],
    [[1, 1], '[1,1]'],
    [[NONE, ['1', 1], NONE, NONE], "[[0,0],['1',1],[0,0],[0,0]]"],
    [[NONE, undefined, NONE, NONE], '[[0,0],undefined,[0,0],[0,0]]'],
  ]) {
    refuse(ALL, { pad }, TypeError, PAD_KIND + got);
  }
  refuse(KERNELS, { pad: undefined }, TypeError, `${PAD_KIND}undefined`); // the op has a default
});

test('each function refuses a numeric pad that is negative, fractional, too large or of another form', () => {
  for (const pad of [-1, 0.5, NaN, Infinity, 2 ** 31]) {
    refuse(ALL, { pad }, RangeError, `pad must be a whole number from 0 to 1073741824, got ${pad}`);
  }
  const pairs = (form) => `pad must be whole numbers from 0 to 1073741824 as ${form}, got `;
  const nhwc = pairs('[[0,0],[top,bottom],[left,right],[0,0]]');
  const NONE = [0, 0];
  for (const [pad, got] of [
    [[], '[]'],
    [[NONE, NONE], '[[0,0],[0,0]]'],
    [sides(-1, 0, 0, 0), '[[0,0],[-1,0],[0,0],[0,0]]'],
    [sides(0, 0, 0, 1.5), '[[0,0],[0,0],[0,1.5],[0,0]]'],
    [sides(0, 0, NaN, 0), '[[0,0],[0,0],[NaN,0],[0,0]]'],
    [[NONE, [1], NONE, NONE], '[[0,0],[1],[0,0],[0,0]]'],
    [[NONE, [1, 1, 1], NONE, NONE], '[[0,0],[1,1,1],[0,0],[0,0]]'],
    [[[1, 0], NONE, NONE, NONE], '[[1,0],[0,0],[0,0],[0,0]]'],
    [[NONE, NONE, NONE, [0, 1]], '[[0,0],[0,0],[0,0],[0,1]]'],
    [Array(5).fill(NONE), '[[0,0],[0,0],[0,0],[0,0],…]'],
  ]) {
    refuse(ALL, { pad }, RangeError, nhwc + got);
  }
  const nchw = { dataFormat: 'NCHW', pad: sides(1, 1, 0, 0), x: tensor([2, 2, 5, 6]), inputShape: [2, 2, 5, 6] };
  refuse(ALL, nchw, RangeError, `${pairs('[[0,0],[0,0],[top,bottom],[left,right]]')}[[0,0],[1,1],[0,0],[0,0]]`);
});

test('each function refuses unknown names', () => {
  const long = 'x'.repeat(1000);
  for (const [name, text, others, functionNames] of [
    ['dataFormat', "must be 'NHWC' ('channelsLast') or 'NCHW' ('channelsFirst')", {}, ALL],
    ['dimRoundingMode', "must be 'floor', 'round' or 'ceil'", { pad: 0 }, KERNELS],
    ['activation', "must be 'linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'prelu' or 'sigmoid'", {}, FUSED],
  ]) {
    for (const value of ['', 'nhwc', 'tanh', 'Ceil', 'toString']) {
      refuse(functionNames, { ...others, [name]: value }, TypeError, `${name} ${text}, got '${value}'`);
    }
    assert.throws(() => calls[functionNames[0]]({ ...others, [name]: long }), {
      name: 'TypeError',
      message: new RegExp(`^Error in \\w+: ${name} must be .*, got 'x{40}…?'$`),
    });
    for (const [value, got] of [
      [0, '0'],
      [true, 'true'],
      [['floor'], "['floor']"],
    ]) {
      refuse(functionNames, { ...others, [name]: value }, TypeError, `${name} must be a string, got ${got}`);
    }
  }
});

test('the kernels refuse a rounding mode with a pad that is a name', () => {
  for (const pad of ['same', 'valid']) {
    const text = `dimRoundingMode goes with a numeric pad only, got 'ceil' beside pad '${pad}'`;
    refuse(KERNELS, { pad, dimRoundingMode: 'ceil' }, TypeError, text);
  }
});

test('the fused kernel refuses slopes, bias and weights that do not fit', () => {
  for (const leakyreluAlpha of [NaN, Infinity, 1e300]) {
    const text = `leakyreluAlpha must be a finite float32 number, got ${leakyreluAlpha}`;
    refuse(FUSED, { activation: 'leakyrelu', leakyreluAlpha }, RangeError, text);
  }
  const slope = { activation: 'leakyrelu', leakyreluAlpha: '0.2' };
  refuse(FUSED, slope, TypeError, "leakyreluAlpha must be a number, got '0.2'");

  const weights = "preluActivationWeights must be given with activation 'prelu', and only with it, got ";
  refuse(FUSED, { activation: 'prelu' }, TypeError, `${weights}none beside 'prelu'`);
  const them = { preluActivationWeights: tensor([4]) };
  refuse(FUSED, { ...them, activation: 'relu' }, TypeError, `${weights}them beside 'relu'`);
  refuse(FUSED, them, TypeError, `${weights}them beside 'linear'`);

  const perChannel = 'must have one value for each of the 4 output channels, shape [4] or ';
  for (const shape of [[], [1], [2], [5], [2, 2], [4, 1], [1, 4, 1, 1], [1, 1, 4, 1], [1, 1, 4], [2, 3, 5, 4]]) {
    refuse(FUSED, { bias: tensor(shape) }, RangeError, `bias ${perChannel}[1,1,1,4], got [${shape}]`);
    const prelu = { activation: 'prelu', preluActivationWeights: tensor(shape) };
    refuse(FUSED, prelu, RangeError, `preluActivationWeights ${perChannel}[1,1,1,4], got [${shape}]`);
  }
  const nchw = { x: tensor([2, 2, 5, 6]), dataFormat: 'NCHW', bias: tensor([1, 1, 1, 4]) };
  refuse(FUSED, nchw, RangeError, `bias ${perChannel}[1,4,1,1], got [1,1,1,4]`);
});

test('the kernels refuse a call without inputs or attrs', () => {
  const inputs = { x: tensor([1, 1, 1, 1]), filter: tensor([1, 1, 1, 1]), dy: tensor([1, 1, 1, 1]) };
  for (const functionName of KERNELS) {
    const names = INPUTS[functionName].slice(0, 2).join(' and ');
    for (const [call, got] of [
      [undefined, 'undefined'],
      [{}, 'undefined'],
      [{ inputs: null, attrs: { pad: 0 } }, 'null'],
      [{ inputs: 'x', attrs: { pad: 0 } }, "'x'"],
    ]) {
      const text = `inputs must be an object with ${names}, got ${got}`;
      assertRefuses(dw, functionName, () => dw[functionName](call), TypeError, text);
    }
    for (const attrs of [undefined, null, 3]) {
      const text = `attrs must be an object, got ${attrs}`;
      assertRefuses(dw, functionName, () => dw[functionName]({ inputs, attrs }), TypeError, text);
    }
  }
});

const detached = new Float32Array(2);
structuredClone(detached.buffer, { transfer: [detached.buffer] });

test('tensor and every input refuse data that is not a Float32Array', () => {
  for (const [data, got] of [
    [new Float64Array(2), 'a Float64Array'],
    [new Int32Array(2), 'an Int32Array'],
    [[1, 2], '[1,2]'],
    [Array(100).fill(0), 'an array of 100'],
    [new ArrayBuffer(8), 'an ArrayBuffer'],
    [new DataView(new ArrayBuffer(8)), 'a DataView'],
    ['12', "'12'"],
    [2, '2'],
    [{ 0: 1, 1: 2, length: 2 }, 'an object'],
    [null, 'null'],
    [undefined, 'undefined'],
  ]) {
    const text = `data must be a Float32Array, got ${got}`;
    assertRefuses(dw, 'tensor', () => dw.tensor(data, [2]), TypeError, text);
    refuseAsInput({ data, shape: [2] }, TypeError, `{input}.${text}`);
  }
});

test('tensor and every input refuse a shape that is not a list of sizes', () => {
  const cyclic = [];
  cyclic.push(cyclic);
  const numbers = 'shape must be an array of numbers, got ';
  const whole = 'shape must be whole numbers of at least 0, got ';
  for (const [shape, ErrorType, text] of [
    [undefined, TypeError, `${numbers}undefined`],
    [null, TypeError, `${numbers}null`],
    [2, TypeError, `${numbers}2`],
    ['2', TypeError, `${numbers}'2'`],
    [{ length: 1, 0: 2 }, TypeError, `${numbers}an object`],
    [new Int32Array([2]), TypeError, `${numbers}an Int32Array`],
    [[1, '2'], TypeError, `${numbers}[1,'2']`],
    [[null, 2], TypeError, `${numbers}[null,2]`], // as Keras writes an unknown batch
    [[1n, 2], TypeError, `${numbers}[1n,2]`],
    [[[1], 2], TypeError, `${numbers}[[1],2]`],
    [cyclic, TypeError, `${numbers}[[[[…]]]]`],
    [Object.assign([1], { 2: 2 }), TypeError, `${numbers}[1,undefined,2]`],
    [[-1, -2], RangeError, `${whole}[-1,-2]`],
    [[0.5, 4], RangeError, `${whole}[0.5,4]`],
    [[NaN], RangeError, `${whole}[NaN]`],
    [[Infinity], RangeError, `${whole}[Infinity]`],
    [Array(9).fill(1), RangeError, 'shape must have at most 8 dimensions, got 9'],
    [Array(1e6).fill(1), RangeError, 'shape must have at most 8 dimensions, got 1000000'],
  ]) {
    const data = new Float32Array(2);
    assertRefuses(dw, 'tensor', () => dw.tensor(data, shape), ErrorType, text);
    refuseAsInput({ data, shape }, ErrorType, `{input}.${text}`);
  }
});

test('tensor and every input refuse data that does not fit its shape', () => {
  for (const [data, shape, size] of [
    [new Float32Array(5), [1, 2, 1, 3], 6],
    [new Float32Array(7), [1, 2, 1, 3], 6],
    [new Float32Array(0), [1, 1, 1, 1], 1],
    [new Float32Array(1), [0, 2, 2, 1], 0],
    [new Float32Array(2), [], 1],
    [detached, [2], 2],
  ]) {
    const text = `data must have ${size} elements for shape [${shape}], got ${data.length}`;
    assertRefuses(dw, 'tensor', () => dw.tensor(data, shape), RangeError, text);
    refuseAsInput({ data, shape }, RangeError, `{input}.${text}`);
  }
});

test('every input refuses a value that is not a tensor', () => {
  for (const [value, got] of [
    [new Float32Array(2), 'a Float32Array'],
    [[[[[1], [2]]]], '[[[[1],[2]]]]'],
    [3, '3'],
    [() => 3, 'a function'],
    [{ shape: [1, 2, 2, 1] }, 'an object'],
  ]) {
    refuseAsInput(value, TypeError, `{input} must be a tensor or { data: Float32Array, shape }, got ${got}`);
  }
  for (const [functionName, names] of Object.entries(INPUTS)) {
    for (const name of names.slice(0, 2)) {
      for (const missing of [undefined, null]) {
        const text = `${name} must be a tensor or { data: Float32Array, shape }, got ${missing}`;
        refuse([functionName], { [name]: missing }, TypeError, text);
      }
    }
  }
});

test('every input refuses a disposed tensor and a tensor of another module', async () => {
  const disposed = dw.tensor(new Float32Array(2), [2]);
  disposed.dispose();
  const another = await loadAnotherModule();
  const foreign = another.tensor(new Float32Array(2), [2]);
  for (const [value, text] of [
    [disposed, 'must be a live tensor, got one that is disposed'],
    [foreign, "must be a tensor of this module, got another module's"],
  ]) {
    refuseAsInput(value, TypeError, `{input} ${text}`);
    assertRefuses(dw, 'keep', () => dw.keep(value), TypeError, `tensor ${text}`);
  }
  assertRefuses(dw, 'data', () => disposed.data, TypeError, 'the tensor is disposed');
  assertRefuses(dw, 'dataSync', () => disposed.dataSync(), TypeError, 'the tensor is disposed');
  const plain = { data: new Float32Array(1), shape: [1] };
  assertRefuses(dw, 'keep', () => dw.keep(plain), TypeError, 'tensor must be a tensor, got an object');
});

test('each function refuses tensors without four dimensions', () => {
  for (const shape of [[], [4], [2, 2], [1, 2, 2], [1, 1, 2, 2, 1]]) {
    for (const [functionName, names] of Object.entries(INPUTS)) {
      for (const [name, text] of [
        ['x', `x must have 4 dimensions ${IMAGE}, got [${shape}]`],
        ['filter', `filter must have 4 dimensions {dimensions}, got [${shape}]`],
        ['dy', `dy must have shape [2,3,5,4], got [${shape}]`],
      ]) {
        if (names.includes(name)) refuse([functionName], { [name]: tensor(shape) }, RangeError, text);
      }
    }
  }
});

test('each function refuses sizes of 0 except for the batch', () => {
  for (const xShape of [
    [2, 0, 6, 2],
    [2, 5, 0, 2],
    [2, 5, 6, 0],
  ]) {
    // prettier-ignore
    refuseShapes({ xShape }, `{x} must have whole sizes ${IMAGE} of at least 1 (batch: at least 0), got [${xShape}]`);
  }
  for (const filterShape of [
    [0, 2, 2, 2],
    [3, 0, 2, 2],
    [3, 2, 0, 2],
    [3, 2, 2, 0],
  ]) {
    // prettier-ignore
    refuseShapes({ filterShape }, `{filter} must have whole sizes {dimensions} of at least 1, got [${filterShape}]`);
  }
});

test('each function refuses a filter that is larger than the padded input', () => {
  const larger = '{filter} must not be larger than the padded input: its ';
  for (const [changes, text] of [
    [{ filterShape: [6, 2, 2, 2] }, "height is 6, the padded input's 5"],
    [{ filterShape: [3, 7, 2, 2] }, "width is 7, the padded input's 6"],
    [{ filterShape: [8, 1, 2, 2], pad: 1 }, "height is 8, the padded input's 7"],
    [{ dilations: [3, 1] }, "height is 7 (3 dilated by 3), the padded input's 5"],
    [{ dilations: [1, 6] }, "width is 7 (2 dilated by 6), the padded input's 6"],
    [{ filterShape: [7, 2, 2, 2], pad: sides(0, 1, 9, 9) }, "height is 7, the padded input's 6"],
    [
      { xShape: [2, 2, 5, 6], dataFormat: 'channelsFirst', filterShape: [6, 2, 2, 2] },
      "height is 6, the padded input's 5",
    ],
  ]) {
    refuseShapes(changes, larger + text);
  }
});

test('each function refuses a filter for another number of channels', () => {
  const text = '{filter} must have as many inChannels as {x}, got ';
  refuseShapes({ filterShape: [3, 2, 3, 2] }, `${text}3 beside 2`);
  refuseShapes({ filterShape: [3, 2, 1, 4] }, `${text}1 beside 2`);
  refuseShapes({ dataFormat: 'NCHW' }, `${text}2 beside 5`);
});

test('the gradients refuse a dy of another shape than the output', () => {
  const gradients = [...INPUT_GRADIENTS, ...FILTER_GRADIENTS];
  for (const shape of [[1, 3, 5, 4], [2, 4, 5, 4], [2, 3, 6, 4], [2, 3, 5, 2], [2, 4, 3, 5], [60]]) {
    refuse(gradients, { dy: tensor(shape) }, RangeError, `dy must have shape [2,3,5,4], got [${shape}]`);
  }
  refuse(gradients, { strides: 2 }, RangeError, 'dy must have shape [2,2,3,4], got [2,3,5,4]');
});

test('the gradients refuse an inputShape or a filterShape that is not four sizes', () => {
  for (const [functionNames, name, dimensions, batch] of [
    [INPUT_GRADIENTS, 'inputShape', IMAGE, ' (batch: at least 0)'],
    [FILTER_GRADIENTS, 'filterShape', '{dimensions}', ''],
  ]) {
    for (const [shape, got] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['2,5,6,2', "'2,5,6,2'"],
      [['2', 5, 6, 2], "['2',5,6,2]"],
      [[null, 5, 6, 2], '[null,5,6,2]'],
      [new Int32Array(4), 'an Int32Array'],
    ]) {
      refuse(functionNames, { [name]: shape }, TypeError, `${name} must be an array of numbers, got ${got}`);
    }
    for (const shape of [[], [5, 6, 2], [2, 5, 6, 2, 1]]) {
      refuse(
        functionNames,
        { [name]: shape },
        RangeError,
        `${name} must have 4 dimensions ${dimensions}, got [${shape}]`,
      );
    }
    const nine = `${name} must have 4 dimensions ${dimensions}, got [1,1,1,1,1,1,1,1,…]`;
    refuse(functionNames, { [name]: Array(9).fill(1) }, RangeError, nine);
    for (const shape of [
      [-1, 5, 6, 2],
      [2, 5.5, 6, 2],
      [2, 5, NaN, 2],
      [2, 5, 6, Infinity],
    ]) {
      const text = `${name} must have whole sizes ${dimensions} of at least 1${batch}, got [${shape}]`;
      refuse(functionNames, { [name]: shape }, RangeError, text);
    }
  }
});

test('each function refuses shapes of more than 4 GiB', () => {
  // Products of 32, 53 and 64 bits would overflow or round to a small number for some of these.
  for (const shape of [
    [1, 2 ** 15, 2 ** 15, 2],
    [1, 2 ** 30 + 1, 1, 1],
    [1, 2 ** 16, 2 ** 16, 1],
    [1, 2 ** 32, 1, 1],
    [1, 2 ** 32 + 1, 1, 1],
    [1, 1, 2 ** 53 - 1, 1],
    [2 ** 16, 2 ** 16, 2 ** 16, 2 ** 16],
    [2 ** 32, 2 ** 32, 2 ** 32, 2 ** 32],
    [0, 2 ** 32, 1, 1],
  ]) {
    const text = `must have at most 1073741824 elements (4 GiB), got [${shape}]`;
    const data = new Float32Array(1);
    assertRefuses(dw, 'tensor', () => dw.tensor(data, shape), RangeError, `shape ${text}`);
    refuse(FORWARD, { x: { data, shape } }, RangeError, `x.shape ${text}`);
    refuse(FORWARD, { filter: { data, shape } }, RangeError, `filter.shape ${text}`);
    refuse(INPUT_GRADIENTS, { inputShape: shape }, RangeError, `inputShape ${text}`);
    if (shape[0] > 0) refuse(FILTER_GRADIENTS, { filterShape: shape }, RangeError, `filterShape ${text}`);
  }
});

test('each function refuses an output of more than 4 GiB and a padded axis of more than 2^30', () => {
  const text = 'the output must have at most 1073741824 elements (4 GiB), got batch ';
  const one = { x: tensor([1, 1, 1, 1]), inputShape: [1, 1, 1, 1] };
  const wide = { ...one, filter: tensor([1, 1, 1, 1]), filterShape: [1, 1, 1, 1], pad: 2 ** 14 };
  refuse(ALL, wide, RangeError, `${text}1, height 32769, width 32769, channels 1`);
  const deep = { x: tensor([4, 1, 1, 1]), filter: tensor([1, 1, 1, 4]), pad: 2 ** 14 };
  refuse(['depthwiseConv2dNative', 'fusedConv2D'], deep, RangeError, `${text}4, height 32769, width 32769, channels 4`);

  const max = 2 ** 30;
  const tall = `a padded height of at most ${max}, got ${2 * max + 5}`;
  refuse(OPS, { pad: max }, RangeError, `pad must leave ${tall}`);
  refuse(OPS, { pad: 'same', dilations: max }, RangeError, `dilations must leave ${tall}`);
});
