// The hooks of the optimizers: the values and the state of a step have the same bits as with the methods of tfjs, on cpu and on wasm. Calls
// of our kernels are counted, so a test fails if a hook leaves to tfjs what the kernels support, or the reverse.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers';
import { hookTraining, registerKernels } from 'depthwise-wasm/tfjs';

import { anotherCopy } from '../../support/another-module.js';
import { countCalls } from '../../support/count-calls.js';
import { sizeOf } from '../../support/oracle.js';
import { Random } from '../../support/random.js';
import { tf, useBackend } from '../../support/tfjs.js';
import { tensorCounts } from '../../support/tfjs-memory.js';

const STEPS = 5;
const SHAPES = [[3, 7], [5], [1, 1, 4, 4], [1], []];
const CLASSES = [
  ...['SGDOptimizer', 'MomentumOptimizer', 'AdamOptimizer', 'AdamaxOptimizer', 'RMSPropOptimizer'],
  ...['AdagradOptimizer', 'AdadeltaOptimizer'],
];
/** The fields of optimizers with a list of { variable }, or a tensor. */
const LISTS = [
  ...['accumulations', 'accumulatedFirstMoment', 'accumulatedSecondMoment', 'accumulatedWeightedInfNorm'],
  ...['accumulatedMeanSquares', 'accumulatedMoments', 'accumulatedMeanGrads', 'accumulatedGrads', 'accumulatedUpdates'],
];
const SCALARS = ['accBeta1', 'accBeta2', 'iteration', 'c', 'm'];

const methodsOf = () => CLASSES.map((name) => Object.getOwnPropertyDescriptor(tf[name].prototype, 'applyGradients'));
const methodsOfTfjs = methodsOf();

const optimizers = {
  SGD: { make: () => tf.train.sgd(0.1), kernel: 'SGDUpdate' },
  momentum: { make: () => tf.train.momentum(0.1, 0.9), kernel: 'MomentumUpdate' },
  'Nesterov momentum': { make: () => tf.train.momentum(0.1, 0.9, true), kernel: 'NesterovMomentumUpdate' },
  Adam: { make: () => tf.train.adam(0.1), kernel: 'AdamUpdate' },
  'Adam with other rates': { make: () => tf.train.adam(0.03, 0.8, 0.95, 1e-3), kernel: 'AdamUpdate' },
  Adamax: { make: () => tf.train.adamax(0.1), kernel: 'AdamaxUpdate' },
  'Adamax with decay': { make: () => tf.train.adamax(0.1, 0.8, 0.95, 1e-3, 0.5), kernel: 'AdamaxUpdate' },
  RMSProp: { make: () => tf.train.rmsprop(0.1), kernel: 'RMSPropUpdate' },
  'RMSProp with momentum': { make: () => tf.train.rmsprop(0.1, 0.8, 0.7, 1e-3), kernel: 'RMSPropUpdate' },
  'centered RMSProp': { make: () => tf.train.rmsprop(0.1, 0.9, 0.5, 1e-3, true), kernel: 'CenteredRMSPropUpdate' },
  Adagrad: { make: () => tf.train.adagrad(0.1), kernel: 'AdagradUpdate' },
  Adadelta: { make: () => tf.train.adadelta(0.5), kernel: 'AdadeltaUpdate' },
};

await registerKernels(tf);
const kernelNames = [...new Set(Object.values(optimizers).map(({ kernel }) => kernel))];
const calls = countCalls(tf, 'wasm', kernelNames);
const callCount = () => kernelNames.reduce((sum, name) => sum + calls[name], 0);
const reset = () => kernelNames.forEach((name) => (calls[name] = 0));

/** Where a test runs. The first is the reference. */
const runs = [
  { backend: 'cpu', isHooked: false },
  { backend: 'wasm', isHooked: false },
  { backend: 'wasm', isHooked: true },
];

beforeEach(async () => {
  await useBackend('wasm');
  hookTraining(tf);
  reset();
});
afterEach(() => hookTraining(tf));

/** Sets the backend and the hooks. */
async function start({ backend, isHooked }) {
  await useBackend(backend);
  const hooks = hookTraining(tf);
  if (!isHooked) hooks.undo();
  reset();
}

/** Variables with random values, and random gradients for them. The seed selects both. */
class Problem {
  #random;

