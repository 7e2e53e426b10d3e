/** Every function of the package, called with right arguments of which some are replaced. */
import assert from 'node:assert/strict';
import { load } from 'depthwise-wasm';

import { assertSameBits } from '../compare.js';
import { sizeOf } from '../oracle.js';
import { valuesFor } from '../layer-witness.js';
import { HostileError } from './hostile-values.js';

const dw = await load();

const RIGHT = { x: [2, 5, 6, 2], filter: [3, 2, 2, 2], dy: [2, 3, 5, 4], bias: [4], preluActivationWeights: [4] };
const WEIGHTS = [[3, 2, 2, 2], [4]];
const CONFIG = { kernelSize: [3, 2], depthMultiplier: 2, activation: 'relu', biasInitializer: 'ones' };

const ATTRS = { strides: [1, 1], pad: 'valid', dataFormat: 'NHWC', dilations: [1, 1], dimRoundingMode: null };

/**
 * By name of the function: the arguments that may be replaced, and the call. `given(name, right)` is the value that stands for an argument.
 * The functions of layers are called on `layer`, which is built and has trained.
 */
export const FUNCTIONS = {
  tensor: {
    names: ['data', 'shape'],
    call: ({ given }) => dw.tensor(given('data', new Float32Array(6)), given('shape', [2, 3])),
  },
  keep: { names: ['tensor'], call: ({ given, handle }) => void dw.keep(given('tensor', handle)) },
  tidy: { names: ['body', 'result'], call: ({ given }) => void dw.tidy(given('body', () => given('result', 1))) },
  depthwiseConv2d: {
    names: [...tensorNames('x', 'filter'), 'strides', 'pad', 'dataFormat', 'dilations'],
    call: ({ given, tensor }) =>
      dw.depthwiseConv2d(
        tensor('x'),
        tensor('filter'),
        given('strides', 1),
        given('pad', 'valid'),
        given('dataFormat', 'channelsLast'),
        given('dilations', [1, 1]),
      ),
  },
  depthwiseConv2dNative: kernel('depthwiseConv2dNative', ['x', 'filter'], {}),
  fusedDepthwiseConv2D: kernel('fusedDepthwiseConv2D', ['x', 'filter', 'bias', 'preluActivationWeights'], {
    activation: 'prelu',
    leakyreluAlpha: 0.2,
  }),
  depthwiseConv2dNativeBackpropInput: kernel('depthwiseConv2dNativeBackpropInput', ['dy', 'filter'], {
    inputShape: RIGHT.x,
  }),
  depthwiseConv2dNativeBackpropFilter: kernel('depthwiseConv2dNativeBackpropFilter', ['x', 'dy'], {
    filterShape: RIGHT.filter,
  }),
  'layer.build': { names: ['inputShape'], call: ({ given, layer }) => layer.build(given('inputShape', RIGHT.x)) },
  'layer.call': {
    names: [...tensorNames('x'), 'options', 'training'],
    call: ({ given, tensor, layer }) =>
      layer.call(tensor('x'), given('options', { training: given('training', true) })),
  },
  'layer.backward': { names: tensorNames('dy'), call: ({ tensor, layer }) => layer.backward(tensor('dy')) },
  'layer.setWeights': {
    names: ['weights', 'weights[0]', 'weights[1]'],
    call: ({ given, layer }) =>
      layer.setWeights(
        given(
          'weights',
          WEIGHTS.map((shape, i) => given(`weights[${i}]`, valuesFor(shape))),
        ),
      ),
  },
  'layer.computeOutputShape': {
    names: ['inputShape'],
    call: ({ given, layer }) => void layer.computeOutputShape(given('inputShape', RIGHT.x)),
  },
  'layer.trainable': {
    names: ['trainable'],
    call: ({ given, layer }) => void (layer.trainable = given('trainable', false)),
  },
};

/** What every argument of a configuration may be replaced in, and fields of those that have some. */
export const CONFIG_NAMES = [
  'config',
  ...(
    'kernelSize depthMultiplier strides padding dataFormat dilationRate activation useBias depthwiseInitializer biasInitializer ' +
    'depthwiseRegularizer biasRegularizer activityRegularizer depthwiseConstraint biasConstraint inputShape batchInputShape ' +
    'batchSize dtype name trainable weights groups __proto__ toString constructor'
  ).split(' '),
  'depthwiseInitializer.className',
  'depthwiseInitializer.config',
  'depthwiseInitializer.config.seed',
  'depthwiseConstraint.config.axis',
  'activityRegularizer.config.l1',
];

