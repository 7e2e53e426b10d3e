// Configurations that are no plain data: what JSON does not have, objects without end, and objects whose getters do something. A layer
// that stands by keeps its weights and works (support/layer-witness.js).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { makeWitness, valuesFor } from './support/layer-witness.js';

const dw = await load();
const { layer: built, x, refuses, assertUnchanged } = makeWitness(dw);

const make = (changes) => new dw.DepthwiseConv2D({ kernelSize: 2, ...changes });

const ARGUMENTS =
  'kernelSize depthMultiplier strides padding dataFormat dilationRate activation useBias depthwiseInitializer biasInitializer ' +
  'depthwiseRegularizer biasRegularizer activityRegularizer depthwiseConstraint biasConstraint inputShape batchInputShape ' +
  'batchSize dtype name trainable weights groups';

class Own {
  constructor() {
    this.kernelSize = 2;
  }
}

/** Values that JSON does not have, and what an error calls those that are no objects. */
const NOT_JSON = [
  [() => 2, 'a function'],
  [class Two {}, 'a function'],
  [2n, '2n'],
  [Symbol('two'), 'Symbol(two)'],
  [new Int32Array([2, 2]), 'an Int32Array'],
  [new DataView(new ArrayBuffer(8)), 'a DataView'],
  [new Date(0)],
  [new Map([['className', 'Zeros']])],
  [new Set([2])],
  [/2/],
  [new Number(2)],
  [new Boolean(true)],
  [new String('relu')],
  [Promise.resolve(2)],
  [new Own()],
];

for (const name of ARGUMENTS.split(' ')) {
  test(`${name} of values that JSON does not have is refused`, () => {
    for (const [value, got] of NOT_JSON) {
      const shown = got?.replace(/[()]/g, '\\$&') ?? 'an? \\w+';
      refuses(
        () => make({ [name]: value }),
        TypeError,
        new RegExp(`^Error in DepthwiseConv2D: ${name} must be .*, got ${shown}$`),
      );
    }
  });
}

test('fields of values that JSON does not have are refused', () => {
  for (const [value] of NOT_JSON) {
    const config = { value };
    const number = /^Error in DepthwiseConv2D: biasInitializer\.value must be a number, got /;
    refuses(() => make({ biasInitializer: { className: 'Constant', config } }), TypeError, number);
    const name = /^Error in DepthwiseConv2D: biasInitializer(\.className)? must be /;
    refuses(() => make({ biasInitializer: { className: value } }), TypeError, name);
  }
});

test('an error names a value that JSON does not have as what it is', () => {
  const text = 'kernelSize must be a whole number from 1 to 1073741824, or two of them [height, width], got ';
  for (const [value, got] of NOT_JSON.filter(([, got]) => got)) {
    refuses(() => make({ kernelSize: value }), TypeError, text + got);
    refuses(() => new dw.DepthwiseConv2D(value), TypeError, `config must be an object, got ${got}`);
  }
});

test('a config that is missing is told to be', () => {
  for (const make of [() => new dw.DepthwiseConv2D(), () => dw.DepthwiseConv2D.fromConfig()]) {
    refuses(make, TypeError, 'config must be an object, got undefined');
  }
});

test('a config of a class, a Map or a Date has only the arguments that it holds itself', () => {
  for (const config of [new Own(), Object.assign(Object.create(null), new Own())]) {
    const layer = new dw.DepthwiseConv2D(config);
    assert.deepEqual(layer.getConfig().kernelSize, [2, 2]);
    layer.dispose();
  }
  const text = 'kernelSize must be given, a whole number or two of them [height, width], got none';
  for (const config of [new Map([['kernelSize', 2]]), new Date(), Object.create({ kernelSize: 2 }), new WeakMap()]) {
    refuses(() => new dw.DepthwiseConv2D(config), TypeError, text);
  }
});

const TOO_DEEP = 'config must have lists and objects at most 16 deep, got deeper ones';
const TOO_MANY = 'config must have at most 512 values, got more';
const TOO_MUCH_TEXT = 'config must have at most 8192 bytes of text, got more';

