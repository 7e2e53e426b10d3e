// Wrong arguments of the layer. Each error names the argument, the value and the allowed values; no tensor is left, and another layer keeps
// its weights and works (support/layer-witness.js).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { loadAnotherModule } from './support/another-module.js';
import { makeWitness, valuesFor } from './support/layer-witness.js';

const dw = await load();
const { layer: built, x, refuses, assertUnchanged } = makeWitness(dw);

const make = (changes) => new dw.DepthwiseConv2D({ kernelSize: 2, ...changes });
const KERNEL = valuesFor([2, 3, 2, 2]);
const BIAS = valuesFor([4]);

// ---- Configurations ----

/** Checks that the constructor and fromConfig refuse these arguments. */
function refusesArguments(changes, ErrorType, text) {
  refuses(() => make(changes), ErrorType, text);
  refuses(() => dw.DepthwiseConv2D.fromConfig({ kernelSize: 2, ...changes }), ErrorType, text);
}

const ARGUMENTS = (
  'kernelSize depthMultiplier strides padding dataFormat dilationRate activation useBias depthwiseInitializer biasInitializer ' +
  'depthwiseRegularizer biasRegularizer activityRegularizer depthwiseConstraint biasConstraint inputShape batchInputShape ' +
  'batchSize dtype name trainable weights groups'
).split(' ');
const ACTIVATIONS =
  "'elu', 'gelu', 'gelu_new', 'hardSigmoid', 'linear', 'logSoftmax', 'mish', 'relu', 'relu6', 'selu', 'sigmoid', 'softmax', " +
  "'softplus', 'softsign', 'swish' or 'tanh'";
const INITIALIZERS =
  "'constant', 'glorotNormal', 'glorotUniform', 'heNormal', 'heUniform', 'identity', 'leCunNormal', 'leCunUniform', 'ones', " +
  "'orthogonal', 'randomNormal', 'randomUniform', 'truncatedNormal', 'varianceScaling' or 'zeros'";

for (const [name, known, names] of [
  ['activation', 'relu', ACTIVATIONS],
  ['depthwiseInitializer', 'zeros', INITIALIZERS],
  ['biasInitializer', 'ones', INITIALIZERS],
  ['activityRegularizer', 'l2', "'l1', 'l2' or 'l1l2'"],
  ['biasConstraint', 'unitNorm', "'maxNorm', 'minMaxNorm', 'nonNeg' or 'unitNorm'"],
]) {
  test(`config: a wrong ${name}`, () => {
    for (const unknown of ['causal', 'ReLU', 'Glorot_Uniform', 'l3', 'max_Norm', 'toString', '__proto__', 'relu\0']) {
      const text = `${name} must be ${names}, got '${unknown}'`;
      refusesArguments({ [name]: unknown }, TypeError, text);
      refusesArguments({ [name]: { className: unknown, config: {} } }, TypeError, text);
      refusesArguments({ [name]: { class_name: unknown } }, TypeError, text);
      const object = { getClassName: () => unknown, getConfig: () => ({}) };
      refusesArguments({ [name]: object }, TypeError, text);
    }
    for (const [value, text] of [
      [0, 'must be a name or { className, config }, got 0'],
      [{ config: {} }, 'must be a name or { className, config }, got an object'],
      [['relu'], "must be a name or { className, config }, got ['relu']"],
      [() => 2, 'must be a name or { className, config }, got a function'],
    ]) {
      refusesArguments({ [name]: value }, TypeError, `${name} ${text}`);
    }
    for (const [part, text] of [
      [{ className: 3 }, '.className must be a name, got 3'],
      [{ className: null }, '.className must be a name, got null'],
      [{ className: '' }, ".className must be a name, got ''"],
      [{ className: known, config: [1] }, '.config must be an object, got [1]'],
      [{ className: known, class_name: known }, ' must have each field once, got className twice'],
    ]) {
      refusesArguments({ [name]: part }, TypeError, `${name}${text}`);
    }
    const unknownField = new RegExp(
      `^Error in DepthwiseConv2D: ${name} must have no fields but className, config, .*'$`,
    );
    refusesArguments({ [name]: { className: known, confg: {} } }, TypeError, unknownField);
  });
}

