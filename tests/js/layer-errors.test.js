// Calls of the layer that come out of turn, or with shapes, tensors and weights that are not what they should be. Each error names the
// argument, what came and what is allowed; nothing is left in memory, and a layer that stands by keeps its weights and works
// (support/layer-witness.js).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { loadAnotherModule } from './support/another-module.js';
import { makeWitness, valuesFor } from './support/layer-witness.js';

const dw = await load();
const { layer: built, refuses } = makeWitness(dw);

const make = (changes) => new dw.DepthwiseConv2D({ kernelSize: 2, ...changes });
const SHAPE_KIND = 'inputShape must be an array of numbers and nulls, got ';
const FOUR = 'must have 4 dimensions [batch, height, width, inChannels], got ';
const SIZES = 'must have whole sizes [batch, height, width, inChannels] of at least 1 (batch: at least 0), got ';
const WRONG_SHAPES = [
  ['1,4,5,2', TypeError, `${SHAPE_KIND}'1,4,5,2'`],
  [4, TypeError, `${SHAPE_KIND}4`],
  [{ length: 4 }, TypeError, `${SHAPE_KIND}an object`],
  [new Int32Array(4), TypeError, `${SHAPE_KIND}an Int32Array`],
  [['1', 4, 5, 2], TypeError, `${SHAPE_KIND}['1',4,5,2]`],
  [[1, 4, 5, 2n], TypeError, `${SHAPE_KIND}[1,4,5,2n]`],
  [[undefined, 4, 5, 2], TypeError, `${SHAPE_KIND}[undefined,4,5,2]`],
  [[], RangeError, `inputShape ${FOUR}[]`],
  [[4, 5, 2], RangeError, `inputShape ${FOUR}[4,5,2]`],
  [[1, 4, 5, 2, 1], RangeError, `inputShape ${FOUR}[1,4,5,2,1]`],
  [Array(1e6).fill(1), RangeError, `inputShape ${FOUR}[1,1,1,1,1,1,1,1,…]`],
  [[null, 4, 5, 2.5], RangeError, `inputShape ${SIZES}[1,4,5,2.5]`],
  [[1, NaN, 5, 2], RangeError, `inputShape ${SIZES}[1,NaN,5,2]`],
  [[1, 4, Infinity, 2], RangeError, `inputShape ${SIZES}[1,4,Infinity,2]`],
  [[1, 4, 5, 0], RangeError, `inputShape ${SIZES}[1,4,5,0]`],
  [
    [1, 1, 5, 2],
    RangeError,
    "kernelSize must not be larger than the padded input: its height is 2, the padded input's 1",
  ],
  [
    [1, 2 ** 16, 2 ** 16, 2],
    RangeError,
    'inputShape must have at most 1073741824 elements (4 GiB), got [1,65536,65536,2]',
  ],
];

test('wrong shapes are refused by build and computeOutputShape, and leave a layer that can be built', () => {
  const layer = make();
  for (const [shape, ErrorType, text] of WRONG_SHAPES) {
    for (const call of [() => layer.build(shape), () => layer.computeOutputShape(shape), () => built.build(shape)]) {
      refuses(call, ErrorType, text);
    }
    assert.equal(layer.built, false);
    assert.deepEqual(layer.weights, []);
  }
  refuses(() => layer.computeOutputShape(), TypeError, `${SHAPE_KIND}undefined`);
  layer.build([1, 4, 5, 2]);
  assert.deepEqual(layer.weights[0].shape, [2, 2, 2, 1]);
  layer.dispose();
});

test('a shape whose channels are not known is refused', () => {
  for (const [dataFormat, shape, axis, got] of [
    ['channelsLast', [null, 4, 5, null], 3, '[-1,4,5,-1]'],
    ['channelsFirst', [1, null, 4, 5], 1, '[1,-1,4,5]'],
  ]) {
    const layer = make({ dataFormat });
    const text = `inputShape must have a known number of channels, its dimension ${axis}, got ${got}`;
    refuses(() => layer.build(shape), RangeError, text);
    refuses(() => layer.computeOutputShape(shape), RangeError, text);
    const withShape = make({ dataFormat, batchInputShape: shape });
    refuses(() => withShape.build(), RangeError, text);
    layer.dispose();
    withShape.dispose();
  }
});

test('build without a shape is refused where the configuration has none', () => {
  const layer = make();
  refuses(() => layer.build(), TypeError, `${SHAPE_KIND}undefined`);
  refuses(() => layer.build(null), TypeError, `${SHAPE_KIND}null`);
  assert.equal(layer.built, false);
  layer.dispose();
});