test('a config within itself is refused', () => {
  const object = { kernelSize: 2 };
  object.activation = { className: 'relu', config: object };
  const list = [];
  list.push(list);
  const tfjs = { getClassName: () => 'Relu', getConfig: () => tfjs };
  const everNew = { getClassName: () => 'Relu', getConfig: () => ({ ...everNew }) };
  for (const config of [object, { kernelSize: list }, { kernelSize: 2, activation: tfjs }, everNew]) {
    refuses(() => new dw.DepthwiseConv2D(config), RangeError, TOO_DEEP);
  }
});

test('a config that is too deep or too large is refused, however large it is', () => {
  let deep = 2;
  for (let i = 0; i < 100_000; ++i) deep = i % 2 ? [deep] : { deep };
  const wide = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`k${i}`, i]));
  for (const [changes, text] of [
    [{ strides: deep }, TOO_DEEP],
    [{ strides: Array(600).fill(1) }, TOO_MANY],
    [{ strides: Array(1e7).fill(1) }, TOO_MANY],
    [{ strides: Array(4e9) }, TOO_MANY],
    [wide, TOO_MANY],
    [{ activation: wide }, TOO_MANY],
    [{ name: 'n'.repeat(8193) }, TOO_MUCH_TEXT],
    [{ name: 'n'.repeat(1e8) }, TOO_MUCH_TEXT],
    [{ name: '€'.repeat(1e6) }, TOO_MUCH_TEXT],
    [{ activation: '\u{1f40d}'.repeat(2048) + 'x' }, TOO_MUCH_TEXT],
    [{ ['k'.repeat(1e7)]: 1 }, TOO_MUCH_TEXT],
  ]) {
    refuses(() => make(changes), RangeError, text);
  }
});

test('names that are no letters of ASCII or very long are refused as any other', () => {
  for (const name of ['relü', '\u{1f40d}', '\0', '\ud800', "relu'", 'relu\0', '', ' relu', 'x'.repeat(8000)]) {
    refuses(
      () => make({ activation: name }),
      TypeError,
      /^Error in DepthwiseConv2D: activation must be 'elu', .* got '/,
    );
  }
});

test('a long value is cut between two letters', () => {
  refuses(() => make({ padding: `x${'é'.repeat(100)}` }), TypeError, /^[^\ufffd]*got 'x(é)+…'$/);
});

test('keys that objects inherit are keys like any other', () => {
  const parse = (text) => JSON.parse(text);
  const config = new RegExp(
    `^Error in DepthwiseConv2D: config must have no fields but ${ARGUMENTS.replaceAll(' ', ', ')}; got '`,
  );
  for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    refuses(() => new dw.DepthwiseConv2D(parse(`{"kernelSize": 2, "${key}": {"kernelSize": 3}}`)), TypeError, config);
    const inner = parse(`{"className": "Zeros", "config": {"${key}": {"value": 1}}}`);
    const text = `biasInitializer.config must have no fields but dtype; got '${key}'`;
    refuses(() => make({ biasInitializer: inner }), TypeError, text);
  }
  assert.equal({}.kernelSize, undefined);
  const inherits = new dw.DepthwiseConv2D({ kernelSize: 2, __proto__: { strides: 2, weights: 3 } });
  assert.deepEqual(inherits.getConfig().strides, [1, 1]);
  inherits.dispose();
});

test('what a getter, a proxy or getConfig throws passes, and leaves nothing', () => {
  class OwnError extends Error {}
  const fail = () => {
    throw new OwnError('from within');
  };
  const late = Object.defineProperty([1, 1], 1, { get: fail });
  const configs = [
    Object.defineProperty({ kernelSize: 2 }, 'strides', { get: fail, enumerable: true }),
    Object.defineProperty({ kernelSize: 2 }, 'weights', { get: fail, enumerable: true }),
    Object.defineProperty({ kernelSize: 2, weights: [] }, 'name', { get: fail, enumerable: true }),
    new Proxy({ kernelSize: 2 }, { ownKeys: fail }),
    { kernelSize: 2, strides: late },
    { kernelSize: 2, activation: { getClassName: fail, getConfig: () => ({}) } },
    { kernelSize: 2, activation: { getClassName: () => 'Relu', getConfig: fail } },
    { kernelSize: 2, weights: [{ data: new Float32Array(1), shape: late }] },
    { kernelSize: 2, weights: [Object.defineProperty({ shape: [1] }, 'data', { get: fail })] },
  ];
  for (const config of configs) refuses(() => new dw.DepthwiseConv2D(config), OwnError, /^from within$/);
  const throwing = Object.defineProperty({ shape: [1, 4, 5, 2] }, 'data', { get: fail });
  for (const call of [
    () => built.call(throwing),
    () => built.call(x, Object.defineProperty({}, 'training', { get: fail })),
    () => built.backward(throwing),
    () => built.setWeights([throwing, throwing]),
    () => built.build(late),
    () => built.computeOutputShape(late),
  ]) {
    refuses(call, OwnError, /^from within$/);
  }
});