  constructor(seed, shapes = SHAPES) {
    this.#random = new Random(seed);
    this.variables = shapes.map((shape, i) => {
      const values = this.#random.fractions(sizeOf(shape));
      return tf.tidy(() => tf.variable(tf.tensor(values, shape), true, `${seed}/${i}`));
    });
  }

  /** Returns a list of { name, tensor }. */
  gradients(values = (shape) => this.#random.fractions(sizeOf(shape))) {
    return this.variables.map(({ name, shape }) => ({ name, tensor: tf.tensor(values(shape), shape, 'float32') }));
  }

  step(optimizer, { asMap = false, change = (gradients) => gradients, values } = {}) {
    const gradients = this.gradients(values);
    const changed = change(gradients);
    try {
      optimizer.applyGradients(asMap ? Object.fromEntries(changed.map(({ name, tensor }) => [name, tensor])) : changed);
    } finally {
      tf.dispose(gradients.map(({ tensor }) => tensor));
    }
  }

  dispose() {
    tf.dispose(this.variables);
  }
}

/** Returns the bits of the values of variables, of the fields of an optimizer, and its other state. */
function stateOf(optimizer, variables) {
  const bits = (tensor) => [...new Int32Array(Float32Array.from(tensor.dataSync()).buffer)];
  return {
    values: variables.map(bits),
    lists: LISTS.filter((name) => optimizer[name]).map((name) => [
      name,
      optimizer[name].map(({ originalName, variable }) => [originalName, variable.shape, bits(variable)]),
    ]),
    scalars: SCALARS.filter((name) => optimizer[name]).map((name) => [name, bits(optimizer[name])]),
    iterations: optimizer.iterations,
  };
}

/**
 * Asserts that `body` has the same result in each of `runs`. It gets a problem and returns an optimizer. `expectedCalls` is the number of
 * calls of our kernels with the hooks.
 */
async function assertSameInAllRuns(body, expectedCalls) {
  let expected;
  for (const run of runs) {
    await start(run);
    const problem = new Problem('problem');
    const optimizer = await body(problem);
    const state = stateOf(optimizer, problem.variables);
    expected ??= state;
    assert.deepEqual(state, expected, JSON.stringify(run));
    assert.equal(callCount(), run.isHooked ? expectedCalls : 0, JSON.stringify(run));
    problem.dispose();
    optimizer.dispose();
  }
}

