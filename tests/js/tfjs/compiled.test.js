// Compiled training: the losses, metrics and weights are those of eager training, for each layer that can be compiled and each way to train.
import assert from 'node:assert/strict';
import { beforeEach, describe, mock, test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers';
import { hookTraining, registerKernels } from 'depthwise-wasm/tfjs';
import { layersFor } from 'depthwise-wasm/tfjs-layers';
import { planOfModel } from '../../../js/tfjs/compiled/plan-of-model.js';
import { Step } from '../../../js/tfjs/compiled/step.js';
import { Random } from '../support/random.js';
import { tf, useBackend } from '../support/tfjs.js';
import { AllocationWatch, tensorCounts } from '../support/tfjs-memory.js';

const STEPS = 3;
/** Relative to the largest value. Compiled and eager kernels may add in another order. */
const TOLERANCE = 2e-5;
const BATCH = 4;
/** More requests of memory than a step of a small model makes. */
const MAX_REQUESTS = 120;
const COMPILED_KERNELS = /^Error in (FusedConv2D|Conv2D|BatchNorm|_FusedMatMul|BatchMatMul|ReluGrad)\w*: out of memory/;

await useBackend('wasm');
const memory = new AllocationWatch(tf.backend());
await registerKernels(tf);
const L = tfl.layers;

beforeEach(() => useBackend('wasm'));

/** Runs `body`, and returns its result with the number of training steps that ran compiled. */
async function counting(body) {
  const forward = mock.method(Step.prototype, 'forward');
  try {
    const result = await body();
    return { result, compiled: forward.mock.callCount() };
  } finally {
    forward.mock.restore();
  }
}

/** Trains a model, compiled or not. Returns what `train` returns, the weights, and the number of compiled steps. */
async function trained(
  build,
  { compile, loss = 'meanSquaredError', optimizer = () => tf.train.momentum(0.01, 0.9), train = trainOnBatches },
) {
  await registerKernels(tf, { compile });
  const before = tensorCounts();
  const random = new Random('compiled');
  const model = build();
  for (const weight of model.weights) {
    const values = random
      .fractions(weight.val.size)
      .map((value) => value / 3 + (/variance|gamma/.test(weight.name) ? 1 : 0));
    tf.tidy(() => weight.write(tf.tensor(values, weight.shape)));
  }
  const tensor = ([, ...shape]) => {
    const size = shape.reduce((a, b) => a * b, BATCH);
    return tf.tensor(random.fractions(size), [BATCH, ...shape]);
  };
  const [x, y] = [model.inputs, model.outputs].map((symbols) => symbols.map(({ shape }) => tensor(shape)));
  const made = optimizer();
  model.compile({ optimizer: made, loss, metrics: ['mae'] });
  const { result, compiled } = await counting(() => train(model, { x, y }));
  const weights = model.weights.map(({ val }) => [...val.dataSync()]);
  model.dispose();
  made.dispose();
  tf.dispose([x, y]);
  const left = Object.entries(tensorCounts()).map(([name, count]) => count - before[name]); // optimizers of tfjs leave a scalar
  return { values: [...result, ...weights], compiled, left };
}

async function trainOnBatches(model, { x, y }) {
  const results = [];
  for (let i = 0; i < STEPS; ++i) results.push([await model.trainOnBatch(x, y)].flat());
  return results;
}

/** Compares compiled with eager training. Returns the number of compiled steps. */
async function assertSame(build, options) {
  const eager = await trained(build, { ...options, compile: false });
  const { values, compiled, left } = await trained(build, { ...options, compile: true });
  assert.equal(eager.compiled, 0);
  assert.deepEqual(left, eager.left, 'tensors or their data are left');
  values.forEach((list, i) => assertClose(list, eager.values[i], `list ${i}`));
  return compiled;
}

function assertClose(actual, expected, what) {
  assert.equal(actual.length, expected.length, what);
  const scale = Math.max(1, ...expected.map(Math.abs));
  actual.forEach((value, i) => {
    const error = Math.abs(value - expected[i]);
    assert.ok(error <= TOLERANCE * scale, `${what}, value ${i}: ${value}, not ${expected[i]}`);
  });
}

const inTurn = (x, ...layers) => layers.reduce((y, layer) => layer.apply(y), x);

/** Returns a function that builds a model on a convolution of an image of 6×6 pixels. */
const modelOf = (body) => () => {
  const input = tfl.input({ shape: [6, 6, 3] });
  return tfl.model({
    inputs: input,
    outputs: body(L.conv2d({ filters: 4, kernelSize: 3, padding: 'same' }).apply(input)),
  });
};
const conv = (args) => L.conv2d({ filters: 3, kernelSize: 3, padding: 'same', ...args });
const norm = (args) => L.batchNormalization(args);
const activation = (name) => L.activation({ activation: name });

describe('compiled training of', () => {
  const layers = {
    'Conv2D with strides': (x) => conv({ strides: 2, useBias: false }).apply(x),
    'Conv2D with an activation': (x) => conv({ padding: 'valid', activation: 'elu' }).apply(x),
    DepthwiseConv2D: (x) =>
      L.depthwiseConv2d({ kernelSize: 3, strides: 2, depthMultiplier: 2, activation: 'relu' }).apply(x),
    SeparableConv2D: (x) => L.separableConv2d({ filters: 5, kernelSize: 3, padding: 'same' }).apply(x),
    Conv2DTranspose: (x) => L.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, activation: 'tanh' }).apply(x),
    'Dense of vectors': (x) => inTurn(x, L.flatten(), L.dense({ units: 5, activation: 'softmax' })),
    'Dense of images': (x) => L.dense({ units: 5, useBias: false, activation: 'sigmoid' }).apply(x),
    'BatchNormalization with relu': (x) => inTurn(x, norm({ momentum: 0.7 }), L.reLU()),
    'BatchNormalization with relu6': (x) => inTurn(x, norm(), activation('relu6')),
    'BatchNormalization with a second reader': (x) => {
      const y = norm().apply(x);
      return L.add().apply([L.reLU().apply(y), y]);
    },
    'BatchNormalization as an output': (x) => {
      const y = norm().apply(x);
      return [L.reLU().apply(y), y];
    },
    LayerNormalization: (x) => L.layerNormalization({}).apply(x),
    'LayerNormalization without scale': (x) => L.layerNormalization({ scale: false, axis: [2, 3] }).apply(x),
    ...Object.fromEntries(
      ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'tanh', 'swish', 'gelu', 'softmax'].map((name) => [
        `the activation ${name}`,
        (x) => activation(name).apply(x),
      ]),
    ),
    'ReLU with a limit': (x) => inTurn(x, L.reLU({ maxValue: 0.5 }), L.reLU({ maxValue: 6 })),
    LeakyReLU: (x) => L.leakyReLU({ alpha: 0.3 }).apply(x),
    Softmax: (x) => L.softmax({ axis: -1 }).apply(x),
    'Add and Multiply': (x) => {
      const [a, b] = [conv().apply(x), conv().apply(x)];
      return L.multiply().apply([L.add().apply([a, b, a]), b, b]);
    },
    'Multiply with a factor for each channel': (x) => {
      const means = inTurn(x, L.globalAveragePooling2d({}), L.reshape({ targetShape: [1, 1, 4] }));
      return L.multiply().apply([x, means]);
    },
    Concatenate: (x) => L.concatenate().apply([conv().apply(x), x, conv().apply(x)]),
    'Concatenate of rows': (x) => L.concatenate({ axis: 1 }).apply([x, conv({ filters: 4 }).apply(x)]),
    MaxPooling2D: (x) => L.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }).apply(x),
    AveragePooling2D: (x) => L.averagePooling2d({ poolSize: [2, 3], strides: 1 }).apply(x),
    GlobalAveragePooling2D: (x) => L.globalAveragePooling2d({}).apply(x),
    'UpSampling2D nearest': (x) => L.upSampling2d({ size: [2, 3] }).apply(x),
    'UpSampling2D bilinear': (x) => L.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }).apply(x),
    ZeroPadding2D: (x) =>
      inTurn(
        x,
        L.zeroPadding2d({
          padding: [
            [0, 1],
            [2, 0],
          ],
        }),
        conv({ padding: 'valid' }),
      ),
    'Flatten and Reshape': (x) => inTurn(x, L.flatten(), L.reshape({ targetShape: [12, 12] }), L.dense({ units: 2 })),
    'Dropout with a seed': (x) => L.dropout({ rate: 0.4, seed: 3 }).apply(x),
    'Dropout of nothing': (x) => inTurn(x, L.dropout({ rate: 0 }), conv()),
    'a shared layer': (x) => {
      const shared = conv({ filters: 4 });
      const shift = norm();
      return inTurn(x, shared, shift, L.reLU(), shared, shift);
    },
    'an output that another layer reads': (x) => {
      const y = conv().apply(x);
      return [y, conv().apply(y)];
    },
    'a model in a model': (x) => {
      const inner = tfl.sequential({
        layers: [L.conv2d({ filters: 4, kernelSize: 1, inputShape: [6, 6, 4] }), norm(), L.reLU()],
      });
      return inTurn(x, inner, inner, conv());
    },
    'layers of layersFor': (x) => {
      const ours = layersFor(tf, tfl);
      const dilated = { kernelSize: 3, padding: 'same', dilationRate: 2 };
      return inTurn(
        x,
        ours.depthwiseConv2d(dilated),
        ours.batchNormalization({ trainable: false }),
        L.reLU(),
        ours.conv2d({ filters: 3, ...dilated }),
        ours.separableConv2d({ filters: 3, ...dilated }),
        ours.batchNormalization({ scale: false, center: false }),
      );
    },
  };
  for (const [what, body] of Object.entries(layers)) {
    test(`${what} gives the losses and weights of eager training`, async () => {
      assert.equal(await assertSame(modelOf(body)), STEPS);
    });
  }

  test('a batch normalization in two branches moves its averages in the order of tfjs', async () => {
    const build = () => {
      const [a, b] = [tfl.input({ shape: [4] }), tfl.input({ shape: [4] })];
      const shared = norm({ momentum: 0.7 });
      const branches = [a, b].map((input) => inTurn(input, L.dense({ units: 3 }), shared));
      return tfl.model({ inputs: [a, b], outputs: inTurn(L.add().apply(branches), L.dense({ units: 2 })) });
    };
    assert.equal(await assertSame(build), STEPS);
  });

  test('several inputs gives the losses and weights of eager training', async () => {
    const build = () => {
      const [a, b] = [tfl.input({ shape: [4] }), tfl.input({ shape: [4] })];
      const shared = L.dense({ units: 3 });
      return tfl.model({
        inputs: [a, b],
        outputs: L.add().apply([shared.apply(a), shared.apply(b), L.dense({ units: 3 }).apply(a)]),
      });
    };
    assert.equal(await assertSame(build), STEPS);
  });

  test('a model with frozen layers moves the other layers only', async () => {
    const build = () => {
      const model = modelOf((x) => inTurn(x, norm(), L.reLU(), conv(), conv()))();
      for (const layer of model.layers.slice(0, 4)) layer.trainable = false;
      return model;
    };
    assert.equal(await assertSame(build), STEPS);
  });
});

