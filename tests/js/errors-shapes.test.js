// Shapes that do not go together, or are too large. Each error names the function, the argument, what came and what is allowed; nothing
// is left in memory, and the next call is right (support/refusal.js).
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertRefuses, callsOf, tensor } from './support/refusal.js';

const dw = await load();
const calls = callsOf(dw);
const FUNCTIONS = Object.keys(calls);
const INPUT_GRADIENT = 'depthwiseConv2dNativeBackpropInput';
const FILTER_GRADIENT = 'depthwiseConv2dNativeBackpropFilter';
const FUSED = 'fusedDepthwiseConv2D';

function refuses(functionName, changes, text, ErrorType = RangeError) {
  assertRefuses(dw, functionName, () => calls[functionName](changes), ErrorType, text);
}

/** The same for every function: with the shape of x or filter alone where it takes only that. `{x}` and `{filter}` in the text are its names. */
function allRefuse({ xShape, filterShape, ...attrs }, text) {
  for (const functionName of FUNCTIONS) {
    const changes = { ...attrs };
    if (xShape)
      Object.assign(changes, functionName === INPUT_GRADIENT ? { inputShape: xShape } : { x: tensor(xShape) });
    if (filterShape) {
      Object.assign(changes, functionName === FILTER_GRADIENT ? { filterShape } : { filter: tensor(filterShape) });
    }
    const x = functionName === INPUT_GRADIENT ? 'inputShape' : 'x';
    const filter = functionName === FILTER_GRADIENT ? 'filterShape' : 'filter';
    refuses(functionName, changes, text.replaceAll('{x}', x).replaceAll('{filter}', filter));
  }
}

test('a filter that is larger than the padded input is refused', () => {
  const larger = '{filter} must not be larger than the padded input: its ';
  allRefuse({ filterShape: [6, 2, 2, 2] }, `${larger}height is 6, the padded input's 5`);
  allRefuse({ filterShape: [3, 7, 2, 2] }, `${larger}width is 7, the padded input's 6`);
  allRefuse({ filterShape: [8, 1, 2, 2], pad: 1 }, `${larger}height is 8, the padded input's 7`);
  allRefuse({ dilations: [3, 1] }, `${larger}height is 7 (3 dilated by 3), the padded input's 5`);
  allRefuse({ dilations: [1, 6] }, `${larger}width is 7 (2 dilated by 6), the padded input's 6`);
  const pad = [[0, 0], [0, 1], [9, 9], [0, 0]]; // prettier-ignore
  allRefuse({ filterShape: [7, 2, 2, 2], pad }, `${larger}height is 7, the padded input's 6`);
  const xShape = [2, 2, 5, 6];
  const nchw = { xShape, dataFormat: 'channelsFirst', filterShape: [6, 2, 2, 2] };
  allRefuse(nchw, `${larger}height is 6, the padded input's 5`);
});

test('a filter for another number of channels is refused', () => {
  const text = '{filter} must have as many inChannels as {x}, got ';
  allRefuse({ filterShape: [3, 2, 3, 2] }, `${text}3 beside 2`);
  allRefuse({ filterShape: [3, 2, 1, 4] }, `${text}1 beside 2`);
  allRefuse({ dataFormat: 'NCHW' }, `${text}2 beside 5`);
});

test('sizes of 0 are refused, but for the batch', () => {
  const image = '{x} must have whole sizes [batch, height, width, inChannels] of at least 1 (batch: at least 0), got ';
  for (const xShape of [
    [2, 0, 6, 2],
    [2, 5, 0, 2],
    [2, 5, 6, 0],
  ]) {
    allRefuse({ xShape }, `${image}[${xShape}]`);
  }
  const filter = '{filter} must have whole sizes [height, width, inChannels, channelMultiplier] of at least 1, got ';
  for (const filterShape of [
    [0, 2, 2, 2],
    [3, 0, 2, 2],
    [3, 2, 0, 2],
    [3, 2, 2, 0],
  ]) {
    allRefuse({ filterShape }, `${filter}[${filterShape}]`);
  }
});