/** A layer of a configuration in which values are replaced; built, called and written down where there is one. */
export function useConfig(given, names) {
  const right = { ...CONFIG, depthwiseInitializer: 'heNormal' };
  const config = { ...right };
  for (const name of names) {
    const [argument, ...fields] = name.split('.');
    if (argument === 'config') continue;
    const value = given(name, Object.hasOwn(right, argument) ? right[argument] : undefined);
    // Not by assignment, because '__proto__' is to be a key like any other.
    Object.defineProperty(config, argument, {
      value: within(argument, fields, value),
      enumerable: true,
      configurable: true,
    });
  }
  const layer = dw.DepthwiseConv2D.fromConfig(given('config', config));
  try {
    const said = layer.getConfig();
    const again = new dw.DepthwiseConv2D(said);
    assert.deepEqual(again.toJSON(), layer.toJSON());
    again.dispose();
  } finally {
    layer.dispose();
  }
}

function within(argument, fields, value) {
  const className = { depthwiseInitializer: 'HeNormal', depthwiseConstraint: 'MaxNorm', activityRegularizer: 'L1L2' };
  if (fields.length === 0) return value;
  if (fields.length === 2) return { className: className[argument], config: { [fields[1]]: value } };
  return { className: className[argument], config: {}, [fields[0]]: value };
}

function tensorNames(...names) {
  return names.flatMap((name) => [name, `${name}.data`, `${name}.shape`]);
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

/**
 * Runs `call` with what it needs of tensors, layers and replaced values, and checks what must hold after any call at all: an error is one of
 * the function or of the value itself; nothing is left; the module computes what it did before.
 *
 * @param {Map<string, { make: Function }>} replaced
 * @param {(tools: object) => any} call
 */
export function runHostile(functionName, replaced, call) {
  const handle = dw.tensor(valuesFor(RIGHT.x).data, RIGHT.x);
  const layer = makeLayer();
  const given = (name, right) => (replaced.has(name) ? replaced.get(name).make(act, right) : right);
  const tensor = (name) => {
    const { data, shape } = valuesFor(RIGHT[name]);
    const plain = name === 'x' && !replaced.has('x.data') && !replaced.has('x.shape') ? handle : undefined;
    return given(name, plain ?? { data: given(`${name}.data`, data), shape: given(`${name}.shape`, shape) });
  };
  /** A value may act each time it is asked for something, which may be a thousand times. */
  let actions = 0;
  function act(action) {
    if (++actions > 20) return;
    if (action === 'throw') throw new HostileError('from within');
    if (action === 'dispose') handle.dispose();
    if (action === 'grow') dw.tensor(new Float32Array(1 << 18), [1 << 18]).dispose();
    if (action === 'call') assertRight();
    if (action === 'layer') layer.dispose();
    if (action === 'tidy') dw.tidy(() => void dw.tensor(new Float32Array(9), [9]));
    if (action === 'fail')
      assert.throws(() => dw.depthwiseConv2d(handle, handle, 0), /^\w+: Error in depthwiseConv2d: /);
  }

  try {
    for (const result of tensorsIn(call({ given, tensor, handle, layer }))) {
      assert.equal(sizeOf(result.shape), result.data.length);
      result.dispose();
    }
  } catch (error) {
    assertIsOf(functionName, error);
  } finally {
    handle.dispose();
    layer.dispose();
  }
  const { numTensors, numBytes } = dw.memory();
  assert.deepEqual([numTensors, numBytes], [0, 0], 'tensors are left');
  assertRight();
  assert.equal({}.shape, undefined, 'the prototype of all objects has changed');
}

/** What the functions say begins with their name; what the values throw passes; and of a proxy that is revoked the engine speaks. */
function assertIsOf(functionName, error) {
  if (error instanceof HostileError || /proxy that has been revoked|^Cannot convert a Symbol/.test(error?.message))
    return;
  const name = /^(layer\.|config)/.test(functionName) ? 'DepthwiseConv2D' : functionName;
  const isOurs =
    error?.message?.startsWith(`Error in ${name}: `) && [TypeError, RangeError].includes(error.constructor);
  if (!isOurs) throw error;
  assert.ok(error.message.length < 3000, `the text has ${error.message.length} letters`);
}

function makeLayer() {
  const layer = new dw.DepthwiseConv2D(CONFIG);
  layer.build(RIGHT.x);
  layer.call(valuesFor(RIGHT.x), { training: true }).dispose();
  return layer;
}

function tensorsIn(result) {
  if (!result) return [];
  return result.dx ? [result.dx, ...Object.values(result.gradients)] : [result];
}

const witness = [valuesFor([1, 4, 5, 3]), valuesFor([2, 3, 3, 2])];
const expected = computed();

function computed() {
  const y = dw.depthwiseConv2d(...witness, [2, 1], 'same');
  const values = { data: y.dataSync() };
  y.dispose();
  return values;
}

function assertRight() {
  assertSameBits(computed(), expected, 'the next call');
}
