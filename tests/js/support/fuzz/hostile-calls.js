/** Calls every function of the package with valid arguments, some of which are replaced by hostile values. */
import assert from 'node:assert/strict';
import { load } from 'depthwise-wasm';

import { sizeOf } from '../oracle.js';
import { entries, valuesFor } from '../problem.js';
import { assertStillRight } from '../refusal.js';
import { HostileError } from './hostile-values.js';

const dw = await load();

const SHAPES = { x: [2, 5, 6, 2], filter: [3, 2, 2, 2], dy: [2, 3, 5, 4], bias: [4], preluActivationWeights: [4] };
/** Of a function that computes a dense convolution: also four output channels. */
const DENSE_FILTER = [3, 2, 2, 4];
const CONFIG = { kernelSize: [3, 2], depthMultiplier: 2, activation: 'relu', biasInitializer: 'ones' };
const ATTRS = { strides: [1, 1], pad: 'valid', dataFormat: 'NHWC', dilations: [1, 1], dimRoundingMode: null };
const CONFIG_NAMES = (
  'kernelSize depthMultiplier strides padding dataFormat dilationRate activation useBias depthwiseInitializer biasInitializer ' +
  'depthwiseRegularizer biasRegularizer activityRegularizer depthwiseConstraint biasConstraint inputShape batchInputShape ' +
  'batchSize dtype name trainable weights groups __proto__ toString constructor'
).split(' ');

const tensorNames = (...names) => names.flatMap((name) => [name, `${name}.data`, `${name}.shape`]);

/**
 * By name: the arguments that may be replaced, and the call. `given(name, right)` returns the value for an argument, `tensor(name)` the
 * tensor; `layer` is built and has trained.
 */
export const FUNCTIONS = {
  tensor: {
    names: ['data', 'shape'],
    call: ({ given }) => dw.tensor(given('data', new Float32Array(6)), given('shape', [2, 3])),
  },
  keep: { names: ['tensor'], call: ({ given, handle }) => void dw.keep(given('tensor', handle)) },
  tidy: { names: ['body', 'result'], call: ({ given }) => void dw.tidy(given('body', () => given('result', 1))) },
  depthwiseConv2d: op('depthwiseConv2d'),
  depthwiseConv2dNative: kernel('depthwiseConv2dNative', ['x', 'filter'], {}),
  fusedDepthwiseConv2D: kernel('fusedDepthwiseConv2D', ['x', 'filter', 'bias', 'preluActivationWeights'], {
    activation: 'prelu',
    leakyreluAlpha: 0.2,
  }),
  depthwiseConv2dNativeBackpropInput: kernel('depthwiseConv2dNativeBackpropInput', ['dy', 'filter'], {
    inputShape: SHAPES.x,
  }),
  depthwiseConv2dNativeBackpropFilter: kernel('depthwiseConv2dNativeBackpropFilter', ['x', 'dy'], {
    filterShape: SHAPES.filter,
  }),
  conv2d: op('conv2d'),
  fusedConv2D: kernel('fusedConv2D', ['x', 'filter', 'bias', 'preluActivationWeights'], {
    activation: 'prelu',
    leakyreluAlpha: 0.2,
  }),
  conv2DBackpropInput: kernel('conv2DBackpropInput', ['dy', 'filter'], { inputShape: SHAPES.x }),
  conv2DBackpropFilter: kernel('conv2DBackpropFilter', ['x', 'dy'], { filterShape: DENSE_FILTER }),
  'layer.constructor': { names: ['config', ...CONFIG_NAMES], call: ({ given }) => construct(given) },
  'layer.build': { names: ['inputShape'], call: ({ given, layer }) => layer.build(given('inputShape', SHAPES.x)) },
  'layer.call': {
    names: [...tensorNames('x'), 'options', 'training'],
    call: ({ given, tensor, layer }) =>
      layer.call(tensor('x'), given('options', { training: given('training', true) })),
  },
  'layer.backward': { names: tensorNames('dy'), call: ({ tensor, layer }) => layer.backward(tensor('dy')) },
  'layer.setWeights': {
    names: ['weights', 'weights[0]', 'weights[1]'],
    call({ given, layer }) {
      const weights = [SHAPES.filter, [4]].map((shape, i) => given(`weights[${i}]`, valuesFor(shape)));
      layer.setWeights(given('weights', weights));
    },
  },
  'layer.computeOutputShape': {
    names: ['inputShape'],
    call: ({ given, layer }) => void layer.computeOutputShape(given('inputShape', SHAPES.x)),
  },
};

