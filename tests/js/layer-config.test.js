// Configurations: getConfig and toJSON of the layer, and the configurations and model files of tfjs and Keras that it reads.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { load } from 'depthwise-wasm';

import { assertClose } from './support/compare.js';
import { Random } from './support/random.js';
import { callTfjs, entryOf, plain, randomTensor, tf, tfjsActivations, tfl, toTfjs } from './support/tfjs-layers.js';

const dw = await load();

function configHere(args) {
  return withLayer(args, (layer) => layer.getConfig());
}

/** Returns the result of `use(layer)`, and disposes of the layer. */
function withLayer(args, use) {
  const layer = dw.DepthwiseConv2D.fromConfig(args);
  try {
    return use(layer);
  } finally {
    layer.dispose();
  }
}

/**
 * Returns the getConfig of a layer of tfjs with two differences. A seed is null if there is none, as in the files of tfjs. And
 * depthwiseConstraint is an argument, because tfjs writes another value (layer-tfjs-faults.test.js).
 */
function configOf(theirs, depthwiseConstraint = null) {
  const withNulls = JSON.stringify(theirs.getConfig(), (_, value) => (value === undefined ? null : value));
  return { ...JSON.parse(withNulls), depthwiseConstraint };
}

function configInTfjs(args, depthwiseConstraint) {
  return configOf(makeTfjs(args), depthwiseConstraint);
}

/** Gives tfjs a copy, because it changes the configurations that it reads. */
function makeTfjs(args) {
  return tfl.layers.depthwiseConv2d(copyOf(args));
}

/** Returns a copy of a configuration. Objects of tfjs in it are not copied. */
function copyOf(value) {
  if (Array.isArray(value)) return value.map(copyOf);
  if (value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copyOf(entry)]));
}

function assertSameConfig(args, depthwiseConstraint) {
  const named = { kernelSize: 3, name: 'a_layer', depthwiseInitializer: 'ones', ...args };
  assert.deepEqual(configHere(named), configInTfjs(named, depthwiseConstraint), JSON.stringify(args));
}

const l1l2 = { className: 'L1L2', config: { l1: 0.25, l2: 0.5 } };
const maxNorm = { className: 'MaxNorm', config: { maxValue: 3, axis: [0, 1] } };
const minMaxNorm = { className: 'MinMaxNorm', config: { minValue: 0.5, maxValue: 1.5, rate: 0.75, axis: 0 } };
const heNormal = { className: 'HeNormal', config: { seed: 42 } };

/** Values for all arguments, none of them the default. */
const everything = {
  kernelSize: [2, 3],
  depthMultiplier: 2,
  strides: [2, 1],
  padding: 'same',
  dataFormat: 'channelsFirst',
  activation: 'softsign',
  depthwiseInitializer: heNormal,
  biasInitializer: { className: 'Constant', config: { value: 0.5 } },
  depthwiseRegularizer: l1l2,
  biasRegularizer: { className: 'L1L2', config: { l1: 0, l2: 0.125 } },
  depthwiseConstraint: maxNorm,
  biasConstraint: minMaxNorm,
  batchInputShape: [null, 3, 8, null],
  name: 'all_of_it',
  trainable: false,
};