for (const [name, { make, kernel }] of Object.entries(optimizers)) {
  describe(`${name}:`, () => {
    /** tfjs takes the first step of an optimizer with state. */
    const ours = (steps) => (kernel === 'SGDUpdate' ? steps : steps - 1) * SHAPES.length;

    for (const asMap of [false, true]) {
      test(`${STEPS} steps give the bits of tfjs, with gradients as a ${asMap ? 'map' : 'list'}`, async () => {
        await assertSameInAllRuns((problem) => {
          const optimizer = make();
          for (let i = 0; i < STEPS; ++i) problem.step(optimizer, { asMap });
          return optimizer;
        }, ours(STEPS));
        assert.equal(calls[kernel], ours(STEPS));
      });
    }

    test('tiny, huge and zero gradients give the bits of tfjs', async () => {
      const random = new Random(name);
      const sizes = Array.from({ length: STEPS * SHAPES.length }, () =>
        Array.from({ length: 21 }, () => random.oneOf([0, -0, 1e-42, 1e-30, -1e-8, 3, -1e15, 1e20])),
      );
      await assertSameInAllRuns((problem) => {
        const optimizer = make();
        let next = 0;
        for (let i = 0; i < STEPS; ++i) {
          problem.step(optimizer, { values: (shape) => Float32Array.from(sizes[next++].slice(0, sizeOf(shape))) });
        }
        return optimizer;
      }, ours(STEPS));
    });

    test('NaN in a gradient makes that value NaN, and no other', () => {
      const problem = new Problem('NaN', [[11]]);
      const optimizer = make();
      for (const [step, sign] of [1, -1, 1, -1].entries()) {
        const values = () => Float32Array.from({ length: 11 }, (_, i) => (step === 1 && i === 9 ? NaN : sign));
        problem.step(optimizer, { values });
        const isNaN = [...problem.variables[0].dataSync()].map(Number.isNaN);
        assert.deepEqual(
          isNaN,
          Array.from({ length: 11 }, (_, i) => step > 0 && i === 9),
        );
      }
      assert.ok(callCount() >= 3);
      problem.dispose();
      optimizer.dispose();
    });

    test('another learning rate midway, as in tfjs', async () => {
      await assertSameInAllRuns((problem) => {
        const optimizer = make();
        problem.step(optimizer);
        problem.step(optimizer);
        optimizer.learningRate = 0.01; // SGD and momentum of tfjs ignore it
        problem.step(optimizer);
        optimizer.setLearningRate?.(0.02);
        problem.step(optimizer);
        optimizer.setMomentum?.(0.5); // tfjs ignores it
        problem.step(optimizer);
        return optimizer;
      }, ours(5));
    });

    test('missing gradients, and other variables in a later step, as in tfjs', async () => {
      const without = (...indices) => ({
        change: (gradients) =>
          gradients.map((gradient, i) => (indices.includes(i) ? { ...gradient, tensor: null } : gradient)),
      });
      await assertSameInAllRuns(
        (problem) => {
          const optimizer = make();
          problem.step(optimizer, { change: (gradients) => gradients.slice(0, 2) });
          problem.step(optimizer, without(1, 3)); // the state of the last variables is missing
          problem.step(optimizer, without(0));
          problem.step(optimizer, { ...without(2), asMap: true });
          problem.step(optimizer, { change: () => [] });
          return optimizer;
        },
        kernel === 'SGDUpdate' ? 13 : 8,
      );
    });

    test('the state is saved and loaded midway', async () => {
      if (kernel === 'AdamaxUpdate') return; // tfjs has no getWeights for it
      await assertSameInAllRuns(
        async (problem) => {
          const [first, second] = [make(), make()];
          // After four steps, Adam of tfjs computes powers of 5, for which this package has no kernel with bits of its own.
          for (let i = 0; i < 4; ++i) problem.step(first);
          const weights = await first.getWeights();
          const copies = weights.map(({ name, tensor }) => ({ name, tensor: tf.clone(tensor) }));
          await second.setWeights(copies);
          assert.deepEqual(copies.map(({ name }) => name), weights.map(({ name }) => name)); // prettier-ignore
          const before = copies.map(({ tensor }) => [...tensor.dataSync()]);
          for (let i = 0; i < 2; ++i) problem.step(second);
          // The loaded tensors share the data with the state before the step.
          assert.deepEqual(copies.map(({ tensor }) => [...tensor.dataSync()]), before); // prettier-ignore
          tf.dispose([copies.map(({ tensor }) => tensor), weights[0].tensor]);
          first.dispose();
          return second;
        },
        ours(4) + 2 * SHAPES.length,
      );
    });

    test('two problems and two optimizers in turn', async () => {
      await assertSameInAllRuns(
        (problem) => {
          const [optimizer, another] = [make(), make()];
          const other = new Problem('another', [[6], [2, 3]]);
          for (let i = 0; i < 4; ++i) {
            problem.step(optimizer);
            other.step(another);
          }
          another.dispose();
          other.dispose();
          return optimizer;
        },
        ours(4) + (kernel === 'SGDUpdate' ? 8 : 6),
      );
    });

    test('100 steps leave nothing, and empty variables are allowed', () => {
      const problem = new Problem('leak', [[3, 3], [0, 4], [5]]);
      const optimizer = make();
      problem.step(optimizer);
      const before = tensorCounts();
      for (let i = 0; i < 100; ++i) problem.step(optimizer, { asMap: i % 2 === 0 });
      assert.deepEqual(tensorCounts(), before);
      assert.ok(callCount() >= 300);
      problem.dispose();
      optimizer.dispose();
    });
  });
}