test('config: an unknown argument, or one in both spellings', () => {
  const text = `config must have no fields but ${ARGUMENTS.join(', ')}; got '`;
  for (const name of ['kernelInitializer', 'kernel_initializer', 'filters', 'KernelSize', 'stride', '']) {
    for (const value of [null, 'zeros', 3]) refusesArguments({ [name]: value }, TypeError, `${text}${name}'`);
  }
  refusesArguments({ ['k'.repeat(1000)]: 1 }, TypeError, `${text}${'k'.repeat(40)}'`);
  for (const key of ['__proto__', 'constructor']) {
    const config = JSON.parse(`{"kernelSize": 2, "${key}": {"kernelSize": 3}}`);
    refuses(() => new dw.DepthwiseConv2D(config), TypeError, `${text}${key}'`);
  }
  refusesArguments({ kernel_size: 2 }, TypeError, 'config must have each field once, got kernelSize twice');
  refusesArguments({ useBias: true, use_bias: null }, TypeError, 'config must have each field once, got useBias twice');
  // undefined is no value
  make({ kernelInitializer: undefined, use_bias: undefined, useBias: false }).dispose();
});

const STEPS = 'a whole number from 1 to 1073741824, or two of them [height, width]';
const SIZES3 = 'three sizes without the batch, each a whole number or null';
const SIZES4 = 'four sizes, the batch first, each a whole number or null';
const WRONG_ARGUMENTS = [
  ...['kernelSize', 'strides', 'dilationRate'].flatMap((name) => [
    [{ [name]: 0 }, RangeError, `${name} must be ${STEPS}, got 0`],
    [{ [name]: 1.5 }, RangeError, `${name} must be ${STEPS}, got 1.5`],
    [{ [name]: NaN }, RangeError, `${name} must be ${STEPS}, got NaN`],
    [{ [name]: 2 ** 32 + 1 }, RangeError, `${name} must be ${STEPS}, got 4294967297`],
    [{ [name]: [1, 0] }, RangeError, `${name} must be ${STEPS}, got [1,0]`],
    [{ [name]: [1, 1, 1] }, TypeError, `${name} must be ${STEPS}, got [1,1,1]`],
    [{ [name]: [1, null] }, TypeError, `${name} must be ${STEPS}, got [1,null]`],
    [{ [name]: [[1, 1], 1] }, TypeError, `${name} must be ${STEPS}, got [a list,1]`],
    [{ [name]: Array(9).fill(1) }, TypeError, `${name} must be ${STEPS}, got [1,1,1,1,1,1,1,1,…]`],
    [{ [name]: '2' }, TypeError, `${name} must be ${STEPS}, got '2'`],
    [{ [name]: new Int32Array(2) }, TypeError, `${name} must be ${STEPS}, got an Int32Array`],
    [{ [name]: { height: 1 } }, TypeError, `${name} must be ${STEPS}, got an object`],
  ]),
  [{ padding: 'causal' }, TypeError, "padding must be 'valid' or 'same', got 'causal'"],
  [{ padding: 'x'.repeat(50) }, TypeError, `padding must be 'valid' or 'same', got '${'x'.repeat(40)}…'`],
  [{ dataFormat: 'NHWC' }, TypeError, "dataFormat must be 'channelsLast' or 'channelsFirst', got 'NHWC'"],
  [{ useBias: 0 }, TypeError, 'useBias must be true or false, got 0'],
  [{ trainable: 'true' }, TypeError, "trainable must be true or false, got 'true'"],
  [{ dtype: 'float16' }, TypeError, "dtype must be 'float32', got 'float16'"],
  [
    { dtype: { class_name: 'DTypePolicy', config: { name: 'mixed_float16' } } },
    TypeError,
    "dtype must be 'float32', got 'mixed_float16'",
  ],
  [{ name: 'n'.repeat(101) }, TypeError, `name must be a text of at most 100 bytes, got '${'n'.repeat(40)}…'`],
  [{ name: '€'.repeat(34) }, TypeError, `name must be a text of at most 100 bytes, got '${'€'.repeat(34)}'`],
  [{ groups: 2 }, TypeError, 'groups must be 1, got 2'],
  [{ inputShape: [4, 4] }, TypeError, `inputShape must be ${SIZES3}, got [4,4]`],
  [{ inputShape: [4, -1, 2] }, TypeError, `inputShape must be ${SIZES3}, got [4,-1,2]`],
  [{ inputShape: [undefined, 4.5, 2] }, TypeError, `inputShape must be ${SIZES3}, got [undefined,4.5,2]`],
  [{ batchInputShape: [1, 4, 4, 0] }, TypeError, `batchInputShape must be ${SIZES4}, got [1,4,4,0]`],
  [{ batchInputShape: [null, '4', 4, 1] }, TypeError, `batchInputShape must be ${SIZES4}, got [null,'4',4,1]`],
  [{ depthMultiplier: 1.5 }, RangeError, 'depthMultiplier must be a whole number from 1 to 1073741824, got 1.5'],
  [{ depthMultiplier: [2] }, TypeError, 'depthMultiplier must be a number, got [2]'],
  [{ batchSize: -1 }, RangeError, 'batchSize must be a whole number from 0 to 1073741824, got -1'],
];