describe('getConfig equals that of tfjs', () => {
  test('for numbers, names and flags', () => {
    for (const args of [
      {},
      { kernelSize: 5 },
      { kernelSize: [2, 3], strides: 2 },
      { strides: [1, 3], padding: 'same' },
      { padding: 'valid', dataFormat: 'channelsLast' },
      { dataFormat: 'channelsFirst', depthMultiplier: 4 },
      { dilationRate: 2 },
      { dilationRate: [2, 3] },
      { useBias: false, trainable: false },
      { useBias: true, trainable: true },
      { name: 'äöü/ß', dtype: 'float32' },
      { activation: null, strides: null, padding: null, depthMultiplier: null, biasRegularizer: null },
    ]) {
      assertSameConfig(args);
    }
  });

  test('for input shapes, which it writes together with a dtype or not at all', () => {
    for (const args of [
      { inputShape: [8, 9, 3] },
      { inputShape: [null, null, 3] },
      { inputShape: [8, 9, 3], batchSize: 4 },
      { batchSize: 4 },
      { batchInputShape: [2, 8, null, 3] },
      { batchInputShape: [null, 8, 9, 3], inputShape: [1, 1, 1], batchSize: 7 },
      { inputShape: [8, 9, 3], dtype: 'float32' },
    ]) {
      assertSameConfig(args);
    }
    assert.ok(!('dtype' in configHere({ kernelSize: 3 })));
    assert.ok(!('batchInputShape' in configHere({ kernelSize: 3 })));
  });

  test('for every activation, by name, by class and as an object of tfjs', () => {
    for (const activation of tfjsActivations()) {
      assertSameConfig({ activation });
      assertSameConfig({ activation: { className: activation, config: {} } });
      assertSameConfig({ activation: makeTfjs({ kernelSize: 1, activation }).activation });
    }
  });

  test('for every initializer, by name, by class and as an object of tfjs', () => {
    const { initializers } = tfl;
    const byName = [
      ...['zeros', 'ones', 'randomUniform', 'randomNormal', 'truncatedNormal', 'varianceScaling', 'orthogonal'],
      ...['glorotUniform', 'glorotNormal', 'heUniform', 'heNormal', 'leCunUniform', 'leCunNormal', 'identity'],
    ];
    const byClass = [
      { className: 'Zeros', config: {} },
      { className: 'Constant', config: { value: -2 } },
      { className: 'RandomUniform', config: { minval: -1, maxval: 3, seed: 8 } },
      { className: 'TruncatedNormal', config: { mean: 1, stddev: 2 } },
      { className: 'VarianceScaling', config: { scale: 3, mode: 'fanOut', distribution: 'uniform' } },
      { className: 'GlorotNormal', config: {} },
      heNormal,
      { className: 'Orthogonal', config: { gain: 2, seed: 0 } },
    ];
    const objects = [
      initializers.zeros(),
      initializers.ones(),
      initializers.constant({ value: 0.25 }),
      initializers.randomUniform({ minval: -2, maxval: 2 }),
      initializers.randomNormal({ mean: 1, stddev: 0.5, seed: 3 }),
      initializers.truncatedNormal({ stddev: 0.125 }),
      initializers.varianceScaling({ scale: 2, mode: 'fanAvg', distribution: 'normal', seed: 9 }),
      initializers.glorotUniform({ seed: 1 }),
      initializers.glorotNormal({}),
      initializers.heUniform({ seed: 2 }),
      initializers.heNormal({}),
      initializers.leCunUniform({}),
      initializers.leCunNormal({ seed: 4 }),
      initializers.orthogonal({ gain: 3 }),
      initializers.identity({ gain: 5 }),
    ];
    for (const initializer of [...byName, ...byClass, ...objects]) {
      assertSameConfig({ depthwiseInitializer: initializer });
      assertSameConfig({ biasInitializer: initializer });
    }
  });

  test('for every regularizer, by name, by class and as an object of tfjs', () => {
    const { l1, l2, l1l2: both } = tfl.regularizers;
    const objects = [l1(), l1({ l1: 0.5 }), l2({ l2: 0.25 }), both(), both({ l1: 0.5 }), both({ l1: 0, l2: 3 })];
    for (const regularizer of ['l1l2', 'L1L2', l1l2, { className: 'L1L2', config: {} }, ...objects]) {
      assertSameConfig({ depthwiseRegularizer: regularizer });
      assertSameConfig({ biasRegularizer: regularizer });
      assertSameConfig({ activityRegularizer: regularizer });
    }
  });

  test('for every constraint, by name, by class and as an object of tfjs', () => {
    const { constraints } = tfl;
    const all = [
      ['maxNorm', { className: 'MaxNorm', config: { maxValue: 2, axis: 0 } }],
      ['minMaxNorm', { className: 'MinMaxNorm', config: { minValue: 0, maxValue: 1, rate: 1, axis: 0 } }],
      ['nonNeg', { className: 'NonNeg', config: {} }],
      ['UnitNorm', { className: 'UnitNorm', config: { axis: 0 } }],
      [maxNorm, maxNorm],
      [minMaxNorm, minMaxNorm],
      [constraints.maxNorm({ maxValue: 4 }), { className: 'MaxNorm', config: { maxValue: 4, axis: 0 } }],
      [constraints.unitNorm({ axis: -1 }), { className: 'UnitNorm', config: { axis: -1 } }],
      [constraints.nonNeg(), { className: 'NonNeg', config: {} }],
      [constraints.minMaxNorm({ minValue: 0.5, maxValue: 1.5, rate: 0.75 }), minMaxNorm],
    ];
    for (const [constraint, expected] of all) {
      assertSameConfig({ depthwiseConstraint: constraint }, expected);
      if (constraint !== maxNorm) assertSameConfig({ biasConstraint: constraint }); // a bias has one axis
    }
  });

  test('for all arguments', () => {
    const here = configHere(everything);
    assert.deepEqual(here, configInTfjs(everything, maxNorm));
    assert.equal(here.depthwiseConstraint.config.maxValue, 3);
    const { initializers, regularizers, constraints } = tfl;
    const asObjects = {
      ...everything,
      depthwiseInitializer: initializers.heNormal({ seed: 42 }),
      biasInitializer: initializers.constant({ value: 0.5 }),
      depthwiseRegularizer: regularizers.l1l2({ l1: 0.25, l2: 0.5 }),
      biasRegularizer: regularizers.l2({ l2: 0.125 }),
      depthwiseConstraint: constraints.maxNorm({ maxValue: 3, axis: [0, 1] }),
      biasConstraint: constraints.minMaxNorm({ minValue: 0.5, maxValue: 1.5, rate: 0.75 }),
    };
    assert.deepEqual(configHere(asObjects), here);
  });

  test('except for the default initializer, which is that of Keras', () => {
    const args = { kernelSize: 3, name: 'a_layer' };
    const [here, there] = [configHere(args), configInTfjs(args)];
    const scaling = { scale: 1, mode: 'fanAvg', seed: null };
    assert.deepEqual(here.depthwiseInitializer.config, { ...scaling, distribution: 'uniform' });
    assert.deepEqual(there.depthwiseInitializer.config, { ...scaling, distribution: 'normal' });
    assert.deepEqual({ ...here, depthwiseInitializer: null }, { ...there, depthwiseInitializer: null });
  });
});