test('another number of channels than the layer was built for is refused', () => {
  const text = 'must have the 2 channels that the layer was built for, got [1,4,5,3]';
  refuses(() => built.call(valuesFor([1, 4, 5, 3])), RangeError, `x ${text}`);
  refuses(() => built.call(valuesFor([1, 4, 5, 3]), { training: true }), RangeError, `x ${text}`);
  refuses(() => built.build([1, 4, 5, 3]), RangeError, `inputShape ${text}`);
});

test('an x that cannot be convolved is refused, and does not build a layer', () => {
  const layer = make();
  for (const [shape, text] of [
    [[4, 5, 2], `${FOUR}[4,5,2]`],
    [[40], `${FOUR}[40]`],
    [[1, 4, 5, 2, 1], `${FOUR}[1,4,5,2,1]`],
    [[1, 0, 5, 2], `${SIZES}[1,0,5,2]`],
  ]) {
    refuses(() => built.call(valuesFor(shape)), RangeError, `x ${text}`);
    refuses(() => layer.call(valuesFor(shape)), RangeError, `x ${text}`);
    assert.equal(layer.built, false);
  }
  const small = "kernelSize must not be larger than the padded input: its width is 3, the padded input's 2";
  refuses(() => built.call(valuesFor([1, 4, 2, 2])), RangeError, small);
  const low = "kernelSize must not be larger than the padded input: its height is 2, the padded input's 1";
  refuses(() => layer.call(valuesFor([1, 1, 2, 2])), RangeError, low);
  assert.equal(layer.built, false);
  layer.dispose();
});

test('backward before a call with training is refused', () => {
  const layer = make({ useBias: false });
  const dy = valuesFor([1, 3, 4, 2]);
  refuses(() => layer.backward(dy), TypeError, 'build must come first, got none yet');
  layer.build([1, 4, 5, 2]);
  const text = 'backward must follow a call with training and come before weights change';
  refuses(() => layer.backward(dy), TypeError, text);
  const call = (training) => layer.call(valuesFor([1, 4, 5, 2]), { training }).dispose();
  call(false);
  refuses(() => layer.backward(dy), TypeError, text);
  for (const change of [
    () => layer.setWeights([valuesFor([2, 2, 2, 1])]),
    () => layer.applyConstraints(),
    () => (layer.trainable = !layer.trainable),
  ]) {
    call(true);
    layer.backward(dy).dx.dispose();
    change();
    refuses(() => layer.backward(dy), TypeError, text);
  }
  dw.tidy(() => {
    call(true);
    layer.backward(dy);
  });
  layer.dispose();
});

test('a dy of another shape than the output is refused', () => {
  for (const shape of [[1, 3, 3, 2], [2, 3, 3, 4], [1, 4, 5, 2], [1, 9, 1, 4], [3, 3, 4], [36], [1, 3, 3, 4, 1]]) {
    refuses(() => built.backward(valuesFor(shape)), RangeError, `dy must have shape [1,3,3,4], got [${shape}]`);
  }
});

test('what is no tensor is refused as x, dy and as a weight', async () => {
  const disposed = dw.tensor(new Float32Array(1), [1]);
  disposed.dispose();
  const another = await loadAnotherModule();
  const foreign = another.tensor(new Float32Array(40), [1, 4, 5, 2]);
  const kernel = valuesFor([2, 3, 2, 2]);
  for (const [name, take] of [
    ['x', (value) => built.call(value)],
    ['dy', (value) => built.backward(value)],
    ['weights[0]', (value) => built.setWeights([value, valuesFor([4])])],
    ['weights[1]', (value) => built.setWeights([kernel, value])],
    ['weights[0]', (value) => make({ weights: [value] })],
  ]) {
    const refusesValue = (value, text, ErrorType = TypeError) => refuses(() => take(value), ErrorType, name + text);
    for (const [value, got] of [
      [undefined, 'undefined'],
      [null, 'null'],
      [3, '3'],
      ['x', "'x'"],
      [[1, 2], '[1,2]'],
      [new Float32Array(40), 'a Float32Array'],
      [{ shape: [1] }, 'an object'],
      [() => 1, 'a function'],
    ]) {
      refusesValue(value, ` must be a tensor or { data: Float32Array, shape }, got ${got}`);
    }
    refusesValue(disposed, ' must be a live tensor, got one that is disposed');
    refusesValue(foreign, " must be a tensor of this module, got another module's");
    refusesValue({ data: new Float64Array(2), shape: [2] }, '.data must be a Float32Array, got a Float64Array');
    refusesValue({ data: [1, 2], shape: [2] }, '.data must be a Float32Array, got [1,2]');
    refusesValue({ data: new Float32Array(2), shape: '2' }, ".shape must be an array of numbers, got '2'");
    refusesValue({ data: new Float32Array(2), shape: [null, 2] }, '.shape must be an array of numbers, got [null,2]');
    const short = '.data must have 6 elements for shape [2,3], got 2';
    refusesValue({ data: new Float32Array(2), shape: [2, 3] }, short, RangeError);
    const nine = { data: new Float32Array(1), shape: Array(9).fill(1) };
    refusesValue(nine, '.shape must have at most 8 dimensions, got 9', RangeError);
  }
  foreign.dispose();
});