test('config: wrong values of arguments', () => {
  for (const [changes, ErrorType, text] of WRONG_ARGUMENTS) refusesArguments(changes, ErrorType, text);
  for (const name of ARGUMENTS) {
    for (const value of [2n, Symbol('two'), () => 2, new DataView(new ArrayBuffer(8)), /2/, Promise.resolve(2)]) {
      refusesArguments({ [name]: value }, TypeError, new RegExp(`^Error in DepthwiseConv2D: ${name} must be .*, got `));
    }
  }
});

const FINITE = 'must be a finite float32 number';
const WRONG_PARTS = [
  ['depthwiseInitializer', 'RandomNormal', { stddev: -1 }, RangeError, `.stddev ${FINITE} of at least 0, got -1`],
  ['depthwiseInitializer', 'TruncatedNormal', { mean: Infinity }, RangeError, `.mean ${FINITE}, got Infinity`],
  ['depthwiseInitializer', 'VarianceScaling', { scale: 0 }, RangeError, `.scale ${FINITE} above 0, got 0`],
  ['depthwiseInitializer', 'Orthogonal', { gain: NaN }, RangeError, `.gain ${FINITE}, got NaN`],
  [
    'depthwiseInitializer',
    'RandomUniform',
    { minval: 2, maxval: 1 },
    RangeError,
    '.maxval must be at least minval, 2, got 1',
  ],
  [
    'biasInitializer',
    'RandomUniform',
    { seed: 0.5 },
    RangeError,
    '.seed must be a whole number of at most 53 bits, got 0.5',
  ],
  [
    'biasInitializer',
    'VarianceScaling',
    { mode: 'fan' },
    TypeError,
    ".mode must be 'fanIn', 'fanOut' or 'fanAvg', got 'fan'",
  ],
  ['biasInitializer', 'VarianceScaling', { mode: 3 }, TypeError, '.mode must be a name, got 3'],
  [
    'biasInitializer',
    'VarianceScaling',
    { distribution: 'cauchy' },
    TypeError,
    ".distribution must be 'normal', 'truncatedNormal', 'untruncatedNormal' or 'uniform', got 'cauchy'",
  ],
  ['biasInitializer', 'HeNormal', { inputAxes: [0] }, TypeError, '.inputAxes must be null, got [0]'],
  ['biasInitializer', 'Constant', { value: 1e39 }, RangeError, `.value ${FINITE}, got 1e+39`],
  ['biasInitializer', 'Constant', { value: '1' }, TypeError, ".value must be a number, got '1'"],
  ['biasInitializer', 'Zeros', { value: 1 }, TypeError, ".config must have no fields but dtype; got 'value'"],
  ['biasInitializer', 'Zeros', { dtype: 'int32' }, TypeError, ".dtype must be 'float32', got 'int32'"],
  ['depthwiseRegularizer', 'L1L2', { l1: NaN }, RangeError, `.l1 ${FINITE} of at least 0, got NaN`],
  ['biasRegularizer', 'L2', { l2: Infinity }, RangeError, `.l2 ${FINITE} of at least 0, got Infinity`],
  ['activityRegularizer', 'L1', { l1: -0.5 }, RangeError, `.l1 ${FINITE} of at least 0, got -0.5`],
  ['activityRegularizer', 'L1', { l2: 1 }, TypeError, ".config must have no fields but l1; got 'l2'"],
  ['depthwiseConstraint', 'MaxNorm', { maxValue: NaN }, RangeError, `.maxValue ${FINITE} of at least 0, got NaN`],
  ['depthwiseConstraint', 'MinMaxNorm', { minValue: 3 }, RangeError, '.minValue must be at most maxValue, 1, got 3'],
  ['depthwiseConstraint', 'MinMaxNorm', { rate: 1.5 }, RangeError, '.rate must be a number from 0 to 1, got 1.5'],
  ...[[0, 4], [0, 0], [0.5], [2 ** 32], [0, 1, 2, 3, 0]].map((axis) => [
    'depthwiseConstraint',
    'UnitNorm',
    { axis },
    RangeError,
    `.axis must name axes of a tensor of rank 4, from -4 to 3 and each once, got [${axis}]`,
  ]),
  [
    'biasConstraint',
    'UnitNorm',
    { axis: 1 },
    RangeError,
    '.axis must name axes of a tensor of rank 1, from -1 to 0 and each once, got [1]',
  ],
  ['biasConstraint', 'UnitNorm', { axis: ['0'] }, TypeError, ".axis must be a number, got '0'"],
  ['biasConstraint', 'NonNeg', { axis: 0 }, TypeError, ".config must have no fields but none; got 'axis'"],
];