describe('a configuration', () => {
  test('of this package gives the same layer in tfjs', () => {
    for (const args of [{ kernelSize: 3, name: 'a_layer', inputShape: [5, 5, 2] }, everything]) {
      const here = configHere(args);
      assert.deepEqual(configInTfjs(here, here.depthwiseConstraint), here);
    }
  });

  test('of tfjs gives the same layer in this package, also if it contains the regularizer as the constraint', () => {
    for (const args of [
      { kernelSize: 3, inputShape: [5, 5, 2] },
      { kernelSize: 3, depthwiseInitializer: 'orthogonal' },
      { ...everything, depthwiseRegularizer: null },
      everything,
    ]) {
      const theirs = makeTfjs(args);
      assert.deepEqual(configHere(theirs.getConfig()), configOf(theirs));
    }
  });

  test('can be read after tfjs has read and changed it', () => {
    const config = configHere(everything);
    const before = structuredClone(config);
    tfl.layers.depthwiseConv2d(config);
    assert.deepEqual(configHere(config), before);
  });

  test('can be read in every form', () => {
    const config = configHere(everything);
    withLayer(everything, (layer) => {
      for (const from of [
        config,
        layer,
        layer.toJSON(),
        JSON.parse(JSON.stringify(layer)),
        { className: 'DepthwiseConv2D', config },
        { class_name: 'DepthwiseConv2D', config },
      ]) {
        assert.deepEqual(configHere(from), config);
      }
    });
    assert.equal(dw.DepthwiseConv2D.className, 'DepthwiseConv2D');
  });

  test('can be a layer of tfjs', () => {
    const args = { kernelSize: [2, 3], strides: 2, activation: 'hardSigmoid', name: 'of_tfjs', biasRegularizer: l1l2 };
    const theirs = makeTfjs(args);
    const x = randomTensor(new Random('a layer of tfjs'), [2, 7, 6, 3]);
    const expected = callTfjs(theirs, x);
    withLayer(theirs, (layer) => {
      assert.equal(layer.name, 'of_tfjs');
      assert.deepEqual(layer.getConfig(), configOf(theirs));
      layer.build(x.shape);
      layer.setWeights(theirs.getWeights().map(plain));
      dw.tidy(() => assertClose(layer.call(x), expected));
    });
  });
});

