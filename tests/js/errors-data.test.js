// Tensors that are not what they should be. Each error names the function, the argument, what came and what is allowed; nothing is
// left in memory, and the next call is right (support/refusal.js).
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertRefuses, callsOf, tensor } from './support/refusal.js';
import { loadAnotherModule } from './support/another-module.js';

const dw = await load();
const calls = callsOf(dw);

/** The tensors that each function takes. */
const INPUTS = {
  depthwiseConv2d: ['x', 'filter'],
  depthwiseConv2dNative: ['x', 'filter'],
  fusedDepthwiseConv2D: ['x', 'filter', 'bias', 'preluActivationWeights'],
  depthwiseConv2dNativeBackpropInput: ['dy', 'filter'],
  depthwiseConv2dNativeBackpropFilter: ['x', 'dy'],
};

/** For every input of every function: that it is refused in place of a right one. */
function refusesAsInput(value, ErrorType, text) {
  for (const [functionName, names] of Object.entries(INPUTS)) {
    for (const name of names) {
      const call = () => calls[functionName]({ [name]: value });
      assertRefuses(dw, functionName, call, ErrorType, text.replaceAll('{input}', name));
    }
  }
}

const WRONG_DATA = [
  ['a Float64Array', new Float64Array(2), 'a Float64Array'],
  ['an Int32Array', new Int32Array(2), 'an Int32Array'],
  ['a Uint8Array', new Uint8Array(2), 'a Uint8Array'],
  ['a plain array', [1, 2], '[1,2]'],
  ['a long plain array', Array(100).fill(0), 'an array of 100'],
  ['an ArrayBuffer', new ArrayBuffer(8), 'an ArrayBuffer'],
  ['a DataView', new DataView(new ArrayBuffer(8)), 'a DataView'],
  ['a string', '12', "'12'"],
  ['a number', 2, '2'],
  ['an object', { 0: 1, 1: 2, length: 2 }, 'an object'],
  ['null', null, 'null'],
  ['nothing', undefined, 'undefined'],
];

for (const [name, data, got] of WRONG_DATA) {
  test(`${name} is refused as data`, () => {
    const text = `data must be a Float32Array, got ${got}`;
    assertRefuses(dw, 'tensor', () => dw.tensor(data, [2]), TypeError, text);
    refusesAsInput({ data, shape: [2] }, TypeError, `{input}.${text}`);
  });
}

const NOT_NUMBERS = 'shape must be an array of numbers, got ';
const NOT_WHOLE = 'shape must be whole numbers of at least 0, got ';
const cyclic = [];
cyclic.push(cyclic);
const WRONG_SHAPES = [
  ['no shape', undefined, TypeError, `${NOT_NUMBERS}undefined`],
  ['null', null, TypeError, `${NOT_NUMBERS}null`],
  ['a number', 2, TypeError, `${NOT_NUMBERS}2`],
  ['a string', '2', TypeError, `${NOT_NUMBERS}'2'`],
  ['an object', { length: 1, 0: 2 }, TypeError, `${NOT_NUMBERS}an object`],
  ['a typed array', new Int32Array([2]), TypeError, `${NOT_NUMBERS}an Int32Array`],
  ['an array with a string', [1, '2'], TypeError, `${NOT_NUMBERS}[1,'2']`],
  ['an array with null, as Keras writes the batch', [null, 2], TypeError, `${NOT_NUMBERS}[null,2]`],
  ['an array with a BigInt', [1n, 2], TypeError, `${NOT_NUMBERS}[1n,2]`],
  ['an array with an array', [[1], 2], TypeError, `${NOT_NUMBERS}[[1],2]`],
  ['an array within itself', cyclic, TypeError, `${NOT_NUMBERS}[[[[…]]]]`],
  // eslint-disable-next-line no-sparse-arrays
  ['an array with a hole', [1, , 2], TypeError, `${NOT_NUMBERS}[1,undefined,2]`],
  ['a negative size', [-1, -2], RangeError, `${NOT_WHOLE}[-1,-2]`],
  ['a fraction', [0.5, 4], RangeError, `${NOT_WHOLE}[0.5,4]`],
  ['NaN', [NaN], RangeError, `${NOT_WHOLE}[NaN]`],
  ['Infinity', [Infinity], RangeError, `${NOT_WHOLE}[Infinity]`],
  ['nine dimensions', Array(9).fill(1), RangeError, 'shape must have at most 8 dimensions, got 9'],
  ['a million dimensions', Array(1e6).fill(1), RangeError, 'shape must have at most 8 dimensions, got 1000000'],
];