test('config: wrong fields of initializers, regularizers and constraints', () => {
  for (const [name, className, config, ErrorType, text] of WRONG_PARTS) {
    refusesArguments({ [name]: { className, config } }, ErrorType, name + text);
  }
});

test('config: no object, no kernelSize, another layer', () => {
  for (const [config, got] of [
    [undefined, 'undefined'],
    [null, 'null'],
    ['linear', "'linear'"],
    [[{ kernelSize: 2 }], '[an object]'],
    [() => 2, 'a function'],
  ]) {
    refuses(() => new dw.DepthwiseConv2D(config), TypeError, `config must be an object, got ${got}`);
    refuses(() => dw.DepthwiseConv2D.fromConfig(config), TypeError, `config must be an object, got ${got}`);
  }
  const text = 'kernelSize must be given, a whole number or two of them [height, width], got none';
  for (const config of [{}, { kernelSize: null }, new Map([['kernelSize', 2]]), Object.create({ kernelSize: 2 })]) {
    refuses(() => new dw.DepthwiseConv2D(config), TypeError, text);
  }
  const must = "config must be that of a layer { className: 'DepthwiseConv2D', config: { … } }, got className ";
  for (const [config, got] of [
    [{ className: 'Conv2D', config: { kernelSize: 2 } }, "'Conv2D' with a config"],
    [{ class_name: 'DepthwiseConv2D' }, "'DepthwiseConv2D' with no config"],
    [{ getClassName: () => 'Conv2D', getConfig: () => ({}) }, "'Conv2D' with a config"],
  ]) {
    refuses(() => dw.DepthwiseConv2D.fromConfig(config), TypeError, must + got);
  }
});