const KERNEL = valuesFor([2, 3, 2, 2]);
const BIAS = valuesFor([4]);
const WRONG_WEIGHTS = [
  [[], 'weights must be 2 tensors, depthwise_kernel and bias, got 0'],
  [[KERNEL], 'weights must be 2 tensors, depthwise_kernel and bias, got 1'],
  [[KERNEL, BIAS, BIAS], 'weights must be 2 tensors, depthwise_kernel and bias, got 3'],
  [[BIAS, KERNEL], 'weights.depthwise_kernel must have shape [2,3,2,2], got [4]'],
  [[valuesFor([3, 2, 2, 2]), BIAS], 'weights.depthwise_kernel must have shape [2,3,2,2], got [3,2,2,2]'],
  [[valuesFor([2, 3, 2, 1]), BIAS], 'weights.depthwise_kernel must have shape [2,3,2,2], got [2,3,2,1]'],
  [[valuesFor([24]), BIAS], 'weights.depthwise_kernel must have shape [2,3,2,2], got [24]'],
  [[KERNEL, valuesFor([2])], 'weights.bias must have shape [4], got [2]'],
  [[KERNEL, valuesFor([1, 4])], 'weights.bias must have shape [4], got [1,4]'],
  [[KERNEL, valuesFor([])], 'weights.bias must have shape [4], got []'],
];

test('weights of another number or shape are refused, and none is copied', () => {
  for (const [weights, text] of WRONG_WEIGHTS) refuses(() => built.setWeights(weights), RangeError, text);
  const without = make({ useBias: false });
  without.build([1, 4, 5, 2]);
  const one = 'weights must be 1 tensor, depthwise_kernel, got ';
  refuses(() => without.setWeights([]), RangeError, `${one}0`);
  refuses(() => without.setWeights([valuesFor([2, 2, 2, 1]), valuesFor([2])]), RangeError, `${one}2`);
  without.dispose();
});

test('the number of weights in the error is the one that came', () => {
  for (const count of [4, 5, 9, 40]) {
    const text = `weights must be 2 tensors, depthwise_kernel and bias, got ${count}`;
    refuses(() => built.setWeights(Array(count).fill(KERNEL)), RangeError, text);
    const layer = make({ weights: Array(count).fill(KERNEL) });
    refuses(() => layer.build([1, 4, 5, 2]), RangeError, text);
    layer.dispose();
  }
});

test('weights beside a configuration that do not fit it are refused when the layer is built', () => {
  for (const [weights, text] of WRONG_WEIGHTS) {
    const layer = make({ kernelSize: [2, 3], depthMultiplier: 2, weights });
    refuses(() => layer.build([1, 4, 5, 2]), RangeError, text);
    refuses(() => layer.call(valuesFor([1, 4, 5, 2])), RangeError, text);
    assert.equal(layer.built, false);
    layer.dispose();
  }
});

test('weights that are no array are refused', () => {
  const text = 'weights must be an array of tensors, got ';
  for (const [weights, got] of [
    [3, '3'],
    ['KB', "'KB'"],
    [{ 0: KERNEL, 1: BIAS, length: 2 }, 'an object'],
    [new Set([KERNEL, BIAS]), 'a Set'],
    [KERNEL, 'an object'],
    [new Float32Array(24), 'a Float32Array'],
    [Array(41).fill(BIAS), 'an array of 41'],
    [Array(4e9), 'an array of 4000000000'],
  ]) {
    refuses(() => built.setWeights(weights), TypeError, text + got);
    refuses(() => make({ weights }), TypeError, text + got);
  }
  for (const missing of [null, undefined]) refuses(() => built.setWeights(missing), TypeError, `${text}${missing}`);
});

