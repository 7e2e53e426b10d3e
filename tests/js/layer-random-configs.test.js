// Random valid configurations in every spelling: getConfig and toJSON return the arguments, and a layer made from them is the same.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import fc from 'fast-check';
import { load } from 'depthwise-wasm';

import { assertSameBits } from './support/compare.js';
import { ACTIVATIONS, layerArguments, spell, spelling } from './support/layer-arbitraries.js';
import { valuesFor } from './support/layer-witness.js';

const dw = await load();
const { DepthwiseConv2D } = dw;

/** Checks a property for many configurations. fast-check prints a small one that violates it, and its seed. */
function forAll(arbitraries, holds) {
  const property = fc.property(...arbitraries, (...values) => dw.tidy(() => holds(...values)));
  fc.assert(property, { numRuns: 200, seed: Number(process.env.DEPTHWISE_SEED ?? 1) | 0 });
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

/** Returns the name in an argument that has one. */
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

/** Checks that each number of a given initializer, regularizer or constraint is in the written one. */
function assertContainsNumbersOf(written, given) {
  for (const [key, value] of Object.entries(given?.config ?? given?.getConfig?.() ?? {})) {
    if (value !== null && typeof value !== 'string') assert.deepEqual(written.config[inCamelCase(key)], value, key);
  }
}

test('getConfig returns the arguments, in any spelling', () => {
  forAll([layerArguments(), spelling], (given, form) => {
    withLayers([spell(given, form)], (layer) => {
      const written = layer.getConfig();
      assert.deepEqual(written.kernelSize, pairOf(given.kernelSize));
      assert.deepEqual(written.strides, pairOf(given.strides));
      assert.deepEqual(written.dilationRate, pairOf(given.dilationRate));
      assert.equal(written.depthMultiplier, given.depthMultiplier ?? 1);
      assert.equal(written.padding, given.padding ?? 'valid');
      assert.equal(written.dataFormat, inCamelCase(given.dataFormat ?? 'channelsLast'));
      assert.equal(written.activation, ACTIVATIONS[nameIn(given.activation) ?? 'linear']);
      assert.equal(written.useBias, given.useBias ?? true);
      assert.equal(written.trainable, given.trainable ?? true);
      assert.equal(written.name, layer.name);
      if (given.name) assert.equal(written.name, given.name);
      const { inputShape, batchSize, batchInputShape } = given;
      const shape = batchInputShape ?? (inputShape ? [batchSize ?? null, ...inputShape] : undefined);
      assert.deepEqual(written.batchInputShape, shape && [...shape]);
      assert.equal(written.dtype, shape && 'float32');
      for (const name of PARTS) assertContainsNumbersOf(written[name], given[name]);
      for (const name of PARTS.filter((part) => part.endsWith('Regularizer'))) {
        assert.equal(nameIn(written[name]), given[name] ? 'L1L2' : null);
      }
      for (const name of PARTS.filter((part) => part.endsWith('Constraint'))) {
        const className = inCamelCase(nameIn(given[name]) ?? '').replace(/^./, (letter) => letter.toUpperCase());
        assert.equal(nameIn(written[name]) ?? '', className);
      }
    });
  });
});

test('a layer made from getConfig or toJSON, also through JSON, has the same configuration', () => {
  forAll([layerArguments(), spelling], (given, form) => {
    withLayers([spell(given, form)], (layer) => {
      const written = layer.getConfig();
      const text = JSON.stringify(layer);
      assert.equal(JSON.stringify(layer.toJSON()), text);
      const entries = [
        written,
        JSON.parse(JSON.stringify(written)),
        { className: 'DepthwiseConv2D', config: written },
        layer.toJSON(),
        JSON.parse(text),
        JSON.parse(text).config,
        layer,
      ];
      withLayers(entries, (...made) => {
        for (const again of made) {
          assert.deepEqual(again.getConfig(), written);
          assert.equal(JSON.stringify(again), text);
        }
      });
    });
  });
});

/** Returns a shape of x for a layer; height and width are added to the smallest ones. */
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

test('with seeds, a layer made again has the same weights, bit for bit, and the same outputs', () => {
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

test('computeOutputShape is the shape of the output, and null where the shape of x is', () => {
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

test('a layer without a name gets a new one, and a given name is kept letter for letter', () => {
  withLayers([{ kernelSize: 1 }, { kernelSize: 1, name: null }, { kernelSize: 1, name: '' }], (...layers) => {
    const names = layers.map(({ name }) => name);
    assert.equal(new Set(names).size, 3);
    for (const name of names) assert.match(name, /^depthwise_conv2d(_\d+)?$/);
  });
  for (const name of ['größe', '\u{1f40d}', '\0', '"', '\ufeffname', '__proto__', 'n'.repeat(100)]) {
    withLayers([{ kernelSize: 1, name }], (layer) => {
      assert.equal(layer.name, name);
      assert.equal(JSON.parse(JSON.stringify(layer)).config.name, name);
    });
  }
});
