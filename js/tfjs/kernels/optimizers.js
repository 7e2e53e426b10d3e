import { kindError, requireShape } from '../../arguments.js';
import { sizeOf } from '../../ops.js';
import { requireTensor } from '../heap.js';

/**
 * The update steps of optimizers; cpp/nn/optimizers.h contains the formulas. The inputs are `value`, `gradient`, the state and the scalars.
 * The results are the new value and the new state. The names are those of the fields of the optimizers in tfjs.
 *
 * With the attr `inPlace`, the kernel may change the data of value and state. It does so if no other tensor holds the data, and returns the
 * inputs. A new tensor takes longer than the update of a small one.
 *
 * @typedef {object} Update
 * @property {string} run the exported function
 * @property {string[]} state the names of the inputs that the kernel computes anew, with the shape of the value
 * @property {string[]} scalars the names of the inputs with one value
 * @property {string[]} attrs the names of the attrs, which are numbers
 */

/** @type {Record<string, Update>} */
export const updates = {
  SGDUpdate: { run: 'sgdUpdate', state: [], scalars: ['c'], attrs: [] },
  MomentumUpdate: { run: 'momentumUpdate', state: ['accumulations'], scalars: ['c', 'm'], attrs: [] },
  NesterovMomentumUpdate: { run: 'nesterovMomentumUpdate', state: ['accumulations'], scalars: ['c', 'm'], attrs: [] },
  AdamUpdate: {
    run: 'adamUpdate',
    state: ['accumulatedFirstMoment', 'accumulatedSecondMoment'],
    scalars: ['accBeta1', 'accBeta2'],
    attrs: ['learningRate', 'beta1', 'beta2', 'epsilon'],
  },
  AdamaxUpdate: {
    run: 'adamaxUpdate',
    state: ['accumulatedFirstMoment', 'accumulatedWeightedInfNorm'],
    scalars: ['accBeta1', 'iteration'],
    attrs: ['learningRate', 'beta1', 'beta2', 'epsilon', 'decay'],
  },
  RMSPropUpdate: {
    run: 'rmsPropUpdate',
    state: ['accumulatedMeanSquares', 'accumulatedMoments'],
    scalars: [],
    attrs: ['learningRate', 'decay', 'momentum', 'epsilon'],
  },
  CenteredRMSPropUpdate: {
    run: 'centeredRmsPropUpdate',
    state: ['accumulatedMeanSquares', 'accumulatedMoments', 'accumulatedMeanGrads'],
    scalars: [],
    attrs: ['learningRate', 'decay', 'momentum', 'epsilon'],
  },
  AdagradUpdate: {
    run: 'adagradUpdate',
    state: ['accumulatedGrads'],
    scalars: [],
    attrs: ['learningRate', 'epsilon'],
  },
  AdadeltaUpdate: {
    run: 'adadeltaUpdate',
    state: ['accumulatedGrads', 'accumulatedUpdates'],
    scalars: [],
    attrs: ['learningRate', 'rho', 'epsilon'],
  },
};

export const optimizerKernels = Object.fromEntries(
  Object.entries(updates).map(([name, update]) => [name, { compute: computeOf(name, update) }]),
);

function computeOf(name, { run, state, scalars, attrs: attrNames }) {
  const ofValue = ['gradient', ...state];
  /** @param {import('../kernels.js').KernelCall} call @param {import('../kernels.js').Context} context */
  return function compute({ inputs, attrs, backend }, { withOps, sharesMemory }) {
    const { value } = inputs;
    requireTensor(name, 'value', value, 'float32');
    const operands = { value };
    for (const argument of ofValue) {
      requireTensor(name, argument, inputs[argument], 'float32');
      requireShape(name, argument, inputs[argument].shape, value.shape);
      operands[argument] = inputs[argument];
    }
    for (const argument of scalars) {
      requireTensor(name, argument, inputs[argument], 'float32');
      requireShape(name, argument, inputs[argument].shape, []);
      operands[argument] = inputs[argument];
    }
    const numbers = attrNames.map((attr) => numberOf(name, attr, attrs?.[attr]));
    const size = sizeOf(value.shape);
    const old = [value, ...state.map((argument) => operands[argument])];
    const isInPlace = attrs?.inPlace && sharesMemory() && old.every(({ dataId }) => backend.refCount(dataId) === 1);
    const compute = (native, addresses, outputs) => {
      const results = isInPlace ? [addresses[0], ...addresses.slice(2, 2 + state.length)] : outputs;
      native[run](...addresses, ...results, ...numbers, size);
    };
    const shapes = isInPlace ? [] : old.map(({ shape }) => shape);
    const results = withOps((ops) => ops.compute(name, operands, shapes, compute));
    return isInPlace ? old : results;
  };
}

function numberOf(name, attr, value) {
  if (typeof value !== 'number') throw kindError(name, attr, 'a number', value);
  return value;
}