for (const [functionName, name, dimensions, whole] of [
  [INPUT_GRADIENT, 'inputShape', '[batch, height, width, inChannels]', ' (batch: at least 0)'],
  [FILTER_GRADIENT, 'filterShape', '[height, width, inChannels, channelMultiplier]', ''],
]) {
  const four = `${name} must have 4 dimensions ${dimensions}, got `;
  const sizes = `${name} must have whole sizes ${dimensions} of at least 1${whole}, got `;
  const list = `${name} must be an array of numbers, got `;
  for (const [shape, ErrorType, text] of [
    [undefined, TypeError, `${list}undefined`],
    [null, TypeError, `${list}null`],
    ['2,5,6,2', TypeError, `${list}'2,5,6,2'`],
    [['2', 5, 6, 2], TypeError, `${list}['2',5,6,2]`],
    [[null, 5, 6, 2], TypeError, `${list}[null,5,6,2]`],
    [new Int32Array(4), TypeError, `${list}an Int32Array`],
    [{ 0: 1, length: 1 }, TypeError, `${list}an object`],
    [[], RangeError, `${four}[]`],
    [[5, 6, 2], RangeError, `${four}[5,6,2]`],
    [[2, 5, 6, 2, 1], RangeError, `${four}[2,5,6,2,1]`],
    [[1, 1, 1, 1, 1, 1, 1, 1, 1], RangeError, `${four}[1,1,1,1,1,1,1,1,…]`],
    [[-1, 5, 6, 2], RangeError, `${sizes}[-1,5,6,2]`],
    [[2, 5.5, 6, 2], RangeError, `${sizes}[2,5.5,6,2]`],
    [[2, 5, NaN, 2], RangeError, `${sizes}[2,5,NaN,2]`],
    [[2, 5, 6, Infinity], RangeError, `${sizes}[2,5,6,Infinity]`],
  ]) {
    test(`${name} ${text.split('got ')[1]} is refused`, () =>
      refuses(functionName, { [name]: shape }, text, ErrorType));
  }
}

test('a dy of another shape than the output is refused', () => {
  for (const functionName of [INPUT_GRADIENT, FILTER_GRADIENT]) {
    for (const shape of [[1, 3, 5, 4], [2, 4, 5, 4], [2, 3, 6, 4], [2, 3, 5, 2], [2, 4, 3, 5], [60]]) {
      refuses(functionName, { dy: tensor(shape) }, `dy must have shape [2,3,5,4], got [${shape}]`);
    }
    const stride = { strides: 2 };
    refuses(functionName, stride, 'dy must have shape [2,2,3,4], got [2,3,5,4]');
  }
});

test('bias and prelu weights that are not one value for each output channel are refused', () => {
  const text = 'must have one value for each of the 4 output channels, shape [4] or ';
  for (const shape of [[], [1], [2], [5], [2, 2], [4, 1], [1, 4, 1, 1], [1, 1, 4, 1], [1, 1, 4], [2, 3, 5, 4]]) {
    refuses(FUSED, { bias: tensor(shape) }, `bias ${text}[1,1,1,4], got [${shape}]`);
    const prelu = { activation: 'prelu', preluActivationWeights: tensor(shape) };
    refuses(FUSED, prelu, `preluActivationWeights ${text}[1,1,1,4], got [${shape}]`);
  }
  const nchw = { x: tensor([2, 2, 5, 6]), dataFormat: 'NCHW', bias: tensor([1, 1, 1, 4]) };
  refuses(FUSED, nchw, `bias ${text}[1,4,1,1], got [1,1,1,4]`);
});

test('prelu without its weights, and the weights without prelu, are refused', () => {
  const text = "preluActivationWeights must be given with activation 'prelu', and only with it, got ";
  refuses(FUSED, { activation: 'prelu' }, `${text}none beside 'prelu'`, TypeError);
  const weights = { activation: 'relu', preluActivationWeights: tensor([4]) };
  refuses(FUSED, weights, `${text}them beside 'relu'`, TypeError);
  refuses(FUSED, { preluActivationWeights: tensor([4]) }, `${text}them beside 'linear'`, TypeError);
});