test('each argument is read once', () => {
  const read = [];
  const arguments_ = { kernelSize: [3, 2], strides: 2, name: 'once', activation: 'relu', useBias: false };
  const config = {};
  for (const [name, value] of Object.entries(arguments_)) {
    Object.defineProperty(config, name, { get: () => (read.push(name), value), enumerable: true });
  }
  const layer = new dw.DepthwiseConv2D(config);
  assert.deepEqual(read, Object.keys(arguments_));
  assert.equal(layer.name, 'once');
  layer.dispose();
});

/** Uses a layer of its own in every way, and the one that stands by. */
function useLayers() {
  const layer = make({ kernelSize: [3, 1], activation: 'softmax', name: 'within', biasInitializer: 'ones' });
  dw.tidy(() => {
    const { shape } = layer.call(valuesFor([2, 4, 4, 3]), { training: true });
    layer.backward(valuesFor(shape));
    layer.setWeights(layer.getWeights());
    layer.computeOutputShape([7, 8, 9, 3]);
    dw.depthwiseConv2d(valuesFor([1, 5, 5, 1]), valuesFor([2, 2, 1, 1]));
  });
  assert.equal(layer.getConfig().name, 'within');
  assert.throws(() => make({ padding: 'causal' }), /padding must be/);
  layer.dispose();
  assertUnchanged();
}

const CONFIG = {
  kernelSize: [2, 3],
  padding: 'same',
  activation: 'hardSigmoid',
  depthwiseInitializer: { className: 'RandomUniform', config: { minval: -1, maxval: 1, seed: 5 } },
  name: 'outer',
  weights: [valuesFor([2, 3, 2, 1]), valuesFor([2])],
};

test('a getter that uses layers while a configuration is read does not disturb it', () => {
  const expected = new dw.DepthwiseConv2D(CONFIG);
  const config = {};
  for (const [name, value] of Object.entries(CONFIG)) {
    const get = () => (useLayers(), value);
    Object.defineProperty(config, name, { get, enumerable: true });
  }
  const initializer = {
    getClassName: () => (useLayers(), 'RandomUniform'),
    getConfig: () => (useLayers(), CONFIG.depthwiseInitializer.config),
  };
  for (const given of [config, { ...CONFIG, depthwiseInitializer: initializer }]) {
    const layer = new dw.DepthwiseConv2D(given);
    assert.deepEqual(layer.getConfig(), expected.getConfig());
    layer.build([1, 4, 4, 2]);
    assert.deepEqual(layer.weights[0].data, CONFIG.weights[0].data);
    layer.dispose();
  }
  expected.dispose();
});

/** A list each of whose entries uses layers when it is read. */
const using = (list) => new Proxy(list, { get: (target, key) => (useLayers(), Reflect.get(target, key)) });

test('a call of a layer within the reading of another call does not disturb it', () => {
  const layer = make({ kernelSize: [2, 3], depthMultiplier: 2 });
  layer.build(using([1, 4, 5, 2]));
  assert.deepEqual(layer.weights[0].shape, [2, 3, 2, 2]);
  const given = (tensor) => ({ data: tensor.data, shape: using(tensor.shape) });
  const weights = [valuesFor([2, 3, 2, 2]), valuesFor([4])];
  layer.setWeights(using(weights.map(given)));
  assert.deepEqual(layer.weights[0].data, weights[0].data);
  assert.deepEqual(layer.weights[1].data, weights[1].data);
  dw.tidy(() => {
    const y = layer.call(given(x), { training: true });
    assert.deepEqual(y.data, layer.call(x).data);
    const dy = valuesFor(y.shape);
    assert.deepEqual(layer.backward(given(dy)).dx.data, layer.backward(dy).dx.data);
  });
  layer.dispose();
});

test('a call of a layer within the reading of a shape does not disturb its output shape', () => {
  assert.deepEqual(built.computeOutputShape(using([2, 6, 7, 2])), [2, 5, 5, 4]);
});