describe('a step is left to tfjs', () => {
  const assertLeft = async (body) => {
    await assertSameInAllRuns(body, 0);
  };
  const names = ['SGD', 'momentum', 'Adam', 'centered RMSProp'];

  test('on cpu', async () => {
    await start({ backend: 'cpu', isHooked: true });
    for (const { make } of Object.values(optimizers)) {
      const problem = new Problem('cpu');
      const optimizer = make();
      for (let i = 0; i < 2; ++i) problem.step(optimizer);
      assert.equal(callCount(), 0);
      problem.dispose();
      optimizer.dispose();
    }
  });

  test('if the kernel is not registered', async () => {
    const registered = names.map((name) => tf.getKernel(optimizers[name].kernel, 'wasm'));
    registered.forEach(({ kernelName }) => tf.unregisterKernel(kernelName, 'wasm'));
    try {
      for (const name of names) {
        await assertLeft((problem) => {
          const optimizer = optimizers[name].make();
          for (let i = 0; i < 3; ++i) problem.step(optimizer);
          return optimizer;
        });
      }
    } finally {
      registered.forEach((kernel) => tf.registerKernel(kernel));
    }
  });

  test('under a tape', async () => {
    for (const name of names) {
      await assertLeft((problem) => {
        const optimizer = optimizers[name].make();
        const f = (x) => {
          for (let i = 0; i < 3; ++i) problem.step(optimizer);
          return tf.square(x);
        };
        tf.dispose(tf.grad(f)(tf.scalar(3)));
        return optimizer;
      });
    }
  });

  test('with gradients that broadcast, and with arrays', async () => {
    for (const name of names) {
      for (const value of [() => tf.scalar(0.5), () => 0.25]) {
        await assertLeft((problem) => {
          const optimizer = optimizers[name].make();
          const scalars = problem.variables.map(value);
          const change = (gradients) => gradients.map((gradient, i) => ({ ...gradient, tensor: scalars[i] }));
          for (let i = 0; i < 2; ++i) problem.step(optimizer, { change });
          tf.dispose(scalars);
          return optimizer;
        });
      }
    }
  });

  test('if a rate is not a number', async () => {
    await assertLeft((problem) => {
      const optimizer = tf.train.adam(0.1);
      problem.step(optimizer);
      optimizer.learningRate = '0.1';
      problem.step(optimizer);
      return optimizer;
    });
  });

  test('if a gradient is disposed or a variable is not known, with the errors of tfjs', async () => {
    for (const change of [
      (gradients) => (gradients[1].tensor.dispose(), gradients),
      (gradients) => [...gradients, { name: 'no variable', tensor: gradients[0].tensor }],
      (gradients) => gradients.map((gradient) => ({ ...gradient, tensor: tf.cast(gradient.tensor, 'complex64') })),
      () => null,
    ]) {
      for (const name of names) {
        const messages = [];
        for (const run of runs.slice(1)) {
          await start(run);
          const problem = new Problem('wrong');
          const optimizer = optimizers[name].make();
          problem.step(optimizer);
          reset();
          assert.throws(
            () => tf.tidy(() => void problem.step(optimizer, { change })),
            ({ message }) => messages.push(message) > 0,
          );
          assert.equal(callCount(), 0);
          problem.dispose();
          optimizer.dispose();
        }
        assert.equal(messages[0], messages[1]);
      }
    }
  });
});

describe('classes that extend an optimizer', () => {
  test('use the kernels, and their own fields and methods', async () => {
    class Slow extends tf.AdamOptimizer {
      steps = 0;

      get learningRate() {
        return 0.01;
      }

      set learningRate(_) {}

      incrementIterations() {
        ++this.steps;
        super.incrementIterations();
      }

      applyGradients(gradients) {
        super.applyGradients(Array.isArray(gradients) ? gradients.slice(0, 2) : gradients);
      }
    }
    await assertSameInAllRuns((problem) => {
      const optimizer = new Slow(0.5, 0.9, 0.999);
      for (let i = 0; i < 3; ++i) problem.step(optimizer);
      assert.equal(optimizer.steps, 3);
      return optimizer;
    }, 4);
  });

  test('keep a method of their own', () => {
    class Own extends tf.SGDOptimizer {
      applyGradients() {
        return 'own';
      }
    }
    assert.equal(new Own(1).applyGradients(), 'own');
    assert.equal(callCount(), 0);
  });
});

test('steps on both backends in turn give the bits of tfjs', async () => {
  for (const { make } of Object.values(optimizers)) {
    const states = [];
    for (const isHooked of [false, true]) {
      await start({ backend: 'wasm', isHooked });
      const problem = new Problem('both');
      const optimizer = make();
      for (let i = 0; i < 6; ++i) {
        await useBackend(i % 3 === 2 ? 'cpu' : 'wasm');
        problem.step(optimizer);
      }
      states.push(stateOf(optimizer, problem.variables));
      assert.equal(callCount() > 0, isHooked);
      problem.dispose();
      optimizer.dispose();
    }
    assert.deepEqual(states[1], states[0]);
  }
});