test('config: cyclic, deep and endless values', () => {
  const deepError = 'config must have lists and objects at most 16 deep, got deeper ones';
  const manyError = 'config must have at most 512 values, got more';
  const object = { kernelSize: 2 };
  object.activation = { className: 'relu', config: object };
  const list = [];
  list.push(list);
  const endless = { getClassName: () => 'Relu', getConfig: () => ({ ...endless }) };
  let deep = 2;
  for (let i = 0; i < 100_000; ++i) deep = i % 2 ? [deep] : { deep };
  for (const config of [object, { kernelSize: list }, endless, { strides: deep }]) {
    refuses(() => new dw.DepthwiseConv2D(config), RangeError, deepError);
  }
  const wide = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`k${i}`, i]));
  for (const changes of [{ strides: Array(4e9) }, wide, { activation: wide }]) {
    refuses(() => make(changes), RangeError, manyError);
  }
  refuses(() => make({ name: 'n'.repeat(1e8) }), TypeError, /name must be a text of at most 100 bytes, got 'n+…'$/);
});

test('config: getters and proxies are read once, and what they throw passes', () => {
  class OwnError extends Error {}
  const fail = () => {
    throw new OwnError('from within');
  };
  const late = Object.defineProperty([1, 1], 1, { get: fail });
  for (const config of [
    Object.defineProperty({ kernelSize: 2 }, 'strides', { get: fail, enumerable: true }),
    new Proxy({ kernelSize: 2 }, { ownKeys: fail }),
    { kernelSize: 2, strides: late },
    { kernelSize: 2, activation: { getClassName: () => 'Relu', getConfig: fail } },
    { kernelSize: 2, weights: [{ data: new Float32Array(1), shape: late }] },
  ]) {
    refuses(() => new dw.DepthwiseConv2D(config), OwnError, /^from within$/);
  }
  for (const call of [() => built.build(late), () => built.setWeights([{ data: x.data, shape: late }])]) {
    refuses(call, OwnError, /^from within$/);
  }
  const read = [];
  const config = {};
  for (const [name, value] of Object.entries({ kernelSize: [3, 2], useBias: false, name: 'once' })) {
    Object.defineProperty(config, name, { get: () => (read.push(name), useLayers(), value), enumerable: true });
  }
  const layer = new dw.DepthwiseConv2D(config);
  assert.deepEqual(read, ['kernelSize', 'useBias', 'name']);
  assert.equal(layer.name, 'once');
  layer.dispose();
});

/** Uses another layer in every way. */
function useLayers() {
  const layer = make({ activation: 'softmax', name: 'within' });
  dw.tidy(() => {
    const { shape } = layer.call(x, { training: true });
    layer.backward(valuesFor(shape));
    layer.setWeights(layer.getWeights());
  });
  assert.throws(() => make({ padding: 'causal' }), /padding must be/);
  layer.dispose();
  assertUnchanged();
}

test('calls within the reading of a call, and a layer that ends in it', () => {
  const using = (list) => new Proxy(list, { get: (target, key) => (useLayers(), Reflect.get(target, key)) });
  assert.deepEqual(built.computeOutputShape(using([2, 6, 7, 2])), [2, 5, 5, 4]);
  dw.tidy(() => assert.deepEqual(built.call({ data: x.data, shape: using(x.shape) }).data, built.call(x).data));
  for (const use of [
    (layer, value) => layer.call(value),
    (layer, value) => layer.setWeights([value, valuesFor([2])]),
    (layer, value) => layer.backward(value),
    (layer, value) => layer.build(value.shape),
    (layer, value) => layer.computeOutputShape(value.shape),
  ]) {
    const layer = make();
    layer.build([1, 4, 5, 2]);
    const ending = new Proxy([1, 4, 5, 2], { get: (target, key) => (layer.dispose(), Reflect.get(target, key)) });
    refuses(() => use(layer, { data: x.data, shape: ending }), TypeError, 'the layer is disposed');
  }
});

