// A configuration of the layer that is not what it should be. Each error names the argument, what came and what is allowed; nothing is
// left in memory, and a layer that stands by keeps its weights and works (support/layer-witness.js).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { makeWitness } from './support/layer-witness.js';

const dw = await load();
const { refuses } = makeWitness(dw);

/** That a layer with these arguments is refused, and that fromConfig refuses it for the same reason. */
function refusesArguments(changes, ErrorType, text) {
  refuses(() => new dw.DepthwiseConv2D({ kernelSize: 2, ...changes }), ErrorType, text);
  refuses(() => dw.DepthwiseConv2D.fromConfig({ kernelSize: 2, ...changes }), ErrorType, text);
}

const ARGUMENTS = [
  'kernelSize',
  'depthMultiplier',
  'strides',
  'padding',
  'dataFormat',
  'dilationRate',
  'activation',
  'useBias',
  'depthwiseInitializer',
  'biasInitializer',
  'depthwiseRegularizer',
  'biasRegularizer',
  'activityRegularizer',
  'depthwiseConstraint',
  'biasConstraint',
  'inputShape',
  'batchInputShape',
  'batchSize',
  'dtype',
  'name',
  'trainable',
  'weights',
  'groups',
];

const ACTIVATIONS =
  "'elu', 'gelu', 'gelu_new', 'hardSigmoid', 'linear', 'logSoftmax', 'mish', 'relu', 'relu6', 'selu', 'sigmoid', 'softmax', " +
  "'softplus', 'softsign', 'swish' or 'tanh'";
const INITIALIZERS =
  "'constant', 'glorotNormal', 'glorotUniform', 'heNormal', 'heUniform', 'identity', 'leCunNormal', 'leCunUniform', 'ones', " +
  "'orthogonal', 'randomNormal', 'randomUniform', 'truncatedNormal', 'varianceScaling' or 'zeros'";
const REGULARIZERS = "'l1', 'l2' or 'l1l2'";
const CONSTRAINTS = "'maxNorm', 'minMaxNorm', 'nonNeg' or 'unitNorm'";

for (const [name, known, names] of [
  ['activation', 'relu', ACTIVATIONS],
  ['depthwiseInitializer', 'zeros', INITIALIZERS],
  ['biasInitializer', 'ones', INITIALIZERS],
  ['depthwiseRegularizer', 'l1', REGULARIZERS],
  ['biasRegularizer', 'l2', REGULARIZERS],
  ['activityRegularizer', 'l1l2', REGULARIZERS],
  ['depthwiseConstraint', 'nonNeg', CONSTRAINTS],
  ['biasConstraint', 'unitNorm', CONSTRAINTS],
]) {
  test(`an unknown ${name} is refused with a list of those that are known, however it is given`, () => {
    for (const unknown of [
      'causal',
      'ReLU',
      'relU',
      'glorot',
      'Glorot_Uniform',
      'l3',
      'max_Norm',
      '2',
      'toString',
      '__proto__',
    ]) {
      const text = `${name} must be ${names}, got '${unknown}'`;
      refusesArguments({ [name]: unknown }, TypeError, text);
      refusesArguments({ [name]: { className: unknown, config: {} } }, TypeError, text);
      refusesArguments({ [name]: { class_name: unknown } }, TypeError, text);
      const object = { getClassName: () => unknown, getConfig: () => ({}) };
      refusesArguments({ [name]: object }, TypeError, text);
    }
  });

  test(`${name} must be a name or an object that has one`, () => {
    const kind = `${name} must be a name or { className, config }, got `;
    for (const [value, got] of [
      [0, '0'],
      [true, 'true'],
      [{}, 'an object'],
      [{ config: {} }, 'an object'],
      [['relu'], "['relu']"],
      [[], '[]'],
    ]) {
      refusesArguments({ [name]: value }, TypeError, kind + got);
    }
    for (const [className, got] of [
      [3, '3'],
      [null, 'null'],
      ['', "''"],
      [['l1'], "['l1']"],
    ]) {
      refusesArguments({ [name]: { className } }, TypeError, `${name}.className must be a name, got ${got}`);
    }
    const config = (value, got) =>
      refusesArguments(
        { [name]: { className: known, config: value } },
        TypeError,
        `${name}.config must be an object, got ${got}`,
      );
    config(3, '3');
    config('x', "'x'");
    config([1], '[1]');
    const fields = `${name} must have no fields but className, config, `;
    refusesArguments(
      { [name]: { className: known, confg: {} } },
      TypeError,
      new RegExp(`^Error in DepthwiseConv2D: ${fields}.*; got 'confg'$`),
    );
    const twice = `${name} must have each field once, got className twice`;
    refusesArguments({ [name]: { className: known, class_name: known } }, TypeError, twice);
  });
}