function op(functionName) {
  return {
    names: [...tensorNames('x', 'filter'), 'strides', 'pad', 'dataFormat', 'dilations'],
    call({ given, tensor }) {
      const [strides, pad] = [given('strides', 1), given('pad', 'valid')];
      const [dataFormat, dilations] = [given('dataFormat', 'channelsLast'), given('dilations', [1, 1])];
      return dw[functionName](tensor('x'), tensor('filter'), strides, pad, dataFormat, dilations);
    },
  };
}

function kernel(functionName, inputNames, others) {
  const attrs = { ...ATTRS, ...others };
  return {
    names: ['call', 'inputs', 'attrs', ...tensorNames(...inputNames), ...Object.keys(attrs)],
    call({ given, tensor }) {
      const inputs = given('inputs', Object.fromEntries(inputNames.map((name) => [name, tensor(name)])));
      const values = Object.entries(attrs).map(([name, right]) => [name, given(name, right)]);
      return dw[functionName](given('call', { inputs, attrs: given('attrs', Object.fromEntries(values)) }));
    },
  };
}

/** Constructs a layer from a configuration, and a second layer from the configuration that the first one writes. */
function construct(given) {
  const config = { ...CONFIG };
  for (const name of CONFIG_NAMES) {
    const value = given(name, Object.hasOwn(CONFIG, name) ? CONFIG[name] : undefined);
    // Not by assignment: '__proto__' must be a key like any other.
    if (value !== undefined) Object.defineProperty(config, name, { value, enumerable: true, configurable: true });
  }
  const layer = dw.DepthwiseConv2D.fromConfig(given('config', config));
  try {
    const again = new dw.DepthwiseConv2D(layer.getConfig());
    assert.deepEqual(again.toJSON(), layer.toJSON());
    again.dispose();
  } finally {
    layer.dispose();
  }
}

/**
 * Calls a function with replaced values. Checks that an error comes from the function or from a value, that no tensor is left, and that the
 * results of the next calls are right.
 *
 * @param {string} functionName
 * @param {Map<string, { make: Function }>} replaced
 */
export function runHostile(functionName, replaced) {
  const handle = dw.tensor(valuesFor(SHAPES.x).data, SHAPES.x);
  const layer = new dw.DepthwiseConv2D(CONFIG);
  layer.build(SHAPES.x);
  layer.call(valuesFor(SHAPES.x), { training: true }).dispose();
  const given = (name, right) => (replaced.has(name) ? replaced.get(name).make(act, right) : right);
  const tensor = (name) => {
    const isDenseFilter = name === 'filter' && entries[functionName]?.isDense;
    const { data, shape } = valuesFor(isDenseFilter ? DENSE_FILTER : SHAPES[name]);
    if (name === 'x' && !replaced.has('x.data') && !replaced.has('x.shape')) return given(name, handle);
    return given(name, { data: given(`${name}.data`, data), shape: given(`${name}.shape`, shape) });
  };
  let actions = 0;
  /** Runs an action of a value. At most 20 actions run, because a function may read a value a thousand times. */
  function act(action) {
    if (++actions > 20) return;
    if (action === 'throw') throw new HostileError('from within');
    if (action === 'dispose') handle.dispose();
    if (action === 'grow') dw.tensor(new Float32Array(1 << 18), [1 << 18]).dispose();
    if (action === 'call') assertStillRight(dw);
    if (action === 'layer') layer.dispose();
    if (action === 'tidy') dw.tidy(() => void dw.tensor(new Float32Array(9), [9]));
    if (action === 'fail')
      assert.throws(() => dw.depthwiseConv2d(handle, handle, 0), /^\w+: Error in depthwiseConv2d: /);
  }

  try {
    const result = FUNCTIONS[functionName].call({ given, tensor, handle, layer });
    const results = result?.dx ? [result.dx, ...Object.values(result.gradients)] : result ? [result] : [];
    for (const each of results) {
      assert.equal(sizeOf(each.shape), each.data.length);
      each.dispose();
    }
  } catch (error) {
    assertIsOf(functionName.startsWith('layer.') ? 'DepthwiseConv2D' : functionName, error);
  } finally {
    handle.dispose();
    layer.dispose();
  }
  const { numTensors, numBytes } = dw.memory();
  assert.deepEqual([numTensors, numBytes], [0, 0], 'tensors are left');
  assertStillRight(dw);
  assert.equal({}.shape, undefined, 'the prototype of all objects has changed');
}

/** Asserts that an error is one of the function, of a value, or of the engine about a revoked proxy. */
function assertIsOf(name, error) {
  if (error instanceof HostileError || /proxy that has been revoked|^Cannot convert a Symbol/.test(error?.message))
    return;
  const isOurs =
    error?.message?.startsWith(`Error in ${name}: `) && [TypeError, RangeError].includes(error.constructor);
  if (!isOurs) throw error;
  assert.ok(error.message.length < 3000, `the message is ${error.message.length} characters long`);
}
