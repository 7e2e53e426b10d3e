// Any configuration that is valid, in any spelling: the layer says what it was told, and is made again of what it says.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import fc from 'fast-check';
import { load } from 'depthwise-wasm';

import { assertSameBits } from './support/compare.js';
import { ACTIVATIONS, layerArguments, spell, spelling } from './support/layer-arbitraries.js';
import { valuesFor } from './support/layer-witness.js';

const dw = await load();
const { DepthwiseConv2D } = dw;

/** Checks what must hold for many configurations. fast-check prints the one that breaks it, made small, and the seed that leads there. */
function forAll(arbitraries, holds) {
  const property = fc.property(...arbitraries, (...values) => dw.tidy(() => holds(...values)));
  fc.assert(property, { numRuns: 400, seed: Number(process.env.DEPTHWISE_SEED ?? 1) | 0 });
}

/** Runs `body` with layers of these configurations, and disposes of them. */
function withLayers(configs, body) {
  const layers = [];
  try {
    for (const config of configs) layers.push(DepthwiseConv2D.fromConfig(config));
    return body(...layers);
  } finally {
    for (const layer of layers) layer.dispose();
  }
}

afterEach(() => assert.equal(dw.memory().numTensors, 0));

const pairOf = (value) => (Array.isArray(value) ? [...value] : [value ?? 1, value ?? 1]);
const inCamelCase = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** An argument that has a name, as the name that it was given. */
const nameIn = (value) => value?.className ?? value?.class_name ?? value?.getClassName?.() ?? value;

const PARTS = [
  'depthwiseInitializer',
  'biasInitializer',
  'depthwiseRegularizer',
  'biasRegularizer',
  'activityRegularizer',
  'depthwiseConstraint',
  'biasConstraint',
];

/** That each number, or list of them, in the configuration of a part that was given is in the one that was said. */
function assertSaysNumbersOf(said, given) {
  for (const [key, value] of Object.entries(given?.config ?? given?.getConfig?.() ?? {})) {
    if (value !== null && typeof value !== 'string') assert.deepEqual(said.config[inCamelCase(key)], value, key);
  }
}

test('getConfig says what the layer was told, however it was told', () => {
  forAll([layerArguments(), spelling], (given, form) => {
    withLayers([spell(given, form)], (layer) => {
      const said = layer.getConfig();
      assert.deepEqual(said.kernelSize, pairOf(given.kernelSize));
      assert.deepEqual(said.strides, pairOf(given.strides));
      assert.deepEqual(said.dilationRate, pairOf(given.dilationRate));
      assert.equal(said.depthMultiplier, given.depthMultiplier ?? 1);
      assert.equal(said.padding, given.padding ?? 'valid');
      assert.equal(said.dataFormat, inCamelCase(given.dataFormat ?? 'channelsLast'));
      assert.equal(said.activation, ACTIVATIONS[nameIn(given.activation) ?? 'linear']);
      assert.equal(said.useBias, given.useBias ?? true);
      assert.equal(said.trainable, given.trainable ?? true);
      assert.equal(said.name, layer.name);
      if (given.name) assert.equal(said.name, given.name);
      const { inputShape, batchSize, batchInputShape } = given;
      const shape = batchInputShape ?? (inputShape ? [batchSize ?? null, ...inputShape] : undefined);
      assert.deepEqual(said.batchInputShape, shape && [...shape]);
      assert.equal(said.dtype, shape && 'float32');
      for (const name of PARTS) assertSaysNumbersOf(said[name], given[name]);
      for (const name of PARTS.filter((part) => part.endsWith('Regularizer'))) {
        assert.equal(nameIn(said[name]), given[name] ? 'L1L2' : null);
      }
      for (const name of PARTS.filter((part) => part.endsWith('Constraint'))) {
        const className = inCamelCase(nameIn(given[name]) ?? '').replace(/^./, (letter) => letter.toUpperCase());
        assert.equal(nameIn(said[name]) ?? '', className);
      }
    });
  });
});