test('an argument that this layer does not have is refused with a list of those that it has', () => {
  const text = `config must have no fields but ${ARGUMENTS.join(', ')}; got '`;
  for (const name of ['kernelInitializer', 'kernel_initializer', 'filters', 'rank', 'KernelSize', 'stride', '']) {
    for (const value of [null, 'zeros', 3]) refusesArguments({ [name]: value }, TypeError, `${text}${name}'`);
  }
  refusesArguments({ ['k'.repeat(1000)]: 1 }, TypeError, `${text}${'k'.repeat(40)}'`);
});

test('an argument in both spellings is refused', () => {
  refusesArguments({ kernel_size: 2 }, TypeError, 'config must have each field once, got kernelSize twice');
  const both = { useBias: true, use_bias: true };
  refusesArguments(both, TypeError, 'config must have each field once, got useBias twice');
  refusesArguments({ useBias: true, use_bias: null }, TypeError, 'config must have each field once, got useBias twice');
});

test('an argument that is undefined is none: it may be unknown, or there in the other spelling', () => {
  const config = { kernelSize: 2, kernelInitializer: undefined, use_bias: undefined, useBias: false, name: undefined };
  const layer = new dw.DepthwiseConv2D(config);
  assert.equal(layer.getConfig().useBias, false);
  layer.dispose();
});

const STEPS = 'a whole number from 1 to 1073741824, or two of them [height, width]';
for (const name of ['kernelSize', 'strides', 'dilationRate']) {
  test(`${name} that is not one or two whole numbers of at least 1 is refused`, () => {
    for (const [value, ErrorType, got] of [
      [0, RangeError, '0'],
      [-1, RangeError, '-1'],
      [1.5, RangeError, '1.5'],
      [NaN, RangeError, 'NaN'],
      [Infinity, RangeError, 'Infinity'],
      [-Infinity, RangeError, '-Infinity'],
      [2 ** 30 + 1, RangeError, '1073741825'],
      [2 ** 32 + 1, RangeError, '4294967297'],
      [[1, 0], RangeError, '[1,0]'],
      [[NaN, 1], RangeError, '[NaN,1]'],
      [[1, 2.5], RangeError, '[1,2.5]'],
      [[], TypeError, '[]'],
      [[2], TypeError, '[2]'],
      [[1, 1, 1], TypeError, '[1,1,1]'],
      [[1, null], TypeError, '[1,null]'],
      [[[1, 1], 1], TypeError, '[a list,1]'],
      ['2', TypeError, "'2'"],
      [['1', '1'], TypeError, "['1','1']"],
      [true, TypeError, 'true'],
      [{ height: 1, width: 1 }, TypeError, 'an object'],
    ]) {
      refusesArguments({ [name]: value }, ErrorType, `${name} must be ${STEPS}, got ${got}`);
    }
  });
}

test('a layer without a kernelSize is refused', () => {
  const text = 'kernelSize must be given, a whole number or two of them [height, width], got none';
  for (const config of [{}, { kernelSize: null }, { kernelSize: undefined }, { strides: 2 }]) {
    refuses(() => new dw.DepthwiseConv2D(config), TypeError, text);
  }
});

test('strides above 1 beside dilations above 1 are refused', () => {
  const refusesBoth = (strides, dilationRate, got) => {
    const text = `strides must be 1 beside a dilationRate above 1, got ${got}`;
    refusesArguments({ strides, dilationRate }, RangeError, text);
  };
  refusesBoth(2, 2, '[2,2] beside [2,2]');
  refusesBoth([1, 2], [2, 1], '[1,2] beside [2,1]');
  refusesBoth([3, 1], 2, '[3,1] beside [2,2]');
});

