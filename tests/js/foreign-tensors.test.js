// Tensors that a call cannot take: disposed of, of another module, and their data when their owner is gone. For every function and every
// input: an error that names it, or the right result; and nothing is left.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { load } from 'depthwise-wasm';

import { freshLoad, loadAnotherModule, wasmBytes } from './support/another-module.js';
import { assertSameBits } from './support/compare.js';
import { valuesFor } from './support/layer-witness.js';
import { callsOf } from './support/refusal.js';

const dw = await load();
const other = await loadAnotherModule();

const SHAPES = { x: [2, 5, 6, 2], filter: [3, 2, 2, 2], dy: [2, 3, 5, 4], bias: [4], preluActivationWeights: [4] };
const FUSED = { bias: valuesFor([4]), preluActivationWeights: valuesFor([4]), activation: 'prelu' };
const INPUTS = {
  depthwiseConv2d: ['x', 'filter'],
  depthwiseConv2dNative: ['x', 'filter'],
  fusedDepthwiseConv2D: Object.keys(SHAPES).filter((name) => name !== 'dy'),
  depthwiseConv2dNativeBackpropInput: ['dy', 'filter'],
  depthwiseConv2dNativeBackpropFilter: ['x', 'dy'],
};

const layer = new dw.DepthwiseConv2D({ kernelSize: [3, 2], depthMultiplier: 2 });
layer.build(SHAPES.x);
layer.setWeights([valuesFor(SHAPES.filter), valuesFor([4])]);
layer.call(valuesFor(SHAPES.x), { training: true }).dispose();

/** Every function with every input that it takes, as { functionName, argument, shape, call(value) }. */
const CASES = [
  ...Object.entries(INPUTS).flatMap(([functionName, names]) =>
    names.map((argument) => ({
      ...{ functionName, argument, shape: SHAPES[argument] },
      call: (value) => callsOf(dw)[functionName]({ ...valuesOfAll(), ...FUSED, [argument]: value }),
    })),
  ),
  { functionName: 'keep', argument: 'tensor', shape: [3], call: (value) => void dw.keep(value) },
  layerCase('x', SHAPES.x, (value) => layer.call(value)),
  layerCase('dy', SHAPES.dy, (value) => Object.values(flat(layer.backward(value)))),
  layerCase('weights[0]', SHAPES.filter, (value) => void layer.setWeights([value, valuesFor([4])])),
  layerCase('weights[1]', [4], (value) => void layer.setWeights([valuesFor(SHAPES.filter), value])),
];

function layerCase(argument, shape, call) {
  const trained = (value) => {
    layer.call(valuesFor(SHAPES.x), { training: true }).dispose();
    return call(value);
  };
  return { functionName: 'DepthwiseConv2D', argument, shape, call: trained };
}

function valuesOfAll() {
  return Object.fromEntries(['x', 'filter', 'dy'].map((name) => [name, valuesFor(SHAPES[name])]));
}

function flat({ dx, gradients }) {
  return { dx, ...gradients };
}

/** Copies of what a call gives, which is disposed of. */
function bitsOf(result) {
  return [result ?? []].flat().map((tensor) => {
    const data = tensor.dataSync();
    tensor.dispose();
    return { data };
  });
}

function assertRefused({ functionName, argument, call }, value, text) {
  const { numTensors, numBytes } = dw.memory();
  assert.throws(() => call(value), {
    name: 'TypeError',
    message: `Error in ${functionName}: ${argument} must be ${text}`,
  });
  assert.deepEqual([dw.memory().numTensors, dw.memory().numBytes], [numTensors, numBytes]);
}

const tensorOf = (module, shape) => module.tensor(valuesFor(shape).data, shape);

for (const each of CASES) {
  const name = `${each.argument} of ${each.functionName}`;

  test(`${name}, disposed of`, () => {
    const tensor = tensorOf(dw, each.shape);
    tensor.dispose();
    tensor.dispose();
    assertRefused(each, tensor, 'a live tensor, got one that is disposed');
    let ended;
    dw.tidy(() => void (ended = tensorOf(dw, each.shape)));
    assertRefused(each, ended, 'a live tensor, got one that is disposed');
  });

  test(`${name}, of another module, whose data may be given`, () => {
    const tensor = tensorOf(other, each.shape);
    assertRefused(each, tensor, "a tensor of this module, got another module's");
    assert.deepEqual(tensor.dataSync(), valuesFor(each.shape).data);
    if (each.functionName !== 'keep') {
      const expected = bitsOf(each.call(valuesFor(each.shape)));
      const got = bitsOf(each.call({ data: tensor.data, shape: tensor.shape }));
      got.forEach((result, i) => assertSameBits(result, expected[i]));
    }
    tensor.dispose();
  });

  if (each.functionName === 'keep') continue;

  test(`${name}, of another realm`, () => {
    const context = createContext({ numbers: [...valuesFor(each.shape).data], sizes: [...each.shape] });
    const value = runInContext('({ data: Float32Array.from(numbers), shape: Array.from(sizes) })', context);
    const expected = bitsOf(each.call(valuesFor(each.shape)));
    bitsOf(each.call(value)).forEach((result, i) => assertSameBits(result, expected[i]));
  });
}