describe('models', () => {
  const batch = () => tf.tidy(() => [tf.tensor(new Random('x').fractions(6 * 48), [6, 4, 4, 3]), tf.ones([6, 2])]);

  function createModel() {
    const model = tfl.sequential();
    const initializer = (seed) => tfl.initializers.heNormal({ seed });
    model.add(
      tfl.layers.conv2d({
        ...{ inputShape: [4, 4, 3], filters: 5, kernelSize: 1, activation: 'relu', kernelInitializer: initializer(1) },
        kernelConstraint: tfl.constraints.maxNorm({ maxValue: 0.5, axis: 0 }),
      }),
    );
    model.add(tfl.layers.flatten());
    model.add(tfl.layers.dense({ units: 2, kernelInitializer: initializer(2), kernelConstraint: 'nonNeg' }));
    return model;
  }

  /** Returns the losses, and a prediction after each step. */
  async function trained(model, steps) {
    const [x, y] = batch();
    const results = [];
    for (let i = 0; i < steps; ++i) {
      results.push(await model.trainOnBatch(x, y));
      results.push(...tf.tidy(() => model.predict(x).dataSync()));
    }
    tf.dispose([x, y]);
    return results;
  }

  async function bothWays(body) {
    const results = [];
    for (const isHooked of [false, true]) {
      await start({ backend: 'wasm', isHooked });
      results.push(await body());
      assert.equal(callCount() > 0, isHooked);
    }
    assert.deepEqual(results[1], results[0]);
  }

  // tfjs's wasm backend keeps packed filters: a prediction after each step shows that they are the new ones.
  test('train, with constraints, and predict between the steps', async () => {
    for (const { make } of Object.values(optimizers)) {
      await bothWays(async () => {
        const model = createModel();
        model.compile({ optimizer: make(), loss: 'meanSquaredError' });
        const results = await trained(model, 4);
        assert.notEqual(results.at(-13), results[0], 'training does not change the loss');
        model.dispose();
        return results;
      });
    }
  });

  test('are saved with their optimizer and loaded midway', async () => {
    for (const name of ['SGD', 'momentum', 'Adam', 'RMSProp', 'Adagrad', 'Adadelta']) {
      await bothWays(async () => {
        const model = createModel();
        model.compile({ optimizer: optimizers[name].make(), loss: 'meanSquaredError' });
        const results = await trained(model, 3);
        let saved;
        const handler = tf.io.withSaveHandler(async (artifacts) => {
          saved = artifacts;
          return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
        });
        await model.save(handler, { includeOptimizer: true });
        const loaded = await tfl.loadLayersModel(tf.io.fromMemory(saved));
        results.push(...(await trained(loaded, 3)), ...(await trained(model, 1)));
        assert.equal(/** @type {any} */ (loaded).optimizer.iterations, 6);
        tf.dispose([model, loaded]);
        return results;
      });
    }
  });
});

describe('hookTraining', () => {
  test('returns the names of the methods', () => {
    const { hooks } = hookTraining(tf);
    assert.deepEqual(hooks.filter((name) => /Optimizer/.test(name)), CLASSES.map((name) => `${name}.applyGradients`)); // prettier-ignore
    assert.ok(methodsOf().every(({ value }, i) => value !== methodsOfTfjs[i].value));
  });

  test('undo restores the methods of tfjs exactly, after repeated calls of two copies too', async () => {
    hookTraining(tf).undo();
    assert.deepEqual(methodsOf(), methodsOfTfjs);
    const copy = await anotherCopy('tfjs/index.node.js', 'hookTraining');
    const first = hookTraining(tf);
    copy(tf);
    const last = hookTraining(tf);
    first.undo(); // its methods are not installed any more
    assert.notDeepEqual(methodsOf(), methodsOfTfjs);
    last.undo();
    last.undo();
    assert.deepEqual(methodsOf(), methodsOfTfjs);
  });

  test('is called by registerKernels, unless training is false', async () => {
    hookTraining(tf).undo();
    const { hooks } = await registerKernels(tf, { kernels: [] });
    assert.deepEqual(hooks, hookTraining(tf).hooks);
    assert.deepEqual((await registerKernels(tf, { kernels: [], backend: 'cpu' })).hooks, []);
    assert.notDeepEqual(methodsOf(), methodsOfTfjs);
    assert.deepEqual((await registerKernels(tf, { kernels: [], training: false })).hooks, []);
    assert.deepEqual(methodsOf(), methodsOfTfjs);
  });
});