test('initializers that cannot fill the weights are refused when the layer is built, but where they have nothing to fill', () => {
  const fill = 'must be able to fill a tensor of shape ';
  for (const [changes, text] of [
    [
      { depthwiseInitializer: 'identity' },
      `depthwiseInitializer ${fill}[2,2,2,1], got 'identity', which fills square matrices only`,
    ],
    [
      { biasInitializer: 'orthogonal' },
      `biasInitializer ${fill}[2], got 'orthogonal', which needs at least 2 dimensions`,
    ],
  ]) {
    const layer = make(changes);
    refuses(() => layer.build([1, 4, 5, 2]), RangeError, text);
    refuses(() => layer.call(valuesFor([1, 4, 5, 2])), RangeError, text);
    assert.equal(layer.built, false);
    layer.dispose();
  }
  const weights = [valuesFor([2, 2, 2, 1]), valuesFor([2])];
  for (const changes of [
    { biasInitializer: 'orthogonal', useBias: false },
    { depthwiseInitializer: 'identity', weights },
    { biasInitializer: 'orthogonal', weights },
  ]) {
    const layer = make(changes);
    layer.build([1, 4, 5, 2]);
    layer.dispose();
  }
});

test('training and trainable that are not true or false are refused', () => {
  for (const [value, got] of [
    [1, '1'],
    ['true', "'true'"],
    [null, 'null'],
    [[], '[]'],
    [{}, 'an object'],
    [Symbol('yes'), 'Symbol(yes)'],
  ]) {
    const text = `must be true or false, got ${got}`;
    refuses(() => built.call(valuesFor([1, 4, 5, 2]), { training: value }), TypeError, `training ${text}`);
    refuses(() => (built.trainable = value), TypeError, `trainable ${text}`);
    assert.equal(built.trainable, true);
  }
  refuses(() => (built.trainable = undefined), TypeError, 'trainable must be true or false, got undefined');
});

test('options of call that are no object, or have another name, are refused', () => {
  for (const [options, text] of [
    [null, 'options must be { training }, got null'],
    [true, 'options must be { training }, got true'],
    ['training', "options must be { training }, got 'training'"],
    [() => true, 'options must be { training }, got a function'],
    [{ trainning: true }, "options must be { training } and nothing else, got 'trainning'"],
    [{ training: true, mask: null }, "options must be { training } and nothing else, got 'mask'"],
  ]) {
    refuses(() => built.call(valuesFor([1, 4, 5, 2]), options), TypeError, text);
  }
  for (const options of [undefined, {}, { training: undefined }]) {
    built.call(valuesFor([1, 4, 5, 2]), options).dispose();
  }
});

test('a layer that is not built has no weights to count, set, constrain or regularize', () => {
  const layer = make();
  const text = 'build must come first, got none yet';
  for (const call of [
    () => layer.countParams(),
    () => layer.losses(),
    () => layer.applyConstraints(),
    () => layer.setWeights([valuesFor([2, 2, 2, 1]), valuesFor([2])]),
    () => layer.setWeights([]),
  ]) {
    refuses(call, TypeError, text);
  }
  assert.deepEqual(layer.getWeights(), []);
  layer.dispose();
});

test('a disposed layer refuses everything but to be disposed of again', () => {
  const layer = make({ inputShape: [4, 5, 2] });
  layer.build();
  const [kernel] = layer.weights;
  layer.dispose();
  const text = 'the layer is disposed';
  for (const call of [
    () => layer.name,
    () => layer.trainable,
    () => (layer.trainable = false),
    () => layer.built,
    () => layer.weights,
    () => layer.build(),
    () => layer.build([1, 4, 5, 2]),
    () => layer.call(valuesFor([1, 4, 5, 2])),
    () => layer.backward(valuesFor([1, 3, 4, 2])),
    () => layer.losses(),
    () => layer.applyConstraints(),
    () => layer.computeOutputShape([1, 4, 5, 2]),
    () => layer.countParams(),
    () => layer.getWeights(),
    () => layer.setWeights([]),
    () => layer.getConfig(),
    () => layer.toJSON(),
    () => JSON.stringify(layer),
    () => dw.DepthwiseConv2D.fromConfig(layer),
  ]) {
    refuses(call, TypeError, text);
  }
  refuses(() => kernel.data, TypeError, /^Error in data: the layer of this depthwise_kernel is disposed$/);
  assert.equal(layer.isDisposed, true);
  assert.equal(layer.getClassName(), 'DepthwiseConv2D');
  layer.dispose();
});