test('lists and objects of another realm are attributes as any others', () => {
  const call = runInContext(
    "({ strides: [2, 1], pad: [[0, 0], [1, 0], [0, 2], [0, 0]], dilations: [1, 1], dataFormat: 'NHWC' })",
    createContext(),
  );
  const inputs = { x: valuesFor(SHAPES.x), filter: valuesFor(SHAPES.filter) };
  const [got, expected] = [call, JSON.parse(JSON.stringify(call))].map((attrs) =>
    bitsOf(dw.depthwiseConv2dNative({ inputs, attrs })),
  );
  assertSameBits(got[0], expected[0]);
  const made = new dw.DepthwiseConv2D(
    runInContext('({ kernelSize: [3, 2], activation: { className: "relu", config: {} } })', createContext()),
  );
  assert.deepEqual(made.getConfig().kernelSize, [3, 2]);
  made.dispose();
});

test('a weight of a layer is taken as values, and refused when the layer is disposed of', () => {
  const own = new dw.DepthwiseConv2D({ kernelSize: [3, 2], depthMultiplier: 2 });
  own.build(SHAPES.x);
  own.setWeights([valuesFor(SHAPES.filter), valuesFor([4])]);
  const [kernel] = own.weights;
  const expected = bitsOf(dw.depthwiseConv2d(valuesFor(SHAPES.x), valuesFor(SHAPES.filter)));
  assertSameBits(bitsOf(dw.depthwiseConv2d(valuesFor(SHAPES.x), kernel))[0], expected[0]);
  layer.setWeights(own.weights);
  assertSameBits(layer.weights[0], valuesFor(SHAPES.filter));
  own.dispose();
  own.dispose();
  const message = /^TypeError: Error in data: the layer of this depthwise_kernel is disposed$/;
  const before = dw.memory();
  assert.throws(() => dw.depthwiseConv2d(valuesFor(SHAPES.x), kernel), message);
  assert.throws(() => layer.setWeights([kernel, valuesFor([4])]), message);
  assert.throws(() => layer.backward(kernel), message);
  assert.deepEqual(dw.memory(), before);
});

test('a layer calls with tensors of its own module only, and stays as it was', () => {
  const foreign = tensorOf(other, SHAPES.x);
  assert.throws(() => layer.call(foreign), /must be a tensor of this module, got another module's$/);
  const [here, there] = [dw, other].map((module) => {
    const one = new module.DepthwiseConv2D({ kernelSize: [3, 2], weights: [valuesFor([3, 2, 2, 1]), valuesFor([2])] });
    const bits = bitsOf(one.call(valuesFor(SHAPES.x)));
    one.dispose();
    return bits;
  });
  assertSameBits(here[0], there[0]);
  foreign.dispose();
});

test('a tidy of one module leaves tensors of another, also where they are returned', () => {
  const [mine, theirs] = dw.tidy(() => {
    other.tidy(() => void dw.tensor(Float32Array.of(1), [1]));
    return [dw.tensor(Float32Array.of(2), [1]), other.tensor(Float32Array.of(3), [1])];
  });
  assert.equal(dw.memory().numTensors, 1);
  assert.equal(other.memory().numTensors, 1);
  mine.dispose();
  theirs.dispose();
});

test('modules that are made of one compiled one have memories of their own', async () => {
  const wasmModule = await WebAssembly.compile(await wasmBytes());
  const modules = await Promise.all(Array.from({ length: 4 }, () => freshLoad()({ wasmModule })));
  const tensors = modules.map((module, i) => module.tensor(new Float32Array(1 << (18 + i)).fill(i), [1 << (18 + i)]));
  assert.equal(new Set(tensors.map(({ data }) => data.buffer)).size, 4);
  modules.forEach((module, i) => {
    assert.equal(module.memory().numTensors, 1);
    assert.equal(module.memory().numBytes, 4 << (18 + i));
    assert.ok(tensors[i].data.every((value) => value === i));
    assert.throws(
      () => modules[(i + 1) % 4].keep(tensors[i]),
      /must be a tensor of this module, got another module's$/,
    );
  });
});