describe('compiled training with', () => {
  const simple = modelOf((x) => inTurn(x, L.reLU(), norm(), L.flatten(), L.dense({ units: 3, activation: 'softmax' })));

  test('regularizers, constraints and several losses gives the same', async () => {
    const build = modelOf((x) => {
      const y = conv({ kernelRegularizer: 'l1l2', biasConstraint: 'nonNeg' }).apply(x);
      return [y, inTurn(y, norm(), activation('sigmoid'))];
    });
    assert.equal(await assertSame(build, { loss: ['meanSquaredError', 'binaryCrossentropy'] }), STEPS);
  });

  test('a loss that ignores an output, and one that reads a weight gives the same', async () => {
    let bias;
    const build = () => {
      const model = modelOf((x) => [inTurn(x, norm(), conv()), conv({ name: 'ignored' }).apply(x)])();
      bias = model.layers.find(({ name }) => name === 'ignored').bias;
      return model;
    };
    const ofBias = (y) => tf.add(tf.zerosLike(tf.mean(y, -1)), tf.sum(tf.square(tf.sub(bias.read(), 1))));
    const adam = () => tf.train.adam(0.01);
    assert.equal(await assertSame(build, { loss: ['meanSquaredError', ofBias], optimizer: adam }), STEPS);
  });

  test('a loss that ignores an output in some steps gives the same', async () => {
    let step = 0;
    const build = modelOf((x) => {
      const y = inTurn(x, norm(), L.reLU());
      return [conv().apply(y), inTurn(y, L.reLU(), conv())];
    });
    const mean = (y, prediction) => tf.mean(tf.square(tf.sub(y, prediction)), -1);
    const sometimes = (y, prediction) => (step % 3 === 1 ? tf.zerosLike(tf.mean(y, -1)) : mean(y, prediction));
    const train = async (model, { x, y }) => {
      const [results, blocks] = [[], []];
      for (step = 0; step < 8; ++step) {
        results.push(await model.trainOnBatch(x, y));
        blocks.push(memory.blocks);
      }
      assert.deepEqual(new Set(blocks.slice(1)).size, 1, `blocks of memory: ${blocks}`);
      return results;
    };
    assert.equal(await assertSame(build, { loss: [mean, sometimes], train }), 8);
  });

  test('steps that are repeated, of two batch sizes in turn, gives the same bits as steps that are recorded', async () => {
    const train = (forgets) => async (model, data) => {
      const results = [];
      const recordings = new Set();
      for (let i = 0; i < 2 * STEPS; ++i) {
        const { plan } = planOfModel(tf, model);
        if (forgets) plan.recordings = [];
        const [x, y] = [data.x, data.y].map((all) => all.map((each) => tf.slice(each, 0, i % 2 ? 1 : BATCH)));
        results.push(await model.trainOnBatch(x, y));
        tf.dispose([x, y]);
        plan.recordings.forEach((recording) => recordings.add(recording));
      }
      assert.equal(recordings.size, forgets ? 2 * STEPS : 2, 'recordings');
      return results;
    };
    const build = modelOf((x) => {
      const y = inTurn(x, norm(), activation('relu6'), L.depthwiseConv2d({ kernelSize: 3, padding: 'same' }));
      const factors = inTurn(
        y,
        L.globalAveragePooling2d({}),
        L.reshape({ targetShape: [1, 1, 4] }),
        activation('sigmoid'),
      );
      return inTurn(L.multiply().apply([y, factors]), activation('swish'), conv({ kernelRegularizer: 'l1l2' }));
    });
    const [recorded, repeated] = [
      await trained(build, { compile: true, train: train(true) }),
      await trained(build, { compile: true, train: train(false) }),
    ];
    assert.deepEqual(repeated, recorded);
  });

  test('a kernel that is registered later runs it', async () => {
    const kernelName = 'BatchNormTrainingGrad';
    const calls = [];
    const train = async (model, { x, y }) => {
      const ours = tf.getKernel(kernelName, 'wasm');
      const register = (kernelFunc) => {
        tf.unregisterKernel(kernelName, 'wasm');
        tf.registerKernel({ ...ours, kernelFunc: Object.assign(kernelFunc, ours.kernelFunc) });
      };
      const step = async () => {
        calls.push(0);
        await model.trainOnBatch(x, y);
      };
      await step();
      await step();
      register((call) => {
        ++calls[calls.length - 1];
        return ours.kernelFunc({ ...call, observe: undefined });
      });
      await step();
      await step();
      register((call) => ours.kernelFunc(call));
      await step();
      return [];
    };
    await trained(simple, { compile: true, train });
    assert.deepEqual(calls, [0, 0, 1, 1, 0]);
  });

  test('a loss that depends on no weight fails, as in tfjs, and leaves nothing', async () => {
    const train = async (model, data) => {
      const before = tensorCounts();
      await assert.rejects(trainOnBatches(model, data), /does not depend on a weight|Cannot find a connection/);
      return Object.entries(tensorCounts()).map(([name, count]) => count - before[name]);
    };
    const { values, compiled } = await trained(simple, { compile: true, train, loss: (y) => tf.mean(y, -1) });
    assert.deepEqual([compiled, ...values.slice(0, 4)], [1, 0, 0, 0, 0]);
  });

  test('each optimizer gives the same, from the first step', async () => {
    const optimizers = {
      sgd: () => tf.train.sgd(0.1),
      adam: () => tf.train.adam(0.01),
      rmsprop: () => tf.train.rmsprop(0.01),
    };
    for (const optimizer of Object.values(optimizers)) assert.equal(await assertSame(simple, { optimizer }), STEPS);
  });

  test('fit, batches of two sizes, validation and class weights gives the same', async () => {
    const train = async (model, { x: [x], y: [y] }) => {
      const history = await model.fit(x, y, {
        ...{ batchSize: 3, epochs: 2, shuffle: false, verbose: 0 },
        ...{ validationData: [x, y], classWeight: { 0: 1, 1: 2, 2: 0.5 } },
      });
      return Object.values(history.history);
    };
    assert.equal(await assertSame(simple, { train, loss: 'categoricalCrossentropy' }), 4);
  });

  test('fitDataset and a learning rate that changes gives the same', async () => {
    const train = async (model, { x, y }) => {
      const batches = {
        iterator: async () => ({ next: async () => ({ done: false, value: { xs: x[0].clone(), ys: y[0].clone() } }) }),
        size: null,
      };
      const first = await model.fitDataset(batches, { batchesPerEpoch: 2, epochs: 1, verbose: 0 });
      model.optimizer.learningRate = 0.05;
      model.optimizer.setLearningRate?.(0.05);
      const second = await model.fitDataset(batches, { batchesPerEpoch: 2, epochs: 1, verbose: 0 });
      return [...Object.values(first.history), ...Object.values(second.history)];
    };
    assert.equal(await assertSame(simple, { train }), 4);
  });

  test('two models in turn, and a model that is saved and loaded gives the same', async () => {
    const train = async (model, data) => {
      const results = await trainOnBatches(model, data);
      const saved = {};
      await model.save(
        tf.io.withSaveHandler(async (artifacts) => Object.assign(saved, artifacts) && { modelArtifactsInfo: {} }),
      );
      const loaded = await tfl.loadLayersModel(tf.io.fromMemory(saved));
      loaded.compile({ optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError', metrics: ['mae'] });
      for (let i = 0; i < 2; ++i) {
        for (const each of [loaded, model]) results.push(await each.trainOnBatch(data.x, data.y));
      }
      loaded.optimizer.dispose();
      loaded.dispose();
      return results;
    };
    assert.equal(await assertSame(simple, { train }), STEPS + 4);
  });

  test('weights that another tensor shares, and others gives the same; only the others change in place', async () => {
    const train = async (model, data) => {
      const [kernel, bias] = model.layers.at(-1).weights;
      const results = await trainOnBatches(model, data); // the first step creates the state of the optimizer
      const shared = kernel.val.clone();
      const [values, dataIds] = [shared.dataSync(), [kernel, bias].map(({ val }) => val.dataId)];
      results.push(await model.trainOnBatch(data.x, data.y));
      assert.deepEqual(shared.dataSync(), values);
      shared.dispose();
      assert.notEqual(kernel.val.dataId, dataIds[0]);
      const isCompiled = Symbol.for('depthwise-wasm.methodBefore') in layerClass('Model').prototype.makeTrainFunction;
      assert.equal(bias.val.dataId === dataIds[1], isCompiled);
      return [...results, values];
    };
    assert.equal(await assertSame(simple, { train }), STEPS + 1);
  });

  test('many steps leaves nothing', async () => {
    const train = async (model, { x: [x], y: [y] }) => {
      await model.trainOnBatch(x, y);
      const before = { ...tensorCounts(), blocks: memory.blocks };
      for (let i = 0; i < 50; ++i) {
        const size = 1 + (i % BATCH);
        const part = [x, y].map((tensor) => tf.slice(tensor, 0, size));
        await model.trainOnBatch(...part);
        tf.dispose(part);
      }
      assert.deepEqual({ ...tensorCounts(), blocks: memory.blocks }, before);
      return [];
    };
    assert.equal((await trained(simple, { compile: true, train })).compiled, 51);
  });

  test('memory that runs out leaves nothing, and the model trains on', async () => {
    const train = async (model, { x, y }) => {
      await model.trainOnBatch(x, y);
      let failures = 0;
      for (let request = 1; request <= MAX_REQUESTS; ++request) {
        const before = { numBytes: tensorCounts().numBytes, blocks: memory.blocks };
        memory.failAt(request);
        const error = await model.trainOnBatch(x, y).then(
          () => undefined,
          (error) => error,
        );
        memory.failAt(0);
        // The kernels and the loss of tfjs ignore that memory runs out, or leave tensors.
        if (!COMPILED_KERNELS.test(error?.message)) continue;
        ++failures;
        assert.ok(error instanceof RangeError);
        // If the backward pass fails, tfjs itself leaves the loss, a scalar.
        const [{ numBytes }, blocks] = [tensorCounts(), memory.blocks];
        const left = { bytes: numBytes - before.numBytes, blocks: blocks - before.blocks };
        assert.ok(left.bytes <= 4 && left.blocks <= 1, `request ${request}: ${error.message}: ${JSON.stringify(left)}`);
      }
      assert.ok(failures > 30, `${failures} failures`);
      return [await model.trainOnBatch(x, y)];
    };
    const residual = modelOf((x) => {
      const y = inTurn(x, norm(), L.reLU(), conv({ filters: 4 }));
      return inTurn(L.add().apply([x, y]), L.flatten(), L.dense({ units: 3 }));
    });
    await trained(residual, { compile: true, train });
  });

  test('a loss that throws leaves nothing, and the model trains on', async () => {
    let isBroken = false;
    const loss = (y, prediction) => {
      if (isBroken) throw new Error('broken');
      return tf.mean(tf.square(tf.sub(y, prediction)), -1);
    };
    const train = async (model, { x, y }) => {
      const before = tensorCounts();
      isBroken = true;
      await assert.rejects(model.trainOnBatch(x, y), /broken/);
      isBroken = false;
      assert.deepEqual(tensorCounts(), before);
      return [await model.trainOnBatch(x, y)];
    };
    assert.equal((await trained(simple, { compile: true, loss, train })).compiled, 2);
  });
});

describe('compiled training of a model that changes', () => {
  const compileAgain = (model) => model.compile({ optimizer: tf.train.sgd(0.02), loss: 'meanAbsoluteError' });
  const layerOf = (model, name) => model.layers.find((layer) => layer.name === name);
  const ours = layersFor(tf, tfl);
  const build = modelOf((x) => {
    const inner = tfl.sequential({ layers: [L.conv2d({ filters: 4, kernelSize: 1, inputShape: [6, 6, 4] })] });
    inner.name = 'inner';
    return inTurn(
      x,
      ours.batchNormalization({ name: 'norm' }),
      activation('relu'),
      inner,
      L.dropout({ rate: 0.4, seed: 3, name: 'dropout' }),
      conv({ name: 'conv' }),
    );
  });
  const changes = {
    'by compile': compileAgain,
    'by trainable and compile'(model) {
      layerOf(model, 'conv').trainable = false;
      compileAgain(model);
    },
    'by trainable of a normalization': (model) => (layerOf(model, 'norm').trainable = false),
    'by trainable of a model inside of it'(model) {
      layerOf(model, 'inner').trainable = false;
      compileAgain(model);
    },
    'by the property of a layer': (model) => (layerOf(model, 'dropout').rate = 0.1),
    'by a weight of a layer'(model) {
      const layer = layerOf(model, 'conv');
      const { kernel } = layer;
      layer.bias = null;
      layer.useBias = false;
      assert.equal(layer.kernel, kernel);
    },
  };
  const trainAround = (change) => async (model, data) => {
    const first = await trainOnBatches(model, data);
    change(model);
    return [...first, ...(await trainOnBatches(model, data))];
  };
  for (const [how, change] of Object.entries(changes)) {
    test(`${how} gives the same`, async () => {
      assert.equal(await assertSame(build, { train: trainAround(change) }), 2 * STEPS);
    });
  }

  const toEager = {
    'a call of its own': (layer) => (layer.call = (inputs) => tf.mul(3, [inputs].flat()[0])),
    'a call hook': (layer) => layer.setCallHook(() => {}),
  };
  for (const [what, change] of Object.entries(toEager)) {
    test(`by a layer that gets ${what} gives the same, without compilation`, async () => {
      const info = mock.method(console, 'info', () => {});
      const train = trainAround((model) => change(layerOf(model, 'dropout')));
      assert.equal(await assertSame(build, { train }), STEPS);
      assert.equal(info.mock.callCount(), 1);
      info.mock.restore();
    });
  }

  test('by another layer of a sequential model gives the same', async () => {
    const sequential = () => tfl.sequential({ layers: [L.dense({ units: 3, inputShape: [4] }), activation('tanh')] });
    const train = trainAround((model) => {
      model.add(L.dense({ units: 3, kernelInitializer: 'ones' }));
      compileAgain(model);
    });
    assert.equal(await assertSame(sequential, { train }), 2 * STEPS);
  });

  test('makes the plan anew, and one that does not change keeps it', () => {
    const model = build();
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const { plan } = planOfModel(tf, model);
    assert.equal(planOfModel(tf, model).plan, plan);
    for (const change of Object.values(changes)) {
      const before = planOfModel(tf, model).plan;
      change(model);
      assert.notEqual(planOfModel(tf, model).plan, before);
    }
    model.dispose();
  });
});

describe('eager training remains for', () => {
  test('layers that are not known, which one message names', async () => {
    class Twice extends L.Layer {
      static className = 'Twice';
      call(inputs) {
        return tf.tidy(() => tf.mul(2, [inputs].flat()[0]));
      }
      computeOutputShape(shape) {
        return shape;
      }
    }
    const info = mock.method(console, 'info', () => {});
    const build = modelOf((x) =>
      inTurn(x, new Twice({ name: 'twice' }), L.permute({ name: 'turned', dims: [2, 1, 3] }), conv()),
    );
    assert.equal(await assertSame(build), 0);
    assert.equal(info.mock.callCount(), 1);
    assert.match(
      info.mock.calls[0].arguments[0],
      /^depthwise-wasm: The training of \S+ is not compiled, because of these layers: twice \(Twice\), turned \(Permute\)\.$/,
    );
    info.mock.restore();
  });

  const changed = {
    'a layer of a derived class': () => {
      class Derived extends layerClass('Conv2D') {}
      return new Derived({ filters: 3, kernelSize: 1 });
    },
    'a layer with a call of its own': () => {
      const layer = conv();
      layer.call = (inputs, kwargs) => tf.neg(Object.getPrototypeOf(layer).call.call(layer, inputs, kwargs));
      return layer;
    },
    'a layer with a call hook': () => {
      const layer = activation('relu');
      layer.setCallHook(() => {});
      return layer;
    },
    'a model with a call of its own': () => {
      const inner = tfl.sequential({ layers: [L.conv2d({ filters: 4, kernelSize: 1, inputShape: [6, 6, 4] })] });
      inner.call = (inputs) => tf.mul(7, [inputs].flat()[0]);
      return inner;
    },
    'a model of a derived class': () => {
      class Derived extends layerClass('Model') {
        call(inputs) {
          return tf.mul(7, [inputs].flat()[0]);
        }
      }
      const input = tfl.input({ shape: [6, 6, 4] });
      return new Derived({ inputs: input, outputs: L.conv2d({ filters: 4, kernelSize: 1 }).apply(input) });
    },
    'an unknown activation': () => activation('mish'),
    channelsFirst: () => conv({ dataFormat: 'channelsFirst' }),
    'an addition of other ranks': () => ({ apply: (x) => L.add().apply([x, L.globalMaxPooling2d({}).apply(x)]) }),
    'a batch normalization of another axis': () => norm({ axis: 1 }),
    'a dilation that the layer of tfjs ignores': () => L.depthwiseConv2d({ kernelSize: 3, dilationRate: 2 }),
  };
  for (const [what, makeLayer] of Object.entries(changed)) {
    test(what, async () => {
      const info = mock.method(console, 'info', () => {});
      assert.equal(await assertSame(modelOf((x) => inTurn(x, makeLayer(), conv()))), 0);
      assert.equal(info.mock.callCount(), 1);
      info.mock.restore();
    });
  }

  test('an optimizer that computes the gradients itself, which one message names', async () => {
    class Halving extends tf.SGDOptimizer {
      static className = 'Halving';
      computeGradients(f, variables) {
        return super.computeGradients(() => tf.div(f(), 2), variables);
      }
    }
    const info = mock.method(console, 'info', () => {});
    const build = modelOf((x) => inTurn(x, norm(), conv()));
    assert.equal(await assertSame(build, { optimizer: () => new Halving(0.1) }), 0);
    assert.deepEqual(info.mock.callCount(), 1);
    const text =
      /^depthwise-wasm: The training of \S+ is not compiled, because of its optimizer: \S+ replaces computeGradients\.$/;
    assert.match(info.mock.calls[0].arguments[0], text);
    info.mock.restore();
  });

  test('inputs of another type, and other backends', async () => {
    const build = modelOf((x) => inTurn(x, norm(), conv()));
    const train = async (model, { x: [x], y }) => {
      const whole = tf.tidy(() => tf.cast(tf.mul(x, 10), 'int32'));
      const results = [await model.trainOnBatch(whole, y)];
      whole.dispose();
      return results;
    };
    assert.equal(await assertSame(build, { train }), 0);
    await useBackend('cpu');
    assert.equal(await assertSame(build), 0);
  });
});

test('a later call without compile, and undo, restore the method of tfjs', async () => {
  const { prototype } = layerClass('Model');
  hookTraining(tf).undo();
  const before = prototype.makeTrainFunction;
  for (const restore of [() => registerKernels(tf), () => hookTraining(tf), () => hookTraining(tf).undo()]) {
    const { hooks } = await registerKernels(tf, { compile: true });
    assert.ok(hooks.includes('LayersModel.makeTrainFunction'));
    assert.notEqual(prototype.makeTrainFunction, before);
    await restore();
    assert.equal(prototype.makeTrainFunction, before);
  }
});

function layerClass(name) {
  return tf.serialization.SerializationMap.getMap().classNameMap[name][0];
}