test('a layer of what getConfig or toJSON gives says the same, also through JSON and in the other spelling', () => {
  forAll([layerArguments(), spelling], (given, form) => {
    withLayers([spell(given, form)], (layer) => {
      const said = layer.getConfig();
      const text = JSON.stringify(layer);
      assert.equal(JSON.stringify(layer.toJSON()), text);
      const entries = [
        said,
        JSON.parse(JSON.stringify(said)),
        { className: 'DepthwiseConv2D', config: said },
        layer.toJSON(),
        JSON.parse(text),
        JSON.parse(text).config,
        layer,
      ];
      withLayers(entries, (...made) => {
        for (const again of made) {
          assert.deepEqual(again.getConfig(), said);
          assert.equal(JSON.stringify(again), text);
        }
      });
    });
  });
});

/** A shape of x for a layer, of which the last numbers are how much larger it is than it must be. */
function xShapeFor(layer, { batch, channels, height, width }) {
  const { kernelSize, dilationRate, dataFormat } = layer.getConfig();
  const least = kernelSize.map((taps, axis) => (taps - 1) * dilationRate[axis] + 1);
  const size = [least[0] + height, least[1] + width];
  return dataFormat === 'channelsFirst' ? [batch, channels, ...size] : [batch, ...size, channels];
}

const xSize = fc.record({
  batch: fc.integer({ min: 0, max: 3 }),
  channels: fc.integer({ min: 1, max: 6 }),
  height: fc.integer({ min: 0, max: 4 }),
  width: fc.integer({ min: 0, max: 4 }),
});

test('with seeds, a layer that is made again has the same weights, bit for bit, and computes the same', () => {
  forAll([layerArguments({ buildable: true }), spelling, xSize], (given, form, x) => {
    const config = spell(given, form);
    withLayers([config], (layer) => {
      const entries = [config, layer.getConfig(), JSON.parse(JSON.stringify(layer))];
      const values = valuesFor(xShapeFor(layer, x));
      const y = layer.call(values, { training: true });
      withLayers(entries, (...made) => {
        for (const again of made) {
          again.build(values.shape);
          assert.equal(again.weights.length, layer.weights.length);
          again.weights.forEach((weight, i) => assertSameBits(weight, layer.weights[i], weight.name));
          assertSameBits(again.call(values), y);
        }
      });
    });
  });
});

test('computeOutputShape is the shape of what call gives, and null where that of x is', () => {
  const unknowns = fc.array(fc.boolean(), { minLength: 4, maxLength: 4 });
  forAll([layerArguments({ buildable: true }), xSize, unknowns], (config, x, unknown) => {
    withLayers([config], (layer) => {
      const xShape = xShapeFor(layer, x);
      const before = layer.computeOutputShape(xShape);
      const y = layer.call(valuesFor(xShape));
      assert.deepEqual(before, y.shape);
      assert.deepEqual(layer.computeOutputShape(xShape), y.shape);
      const channelAxis = layer.getConfig().dataFormat === 'channelsFirst' ? 1 : 3;
      const hidden = (shape) => shape.map((size, i) => (unknown[i] && i !== channelAxis ? null : size));
      assert.deepEqual(layer.computeOutputShape(hidden(xShape)), hidden(y.shape));
      const { kernelSize, depthMultiplier, useBias } = layer.getConfig();
      const outChannels = x.channels * depthMultiplier;
      assert.equal(layer.countParams(), kernelSize[0] * kernelSize[1] * outChannels + (useBias ? outChannels : 0));
    });
  });
});

test('each name is given back letter for letter', () => {
  for (const name of [
    'n',
    'depthwise_conv2d',
    'a/b:c d',
    'größe',
    '層',
    '\u{1f40d}',
    '\0',
    '"',
    '\\',
    'e\u0301',
    '\u202e',
    '\ufeffname',
    '\ufeff',
    'n'.repeat(100),
  ]) {
    withLayers([{ kernelSize: 1, name }], (layer) => {
      assert.equal(layer.name, name);
      assert.equal(layer.getConfig().name, name);
      assert.equal(JSON.parse(JSON.stringify(layer)).config.name, name);
    });
  }
});

test('layers without a name get one each', () => {
  withLayers([{ kernelSize: 1 }, { kernelSize: 1, name: null }, { kernelSize: 1, name: '' }], (...layers) => {
    const names = layers.map(({ name }) => name);
    assert.equal(new Set(names).size, 3);
    for (const name of names) assert.match(name, /^depthwise_conv2d(_\d+)?$/);
  });
});