test('values that an argument does not take are refused', () => {
  const names = (name, allowed, values) =>
    values.map(([value, got]) => [{ [name]: value }, TypeError, `${name} must be ${allowed}, got ${got}`]);
  const sizes3 = 'three sizes without the batch, each a whole number or null';
  const sizes4 = 'four sizes, the batch first, each a whole number or null';
  const multiplier = 'depthMultiplier must be a whole number from 1 to 1073741824, got ';
  const batch = 'batchSize must be a whole number from 0 to 1073741824, got ';
  const wrong = [
    ['x', "'x'"],
    [7, '7'],
    [[], '[]'],
    [{}, 'an object'],
  ];
  for (const [changes, ErrorType, text] of [
    ...names('padding', "'valid' or 'same'", [
      ['causal', "'causal'"],
      ['SAME', "'SAME'"],
      ['', "''"],
      [true, 'true'],
      ...wrong,
    ]),
    ...names('dataFormat', "'channelsLast' or 'channelsFirst'", [
      ['NHWC', "'NHWC'"],
      ['NCHW', "'NCHW'"],
      [false, 'false'],
      ...wrong,
    ]),
    ...names('useBias', 'true or false', [['false', "'false'"], [0, '0'], ...wrong]),
    ...names('trainable', 'true or false', [['true', "'true'"], [1, '1'], ...wrong]),
    ...names('dtype', "'float32'", [['float16', "'float16'"], ['int32', "'int32'"], [true, 'true'], ...wrong]),
    ...names('name', 'a text of at most 100 bytes', [
      [7, '7'],
      [true, 'true'],
      [[], '[]'],
      ['n'.repeat(101), `'${'n'.repeat(40)}…'`],
    ]),
    ...names('groups', '1', [[2, '2'], ...wrong]),
    ...names('inputShape', sizes3, [
      [['4', '4', '2'], "['4','4','2']"],
      [[4, 4], '[4,4]'],
      [[1, 4, 4, 2], '[1,4,4,2]'],
      [[4, 4, 0], '[4,4,0]'],
      [[4, 4.5, 2], '[4,4.5,2]'],
      [[NaN, 4, 2], '[NaN,4,2]'],
      [[Infinity, 4, 2], '[Infinity,4,2]'],
      [[true, 4, 2], '[true,4,2]'],
      [[undefined, 4, 2], '[undefined,4,2]'],
      [[2 ** 31, 4, 2], '[2147483648,4,2]'],
      ['4,4,2', "'4,4,2'"],
      [442, '442'],
    ]),
    ...names('batchInputShape', sizes4, [
      [[4, 4, 2], '[4,4,2]'],
      [['1', 4, 4, 2], "['1',4,4,2]"],
      [[1, 4, 4, 2, 1], '[1,4,4,2,1]'],
      [[1, 4, 4, 0], '[1,4,4,0]'],
      [[0.5, 4, 4, 2], '[0.5,4,4,2]'],
      [[NaN, 4, 4, 2], '[NaN,4,4,2]'],
      ...wrong,
    ]),
    [{ depthMultiplier: 0 }, RangeError, `${multiplier}0`],
    [{ depthMultiplier: -2 }, RangeError, `${multiplier}-2`],
    [{ depthMultiplier: 1.5 }, RangeError, `${multiplier}1.5`],
    [{ depthMultiplier: NaN }, RangeError, `${multiplier}NaN`],
    [{ depthMultiplier: Infinity }, RangeError, `${multiplier}Infinity`],
    [{ depthMultiplier: [2] }, TypeError, 'depthMultiplier must be a number, got [2]'],
    [{ depthMultiplier: '2' }, TypeError, "depthMultiplier must be a number, got '2'"],
    [{ inputShape: [4, 4, 2], batchSize: -1 }, RangeError, `${batch}-1`],
    [{ batchSize: NaN }, RangeError, `${batch}NaN`],
    [{ batchSize: '2' }, TypeError, "batchSize must be a number, got '2'"],
  ]) {
    refusesArguments(changes, ErrorType, text);
  }
});