describe('a model file of tfjs', () => {
  test('contains the entry that toJSON returns', () => {
    const noFaults = { ...everything, depthwiseRegularizer: null, depthwiseConstraint: null };
    for (const args of [
      { depthwiseInitializer: 'glorotUniform', kernelSize: 3, inputShape: [5, 6, 2], name: 'a_layer' },
      { ...noFaults, batchInputShape: [null, 3, 8, 8] },
      { ...noFaults, batchInputShape: [2, null, 8, 3], dataFormat: 'channelsLast' },
      ...tfjsActivations().map((activation) => ({ ...noFaults, activation, batchInputShape: [null, 1, 4, 4] })),
    ]) {
      const model = tfl.sequential({ layers: [makeTfjs(args)] });
      withLayer(args, (layer) => {
        assert.deepEqual(layer.toJSON(), entryOf(model));
        assert.deepEqual(JSON.parse(JSON.stringify({ layers: [layer] })), { layers: [entryOf(model)] });
      });
    }
  });

  const saveable = {
    kernelSize: [3, 2],
    strides: [1, 2],
    padding: 'same',
    depthMultiplier: 2,
    activation: 'logSoftmax',
    biasInitializer: 'randomNormal',
    biasRegularizer: l1l2,
    biasConstraint: minMaxNorm,
  };

  /** Checks that a layer made from a model that tfjs has saved gives the outputs of the model. */
  async function assertLoads(model, name) {
    const x = randomTensor(new Random('a model of tfjs'), [2, 6, 7, 3]);
    const { modelTopology, weightSpecs, weightData } = await saved(model);
    const { layers } = JSON.parse(JSON.stringify(modelTopology)).config;
    const weights = tf.io.decodeWeights(weightData, weightSpecs);
    const expected = plain(model.predict(toTfjs(x)));
    const entry = layers.find(({ class_name }) => class_name === 'DepthwiseConv2D');
    withLayer(entry, (layer) => {
      assert.equal(layer.name, name);
      layer.build(x.shape);
      layer.setWeights(layer.weights.map((weight) => plain(weights[`${name}/${weight.name}`])));
      dw.tidy(() => assertClose(layer.call(x), expected, name));
    });
  }

  test('can be read, and the layer gives the same outputs', async () => {
    const inFront = makeTfjs({ ...saveable, name: 'in_front', inputShape: [6, 7, 3] });
    await assertLoads(tfl.sequential({ layers: [inFront] }), 'in_front');
    const inputs = tfl.input({ shape: [6, 7, 3] });
    const inside = makeTfjs({ ...saveable, name: 'inside' });
    await assertLoads(tfl.model({ inputs, outputs: inside.apply(inputs) }), 'inside');
  });

  test('can contain the entry and the weights of a layer', async () => {
    const args = {
      kernelSize: [2, 4],
      strides: 2,
      padding: 'same',
      depthMultiplier: 3,
      activation: 'selu',
      depthwiseInitializer: heNormal,
      biasInitializer: 'randomNormal',
      depthwiseRegularizer: l1l2,
      depthwiseConstraint: maxNorm,
      inputShape: [7, 6, 2],
      name: 'from_here',
    };
    const x = randomTensor(new Random('a model from here'), [3, 7, 6, 2]);
    const layer = new dw.DepthwiseConv2D(args);
    layer.build();
    layer.applyConstraints(); // tfjs does so whenever weights are set
    const expected = plain(layer.call(x));
    const topology = JSON.parse(
      JSON.stringify({ class_name: 'Sequential', config: { name: 'a_model', layers: [layer] } }),
    );
    const weightSpecs = layer.weights.map(({ name, shape }) => ({
      name: `${layer.name}/${name}`,
      shape: [...shape],
      dtype: 'float32',
    }));
    const values = Buffer.concat(layer.weights.map(({ data }) => Buffer.from(Float32Array.from(data).buffer)));
    const weightData = values.buffer.slice(values.byteOffset, values.byteOffset + values.byteLength);

    const loaded = await tfl.loadLayersModel(tf.io.fromMemory({ modelTopology: topology, weightSpecs, weightData }));
    assertClose(plain(loaded.predict(toTfjs(x))), expected, 'loadLayersModel');

    const made = await tfl.models.modelFromJSON(topology);
    made.layers[0].setWeights(layer.getWeights().map(toTfjs));
    assertClose(plain(made.predict(toTfjs(x))), expected, 'modelFromJSON');
    for (const { layers } of [loaded, made]) {
      assert.deepEqual(configOf(layers[0], maxNorm), layer.getConfig());
    }
    layer.dispose();
  });
});