test('a layer that is disposed of while a call is read refuses the call', () => {
  const text = 'the layer is disposed';
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
    refuses(() => use(layer, { data: x.data, shape: ending }), TypeError, text);
  }
});

/** Values whose buffer is transferred away when their shape is read, which is after the values. */
function leaving({ data, shape }) {
  const copy = data.slice();
  const leave = () => copy.buffer.byteLength && structuredClone(copy.buffer, { transfer: [copy.buffer] });
  return { data: copy, shape: new Proxy(shape, { get: (target, key) => (leave(), Reflect.get(target, key)) }) };
}

test('data that go away while a call is read are refused', () => {
  const change = (name) => `${name}.data must not change during the call`;
  refuses(() => built.call(leaving(x)), TypeError, change('x'));
  refuses(() => built.backward(leaving(valuesFor([1, 3, 3, 4]))), TypeError, change('dy'));
  const weights = () => [valuesFor([2, 3, 2, 2]), leaving(valuesFor([4]))];
  refuses(() => built.setWeights(weights()), TypeError, change('weights[1]'));
});

test('data that go away while a configuration is read are refused', () => {
  const weights = [valuesFor([2, 2, 2, 1]), leaving(valuesFor([2]))];
  refuses(() => make({ weights }), TypeError, 'weights[1].data must not change during the call');
});

test('an array of weights whose iterator gives more than its length is read to its length', () => {
  const many = [valuesFor([2, 3, 2, 2])];
  many[Symbol.iterator] = function* () {
    for (;;) yield many[0];
  };
  const text = 'weights must be 2 tensors, depthwise_kernel and bias, got 1';
  refuses(() => built.setWeights(many), RangeError, text);
  const layer = make({ weights: many });
  refuses(() => layer.build([1, 4, 5, 2]), RangeError, text);
  layer.dispose();
});

test('what is put into the prototype of all objects is not read', () => {
  const polluted = {
    training: true,
    batchInputShape: [1, 4, 5, 2],
    strides: 3,
    weights: [],
    kernelSize: 3,
    config: {},
  };
  Object.assign(Object.prototype, polluted);
  try {
    refuses(() => new dw.DepthwiseConv2D({}), TypeError, /kernelSize must be given/);
    const layer = make();
    assert.deepEqual(layer.getConfig().strides, [1, 1]);
    refuses(() => layer.build(), TypeError, 'inputShape must be an array of numbers and nulls, got undefined');
    const y = layer.call(x);
    refuses(() => layer.backward(y), TypeError, /^Error in DepthwiseConv2D: backward must follow a call with training/);
    y.dispose();
    layer.dispose();
  } finally {
    for (const key of Object.keys(polluted)) delete Object.prototype[key];
  }
});

test('a configuration puts nothing into the prototype of all objects', () => {
  const text = '{"__proto__":{"polluted":1},"kernelSize":2,"constructor":{"prototype":{"polluted":1}}}';
  refuses(() => dw.DepthwiseConv2D.fromConfig(JSON.parse(text)), TypeError, /got '__proto__'$/);
  const layer = dw.DepthwiseConv2D.fromConfig({ kernelSize: 2, name: '__proto__' });
  assert.equal(Object.getPrototypeOf(layer.getConfig()), Object.prototype);
  assert.equal(layer.getConfig().name, '__proto__');
  layer.dispose();
  assert.equal({}.polluted, undefined);
});

test('an argument that is something else when it is read again is what it was', () => {
  let reads = 0;
  const entry = {
    className: 'DepthwiseConv2D',
    get config() {
      return reads++ ? { kernelSize: 2 } : { kernelSize: 2, weights: [valuesFor([2, 2, 2, 1]), valuesFor([2])] };
    },
  };
  const layer = dw.DepthwiseConv2D.fromConfig(entry);
  layer.build([1, 4, 5, 2]);
  assert.deepEqual(layer.weights[1].data, valuesFor([2]).data);
  layer.dispose();
  const changing = { getConfig: () => ({}) };
  const get = () => (reads++ ? undefined : () => 'Ones');
  Object.defineProperty(changing, 'getClassName', { get });
  reads = 0;
  const another = make({ biasInitializer: changing });
  assert.equal(another.getConfig().biasInitializer.className, 'Ones');
  another.dispose();
});