test('numbers of initializers, regularizers and constraints that are not allowed are refused', () => {
  const finite = 'must be a finite float32 number';
  for (const [name, className, config, ErrorType, text] of [
    ['depthwiseInitializer', 'RandomNormal', { stddev: NaN }, RangeError, `.stddev ${finite} of at least 0, got NaN`],
    ['depthwiseInitializer', 'RandomNormal', { stddev: -1 }, RangeError, `.stddev ${finite} of at least 0, got -1`],
    ['depthwiseInitializer', 'TruncatedNormal', { mean: Infinity }, RangeError, `.mean ${finite}, got Infinity`],
    ['depthwiseInitializer', 'VarianceScaling', { scale: 0 }, RangeError, `.scale ${finite} above 0, got 0`],
    ['depthwiseInitializer', 'Orthogonal', { gain: -Infinity }, RangeError, `.gain ${finite}, got -Infinity`],
    [
      'depthwiseInitializer',
      'RandomUniform',
      { minval: 2, maxval: 1 },
      RangeError,
      '.maxval must be at least minval, 2, got 1',
    ],
    [
      'depthwiseInitializer',
      'RandomUniform',
      { seed: 0.5 },
      RangeError,
      '.seed must be a whole number of at most 53 bits, got 0.5',
    ],
    [
      'depthwiseInitializer',
      'RandomUniform',
      { seed: NaN },
      RangeError,
      '.seed must be a whole number of at most 53 bits, got NaN',
    ],
    [
      'depthwiseInitializer',
      'VarianceScaling',
      { mode: 'fan' },
      TypeError,
      ".mode must be 'fanIn', 'fanOut' or 'fanAvg', got 'fan'",
    ],
    [
      'depthwiseInitializer',
      'VarianceScaling',
      { distribution: 'cauchy' },
      TypeError,
      ".distribution must be 'normal', 'truncatedNormal', 'untruncatedNormal' or 'uniform', got 'cauchy'",
    ],
    ['biasInitializer', 'Constant', { value: 1e39 }, RangeError, `.value ${finite}, got 1e+39`],
    ['biasInitializer', 'Constant', { value: '1' }, TypeError, ".value must be a number, got '1'"],
    ['biasInitializer', 'Zeros', { value: 1 }, TypeError, ".config must have no fields but dtype; got 'value'"],
    ['depthwiseRegularizer', 'L1L2', { l1: NaN }, RangeError, `.l1 ${finite} of at least 0, got NaN`],
    ['biasRegularizer', 'L2', { l2: Infinity }, RangeError, `.l2 ${finite} of at least 0, got Infinity`],
    ['activityRegularizer', 'L1', { l1: -0.5 }, RangeError, `.l1 ${finite} of at least 0, got -0.5`],
    ['activityRegularizer', 'L1', { l2: 1 }, TypeError, ".config must have no fields but l1; got 'l2'"],
    ['depthwiseConstraint', 'MaxNorm', { maxValue: NaN }, RangeError, `.maxValue ${finite} of at least 0, got NaN`],
    ['depthwiseConstraint', 'MinMaxNorm', { minValue: 3 }, RangeError, '.minValue must be at most maxValue, 1, got 3'],
    ['depthwiseConstraint', 'MinMaxNorm', { rate: 1.5 }, RangeError, '.rate must be a number from 0 to 1, got 1.5'],
    ['depthwiseConstraint', 'MinMaxNorm', { rate: NaN }, RangeError, '.rate must be a number from 0 to 1, got NaN'],
    [
      'depthwiseConstraint',
      'UnitNorm',
      { axis: [0, 4] },
      RangeError,
      '.axis must name axes of a tensor of rank 4, from -4 to 3 and each once, got [0,4]',
    ],
    [
      'biasConstraint',
      'UnitNorm',
      { axis: 1 },
      RangeError,
      '.axis must name axes of a tensor of rank 1, from -1 to 0 and each once, got [1]',
    ],
    ['biasConstraint', 'UnitNorm', { axis: ['0'] }, TypeError, ".axis must be a number, got '0'"],
    ['biasConstraint', 'NonNeg', { axis: 0 }, TypeError, ".config must have no fields but none; got 'axis'"],
  ]) {
    refusesArguments({ [name]: { className, config } }, ErrorType, name + text);
  }
});

test('a config that is no object is refused', () => {
  for (const [config, got] of [
    [null, 'null'],
    [3, '3'],
    [NaN, 'NaN'],
    ['linear', "'linear'"],
    [true, 'true'],
    [[], '[]'],
    [[{ kernelSize: 2 }], '[an object]'],
  ]) {
    const text = `config must be an object, got ${got}`;
    refuses(() => new dw.DepthwiseConv2D(config), TypeError, text);
    refuses(() => dw.DepthwiseConv2D.fromConfig(config), TypeError, text);
  }
  assert.throws(() => dw.DepthwiseConv2D({ kernelSize: 2 }), TypeError); // no `new`
});

test('the entry of another layer is refused', () => {
  const must = "config must be that of a layer { className: 'DepthwiseConv2D', config: { … } }, got className ";
  for (const [config, text] of [
    [{ className: 'Conv2D', config: { kernelSize: 2 } }, `${must}'Conv2D' with a config`],
    [{ class_name: 'Dense', config: {} }, `${must}'Dense' with a config`],
    [{ class_name: 'DepthwiseConv2D' }, `${must}'DepthwiseConv2D' with no config`],
    [{ getClassName: () => 'Conv2D', getConfig: () => ({}) }, `${must}'Conv2D' with a config`],
  ]) {
    refuses(() => dw.DepthwiseConv2D.fromConfig(config), TypeError, text);
  }
});