describe('a model file of Keras', () => {
  /** Returns an object as Keras 3 writes it. */
  const object = (module, class_name, config) => ({ module, class_name, config, registered_name: null });
  const keras3 = {
    ...object('keras.layers', 'DepthwiseConv2D', {
      name: 'depthwise_conv2d_7',
      trainable: true,
      dtype: object('keras', 'DTypePolicy', { name: 'float32' }),
      depth_multiplier: 2,
      kernel_size: [3, 5],
      strides: [1, 1],
      padding: 'same',
      data_format: 'channels_last',
      dilation_rate: [2, 1],
      activation: 'silu',
      use_bias: true,
      depthwise_initializer: object('keras.initializers', 'GlorotUniform', { seed: null }),
      bias_initializer: object('keras.initializers', 'Constant', { value: 0.5 }),
      depthwise_regularizer: object('keras.regularizers', 'L2', { l2: 0.25 }),
      bias_regularizer: object('keras.regularizers', 'L1', { l1: 0.125 }),
      activity_regularizer: object('keras.regularizers', 'L1L2', { l1: 0, l2: 0.5 }),
      depthwise_constraint: object('keras.constraints', 'MaxNorm', { max_value: 3, axis: [0, 1] }),
      bias_constraint: object('keras.constraints', 'NonNeg', {}),
    }),
    build_config: { input_shape: [null, 28, 28, 3] },
    name: 'depthwise_conv2d_7',
    inbound_nodes: [
      {
        args: [
          {
            class_name: '__keras_tensor__',
            config: { shape: [null, 28, 28, 3], dtype: 'float32', keras_history: ['input_layer', 0, 0] },
          },
        ],
        kwargs: {},
      },
    ],
  };
  const tfKeras2 = {
    class_name: 'DepthwiseConv2D',
    config: {
      name: 'conv_dw_1',
      trainable: true,
      batch_input_shape: [null, 224, 224, 32],
      dtype: 'float32',
      kernel_size: [3, 3],
      strides: [2, 2],
      padding: 'valid',
      data_format: 'channels_last',
      dilation_rate: [1, 1],
      groups: 1,
      activation: 'linear',
      use_bias: false,
      bias_initializer: { class_name: 'Zeros', config: {} },
      bias_regularizer: null,
      activity_regularizer: null,
      bias_constraint: null,
      depth_multiplier: 1,
      depthwise_initializer: {
        class_name: 'VarianceScaling',
        config: { scale: 1, mode: 'fan_avg', distribution: 'uniform', seed: null, dtype: 'float32' },
      },
      depthwise_regularizer: { class_name: 'L2', config: { l2: 0.00004 } },
      depthwise_constraint: null,
    },
    name: 'conv_dw_1',
    inbound_nodes: [[['conv1_pad', 0, 0, {}]]],
  };
  const glorotUniform = { scale: 1, mode: 'fanAvg', distribution: 'uniform', seed: null };

  test('of Keras 3', () => {
    const expected = {
      kernelSize: [3, 5],
      strides: [1, 1],
      padding: 'same',
      dataFormat: 'channelsLast',
      dilationRate: [2, 1],
      activation: 'swish',
      useBias: true,
      biasInitializer: { className: 'Constant', config: { value: 0.5 } },
      biasRegularizer: { className: 'L1L2', config: { l1: 0.125, l2: 0 } },
      activityRegularizer: { className: 'L1L2', config: { l1: 0, l2: 0.5 } },
      biasConstraint: { className: 'NonNeg', config: {} },
      name: 'depthwise_conv2d_7',
      trainable: true,
      depthMultiplier: 2,
      depthwiseInitializer: { className: 'VarianceScaling', config: glorotUniform },
      depthwiseRegularizer: { className: 'L1L2', config: { l1: 0, l2: 0.25 } },
      depthwiseConstraint: maxNorm,
    };
    assert.deepEqual(configHere(keras3), expected);
    assert.deepEqual(configHere(keras3.config), expected);
  });

  test('of tf.keras 2', () => {
    const expected = {
      kernelSize: [3, 3],
      strides: [2, 2],
      padding: 'valid',
      dataFormat: 'channelsLast',
      dilationRate: [1, 1],
      activation: 'linear',
      useBias: false,
      biasInitializer: { className: 'Zeros', config: {} },
      biasRegularizer: null,
      activityRegularizer: null,
      biasConstraint: null,
      name: 'conv_dw_1',
      trainable: true,
      batchInputShape: [null, 224, 224, 32],
      dtype: 'float32',
      depthMultiplier: 1,
      depthwiseInitializer: { className: 'VarianceScaling', config: glorotUniform },
      depthwiseRegularizer: { className: 'L1L2', config: { l1: 0, l2: 0.00004 } },
      depthwiseConstraint: null,
    };
    assert.deepEqual(configHere(tfKeras2), expected);
    assert.deepEqual(configHere(tfKeras2.config), expected);
  });

  test('with classes that tfjs does not know, with scalars of NumPy and with seed generators', () => {
    const scalar = (value) => ({ type: 'ndarray', value });
    const { scale, mode } = glorotUniform;
    const scaled = (config) => ({ className: 'VarianceScaling', config: { scale, mode, seed: null, ...config } });
    for (const [argument, given, expected] of [
      [
        'depthwise_initializer',
        ['LecunNormal', { seed: 3 }],
        scaled({ mode: 'fanIn', distribution: 'normal', seed: 3 }),
      ],
      ['depthwise_initializer', ['HeUniform', {}], scaled({ scale: 2, mode: 'fanIn', distribution: 'uniform' })],
      [
        'depthwise_initializer',
        ['VarianceScaling', { distribution: 'truncated_normal', mode: 'fan_avg' }],
        scaled({ distribution: 'normal' }),
      ],
      [
        'depthwise_initializer',
        ['VarianceScaling', { distribution: 'untruncated_normal', mode: 'fan_avg' }],
        scaled({ distribution: 'untruncatedNormal' }),
      ],
      [
        'depthwise_initializer',
        ['OrthogonalInitializer', { gain: 1, seed: null }],
        { className: 'Orthogonal', config: { gain: 1, seed: null } },
      ],
      [
        'bias_initializer',
        ['RandomNormal', { mean: scalar(1), stddev: scalar(0.5), seed: null }],
        { className: 'RandomNormal', config: { mean: 1, stddev: 0.5, seed: null } },
      ],
      [
        'bias_initializer',
        [
          'RandomNormal',
          { mean: 0, stddev: 1, seed: object('keras.random', 'SeedGenerator', { name: 'g', seed: 42 }) },
        ],
        { className: 'RandomNormal', config: { mean: 0, stddev: 1, seed: 42 } },
      ],
      [
        'bias_initializer',
        ['HeNormal', { seed: object('keras.random', 'SeedGenerator', { name: 'g', seed: null }) }],
        scaled({ scale: 2, mode: 'fanIn', distribution: 'normal' }),
      ],
      ['bias_regularizer', ['L1', { l1: scalar(0.5) }], { className: 'L1L2', config: { l1: 0.5, l2: 0 } }],
      ['bias_constraint', ['MinMaxNorm', { min_value: 0.5, max_value: 1.5, rate: 0.75, axis: 0 }], minMaxNorm],
    ]) {
      const [class_name, config] = given;
      const camelCase = argument.replace(/_./g, ([, letter]) => letter.toUpperCase());
      const entry = { ...tfKeras2, config: { ...tfKeras2.config, [argument]: { class_name, config } } };
      assert.deepEqual(configHere(entry)[camelCase], expected, class_name);
    }
  });

  test('is what toJSON writes', () => {
    for (const entry of [keras3, tfKeras2]) {
      withLayer(entry, (layer) => {
        const written = layer.toJSON();
        assert.deepEqual(Object.keys(written).sort(), ['class_name', 'config']);
        assert.equal(written.config.dtype, 'float32');
        assert.deepEqual(
          withLayer(written, (copy) => copy.getConfig()),
          layer.getConfig(),
        );
        for (const key of Object.keys(written.config)) assert.ok(key in tfKeras2.config, `${key} is no field of Keras`);
      });
    }
  });
});

/** Returns the artifacts that a model saves. */
async function saved(model) {
  let artifacts;
  await model.save(
    tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  return artifacts;
}