test('properties that are added to all objects are no arguments', () => {
  // Not enumerable: Embind itself would read enumerable ones.
  const added = {
    training: true,
    batchInputShape: [1, 4, 5, 2],
    strides: 3,
    weights: [],
    mode: 'fanOut',
    type: 'ndarray',
  };
  for (const [key, value] of Object.entries(added)) {
    Object.defineProperty(Object.prototype, key, { value, configurable: true });
  }
  try {
    refuses(() => new dw.DepthwiseConv2D({}), TypeError, /kernelSize must be given/);
    const layer = make();
    assert.deepEqual(layer.getConfig().strides, [1, 1]);
    refuses(() => layer.build(), TypeError, 'inputShape must be an array of numbers and nulls, got undefined');
    const y = layer.call(x);
    refuses(() => layer.backward(y), TypeError, /backward must follow a call with training/);
    y.dispose();
    layer.dispose();
  } finally {
    for (const key of Object.keys(added)) delete Object.prototype[key];
  }
});

// ---- Shapes, tensors and weights ----

const SHAPE_KIND = 'inputShape must be an array of numbers and nulls, got ';
const FOUR = 'must have 4 dimensions [batch, height, width, inChannels], got ';
const SIZES = 'must have whole sizes [batch, height, width, inChannels] of at least 1 (batch: at least 0), got ';
const WRONG_SHAPES = [
  ['1,4,5,2', TypeError, `${SHAPE_KIND}'1,4,5,2'`],
  [{ length: 4 }, TypeError, `${SHAPE_KIND}an object`],
  [[undefined, 4, 5, 2n], TypeError, `${SHAPE_KIND}[undefined,4,5,2n]`],
  [[4, 5, 2], RangeError, `inputShape ${FOUR}[4,5,2]`],
  [Array(1e6).fill(1), RangeError, `inputShape ${FOUR}[1,1,1,1,1,1,1,1,…]`],
  [[null, 4, 5, 2.5], RangeError, `inputShape ${SIZES}[null,4,5,2.5]`],
  [[-1, 4, 5, 2], RangeError, `inputShape ${SIZES}[-1,4,5,2]`],
  [[1, NaN, 5, 2], RangeError, `inputShape ${SIZES}[1,NaN,5,2]`],
  [[1, 4, 5, 0], RangeError, `inputShape ${SIZES}[1,4,5,0]`],
  [
    [null, 4, 5, null],
    RangeError,
    'inputShape must have a known number of channels, its dimension 3, got [null,4,5,null]',
  ],
  [
    [null, 1, 5, 2],
    RangeError,
    "kernelSize must not be larger than the padded input: its height is 2, the padded input's 1",
  ],
  [
    [null, 2 ** 16, 2 ** 16, 2],
    RangeError,
    'inputShape must have at most 1073741824 elements (4 GiB), got [null,65536,65536,2]',
  ],
];

test('shapes: build and computeOutputShape refuse wrong ones, and the layer can be built afterwards', () => {
  const layer = make();
  for (const [shape, ErrorType, text] of WRONG_SHAPES) {
    for (const call of [() => layer.build(shape), () => layer.computeOutputShape(shape), () => built.build(shape)]) {
      refuses(call, ErrorType, text);
    }
    assert.equal(layer.built, false);
  }
  refuses(() => layer.build(), TypeError, `${SHAPE_KIND}undefined`);
  const first = make({ dataFormat: 'channelsFirst', batchInputShape: [1, null, 4, 5] });
  const unknown = 'inputShape must have a known number of channels, its dimension 1, got [1,null,4,5]';
  refuses(() => first.build(), RangeError, unknown);
  refuses(
    () => first.build([1, 2, 4]),
    RangeError,
    'inputShape must have 4 dimensions [batch, inChannels, height, width], got [1,2,4]',
  );
  layer.build([1, 4, 5, 2]);
  assert.deepEqual(layer.weights[0].shape, [2, 2, 2, 1]);
  for (const each of [layer, first]) each.dispose();
});