for (const [name, shape, ErrorType, text] of WRONG_SHAPES) {
  test(`${name} is refused as shape`, () => {
    const data = new Float32Array(2);
    assertRefuses(dw, 'tensor', () => dw.tensor(data, shape), ErrorType, text);
    refusesAsInput({ data, shape }, ErrorType, `{input}.${text}`);
  });
}

for (const [length, shape, size] of [
  [5, [1, 2, 1, 3], 6],
  [7, [1, 2, 1, 3], 6],
  [0, [1, 1, 1, 1], 1],
  [1, [0, 2, 2, 1], 0],
  [2, [], 1],
]) {
  test(`data of length ${length} is refused beside shape [${shape}]`, () => {
    const text = `data must have ${size} elements for shape [${shape}], got ${length}`;
    const data = new Float32Array(length);
    assertRefuses(dw, 'tensor', () => dw.tensor(data, shape), RangeError, text);
    refusesAsInput({ data, shape }, RangeError, `{input}.${text}`);
  });
}

test('data of a buffer that was transferred away is refused', () => {
  const data = new Float32Array(2);
  structuredClone(data.buffer, { transfer: [data.buffer] });
  const text = 'data must have 2 elements for shape [2], got 0';
  assertRefuses(dw, 'tensor', () => dw.tensor(data, [2]), RangeError, text);
  refusesAsInput({ data, shape: [2] }, RangeError, `{input}.${text}`);
});

for (const [name, value, got] of [
  ['a Float32Array without a shape', new Float32Array(2), 'a Float32Array'],
  ['nested arrays', [[[[1], [2]]]], '[[[[1],[2]]]]'],
  ['a number', 3, '3'],
  ['a function', () => 3, 'a function'],
  ['an object without data', { shape: [1, 2, 2, 1] }, 'an object'],
]) {
  test(`${name} is refused as a tensor`, () => {
    refusesAsInput(value, TypeError, `{input} must be a tensor or { data: Float32Array, shape }, got ${got}`);
  });
}

test('an input that is missing is refused, but for those that are optional', () => {
  for (const [functionName, names] of Object.entries(INPUTS)) {
    for (const name of names.slice(0, 2)) {
      for (const missing of [undefined, null]) {
        const text = `${name} must be a tensor or { data: Float32Array, shape }, got ${missing}`;
        assertRefuses(dw, functionName, () => calls[functionName]({ [name]: missing }), TypeError, text);
      }
    }
  }
});

for (const shape of [[], [4], [2, 2], [1, 2, 2], [1, 1, 2, 2, 1]]) {
  test(`a tensor of ${shape.length} dimensions is refused where four are wanted`, () => {
    const image = '[batch, height, width, inChannels]';
    const filter = '[height, width, inChannels, channelMultiplier]';
    for (const [functionName, [first]] of Object.entries(INPUTS)) {
      const refuses = (name, text) =>
        assertRefuses(dw, functionName, () => calls[functionName]({ [name]: tensor(shape) }), RangeError, text);
      if (first === 'x') refuses('x', `x must have 4 dimensions ${image}, got [${shape}]`);
      if (INPUTS[functionName].includes('filter')) {
        refuses('filter', `filter must have 4 dimensions ${filter}, got [${shape}]`);
      }
      if (INPUTS[functionName].includes('dy')) refuses('dy', `dy must have shape [2,3,5,4], got [${shape}]`);
    }
  });
}

test('a disposed tensor is refused', () => {
  const disposed = dw.tensor(new Float32Array(2), [2]);
  disposed.dispose();
  refusesAsInput(disposed, TypeError, '{input} must be a live tensor, got one that is disposed');
  assertRefuses(dw, 'data', () => disposed.data, TypeError, 'the tensor is disposed');
  assertRefuses(dw, 'dataSync', () => disposed.dataSync(), TypeError, 'the tensor is disposed');
  assertRefuses(
    dw,
    'keep',
    () => dw.keep(disposed),
    TypeError,
    'tensor must be a live tensor, got one that is disposed',
  );
});

test("another module's tensor is refused", async () => {
  const another = await loadAnotherModule();
  const foreign = another.tensor(new Float32Array(2), [2]);
  refusesAsInput(foreign, TypeError, "{input} must be a tensor of this module, got another module's");
  assertRefuses(
    dw,
    'keep',
    () => dw.keep(foreign),
    TypeError,
    "tensor must be a tensor of this module, got another module's",
  );
});

test('what is not a tensor cannot be kept', () => {
  const text = 'tensor must be a tensor, got an object';
  assertRefuses(dw, 'keep', () => dw.keep({ data: new Float32Array(1), shape: [1] }), TypeError, text);
});