test('shapes: an x that cannot be convolved or has other channels does not build a layer', () => {
  const layer = make();
  for (const [shape, text] of [
    [[4, 5, 2], `x ${FOUR}[4,5,2]`],
    [[1, 0, 5, 2], `x ${SIZES}[1,0,5,2]`],
    [[1, 4, 1, 2], /kernelSize must not be larger than the padded input: its width is/],
  ]) {
    refuses(() => built.call(valuesFor(shape)), RangeError, text);
    refuses(() => layer.call(valuesFor(shape)), RangeError, text);
    assert.equal(layer.built, false);
  }
  const other = 'must have the 2 channels that the layer was built for, got [1,4,5,3]';
  refuses(() => built.call(valuesFor([1, 4, 5, 3]), { training: true }), RangeError, `x ${other}`);
  refuses(() => built.build([1, 4, 5, 3]), RangeError, `inputShape ${other}`);
  layer.dispose();
});

test('tensors: wrong kinds of x, dy and weights', async () => {
  const disposed = dw.tensor(new Float32Array(1), [1]);
  disposed.dispose();
  const foreign = (await loadAnotherModule()).tensor(new Float32Array(40), [1, 4, 5, 2]);
  for (const [name, take] of [
    ['x', (value) => built.call(value)],
    ['dy', (value) => built.backward(value)],
    ['weights[1]', (value) => built.setWeights([KERNEL, value])],
    ['weights[0]', (value) => make({ weights: [value] })],
  ]) {
    for (const [value, text] of [
      [undefined, ' must be a tensor or { data: Float32Array, shape }, got undefined'],
      [new Float32Array(40), ' must be a tensor or { data: Float32Array, shape }, got a Float32Array'],
      [disposed, ' must be a live tensor, got one that is disposed'],
      [foreign, " must be a tensor of this module, got another module's"],
      [{ data: [1, 2], shape: [2] }, '.data must be a Float32Array, got [1,2]'],
      [{ data: new Float32Array(2), shape: [null, 2] }, '.shape must be an array of numbers, got [null,2]'],
    ]) {
      refuses(() => take(value), TypeError, name + text);
    }
    const short = { data: new Float32Array(2), shape: [2, 3] };
    refuses(() => take(short), RangeError, `${name}.data must have 6 elements for shape [2,3], got 2`);
  }
  for (const shape of [[1, 3, 3, 2], [36]]) {
    refuses(() => built.backward(valuesFor(shape)), RangeError, `dy must have shape [1,3,3,4], got [${shape}]`);
  }
});

const TWO = 'weights must be 2 tensors, depthwise_kernel and bias, got ';
const WRONG_WEIGHTS = [
  [[], `${TWO}0`],
  [[KERNEL, BIAS, BIAS], `${TWO}3`],
  [Array(40).fill(KERNEL), `${TWO}40`],
  [[BIAS, KERNEL], 'weights.depthwise_kernel must have shape [2,3,2,2], got [4]'],
  [[valuesFor([2, 3, 2, 1]), BIAS], 'weights.depthwise_kernel must have shape [2,3,2,2], got [2,3,2,1]'],
  [[KERNEL, valuesFor([1, 4])], 'weights.bias must have shape [4], got [1,4]'],
];

test('weights: another number or other shapes, for setWeights and in a configuration', () => {
  for (const [weights, text] of WRONG_WEIGHTS) {
    refuses(() => built.setWeights(weights), RangeError, text);
    const layer = make({ kernelSize: [2, 3], depthMultiplier: 2, weights });
    refuses(() => layer.build([1, 4, 5, 2]), RangeError, text);
    refuses(() => layer.call(x), RangeError, text);
    assert.equal(layer.built, false);
    layer.dispose();
  }
  const without = make({ useBias: false, weights: [] });
  refuses(() => without.build([1, 4, 5, 2]), RangeError, 'weights must be 1 tensor, depthwise_kernel, got 0');
  without.dispose();
  for (const [weights, got] of [
    [3, '3'],
    [{ 0: KERNEL, 1: BIAS, length: 2 }, 'an object'],
    [Array(41).fill(BIAS), 'an array of 41'],
    [Array(4e9), 'an array of 4000000000'],
  ]) {
    refuses(() => built.setWeights(weights), TypeError, `weights must be an array of tensors, got ${got}`);
    refuses(() => make({ weights }), TypeError, `weights must be an array of tensors, got ${got}`);
  }
});

test('weights: an initializer that cannot fill them, unless they are given or there is no bias', () => {
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
    layer.dispose();
  }
  const weights = [valuesFor([2, 2, 2, 1]), valuesFor([2])];
  for (const changes of [{ useBias: false }, { weights }]) {
    const layer = make({ biasInitializer: 'orthogonal', ...changes });
    layer.build([1, 4, 5, 2]);
    layer.dispose();
  }
});

// ---- The order of calls ----

test('order: functions that need weights, before build', () => {
  const layer = make();
  for (const call of [
    () => layer.countParams(),
    () => layer.losses(),
    () => layer.applyConstraints(),
    () => layer.setWeights([]),
    () => layer.backward(x),
  ]) {
    refuses(call, TypeError, 'build must come first, got none yet');
  }
  assert.deepEqual(layer.getWeights(), []);
  layer.dispose();
});

test('order: backward without a training call, or after a change of the weights or of trainable', () => {
  const layer = make({ useBias: false });
  layer.build([1, 4, 5, 2]);
  const dy = valuesFor([1, 3, 4, 2]);
  const text = 'backward must follow a call with training and come before weights change';
  layer.call(x).dispose();
  refuses(() => layer.backward(dy), TypeError, text);
  for (const change of [
    () => layer.setWeights([valuesFor([2, 2, 2, 1])]),
    () => layer.applyConstraints(),
    () => (layer.trainable = !layer.trainable),
  ]) {
    layer.call(x, { training: true }).dispose();
    change();
    refuses(() => layer.backward(dy), TypeError, text);
  }
  layer.dispose();
});

test('options of call, and trainable', () => {
  for (const [options, text] of [
    [null, 'options must be { training }, got null'],
    ['training', "options must be { training }, got 'training'"],
    [{ trainning: true }, "options must be { training } and nothing else, got 'trainning'"],
    [{ training: 1 }, 'training must be true or false, got 1'],
    [{ training: null }, 'training must be true or false, got null'],
  ]) {
    refuses(() => built.call(x, options), TypeError, text);
  }
  for (const options of [undefined, {}, { training: undefined }]) built.call(x, options).dispose();
  refuses(() => (built.trainable = undefined), TypeError, 'trainable must be true or false, got undefined');
  assert.equal(built.trainable, true);
});

test('a disposed layer refuses everything but dispose', () => {
  const layer = make({ inputShape: [4, 5, 2] });
  layer.build();
  const [kernel] = layer.weights;
  layer.dispose();
  for (const call of [
    () => layer.name,
    () => layer.trainable,
    () => (layer.trainable = false),
    () => layer.built,
    () => layer.weights,
    () => layer.build(),
    () => layer.call(x),
    () => layer.backward(x),
    () => layer.losses(),
    () => layer.applyConstraints(),
    () => layer.computeOutputShape([1, 4, 5, 2]),
    () => layer.countParams(),
    () => layer.getWeights(),
    () => layer.setWeights([]),
    () => layer.getConfig(),
    () => JSON.stringify(layer),
    () => dw.DepthwiseConv2D.fromConfig(layer),
  ]) {
    refuses(call, TypeError, 'the layer is disposed');
  }
  refuses(() => kernel.data, TypeError, /^Error in data: the layer of this depthwise_kernel is disposed$/);
  assert.equal(layer.isDisposed, true);
  assert.equal(layer.getClassName(), 'DepthwiseConv2D');
  layer.dispose();
});
