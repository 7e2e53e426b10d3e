// What the demo's page "Teach it here" is made of, without the page: its drawings, its batches, its network.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerKernels } from 'depthwise-wasm/tfjs';

import { BATCH, batchesOfEpoch, picturesOf, splitSamples } from '../../web-demo/src/teach/batches.js';
import { CHANNELS, CLASSES, SIZE, makeNetwork } from '../../web-demo/src/teach/network.js';
import { INK, PAPER, packed, pictureOf } from '../../web-demo/src/teach/picture.js';
import { randomFrom } from '../../web-demo/src/teach/random.js';
import { SHAPES, drawShape, varied } from '../../web-demo/src/teach/shapes.js';
import { predict, train } from '../../web-demo/src/teach/training.js';
import { tf, useBackend } from './support/tfjs.js';

await useBackend('wasm');
await registerKernels(tf);

const DRAWINGS = 200;

/** So many examples of each shape. */
function samplesOf(count, seed) {
  const random = randomFrom(seed);
  const labels = Uint8Array.from({ length: count * SHAPES.length }, (_, i) => i % SHAPES.length);
  return { labels, pixels: packed(Array.from(labels, (label) => pictureOf(drawShape(SHAPES[label], random)))) };
}

describe('the shapes that the page draws', () => {
  for (const shape of SHAPES) {
    test(`a ${shape} lies on the pad, and the seed alone decides about it`, () => {
      const [random, again] = [randomFrom(7), randomFrom(7)];
      const seen = new Set();
      for (let i = 0; i < DRAWINGS; ++i) {
        const strokes = drawShape(shape, random);
        assert.deepEqual(strokes, drawShape(shape, again));
        assert.ok(
          strokes.flat(2).every((at) => at > 0 && at < 1),
          JSON.stringify(strokes),
        );
        seen.add(JSON.stringify(strokes));
      }
      assert.equal(seen.size, DRAWINGS);
    });
  }

  test('a variation has as many lines and points, near those of the drawing', () => {
    const random = randomFrom(3);
    const strokes = drawShape('square', random);
    const other = varied(strokes, random);
    assert.deepEqual(other.map(({ length }) => length), strokes.map(({ length }) => length)); // prettier-ignore
    const moved = strokes.flat().map(([x, y], i) => Math.hypot(x - other.flat()[i][0], y - other.flat()[i][1]));
    assert.ok(Math.max(...moved) > 0);
    assert.ok(Math.max(...moved) < 0.25, `${moved}`);
  });
});

describe('a picture of a drawing', () => {
  const MIDDLE = 0.5 + 0.5 / SIZE; // of the pixel at SIZE / 2
  const at = (picture, x, y) => [...picture.subarray(4 * (y * SIZE + x), 4 * (y * SIZE + x) + 4)];

  test('is paper where nothing is drawn, and ink on the line', () => {
    const y = SIZE / 2;
    const line = pictureOf([[[0.25, MIDDLE], [0.75, MIDDLE]]]); // prettier-ignore
    for (let x = 0; x < SIZE; ++x) {
      const isOnLine = x >= SIZE / 4 && x < (3 * SIZE) / 4;
      if (isOnLine) assert.deepEqual(at(line, x, y), [...INK, 255]);
      if (x < SIZE / 4 - 2 || x > (3 * SIZE) / 4 + 2) assert.deepEqual(at(line, x, y), [...PAPER, 255]);
      assert.deepEqual(at(line, x, y - 4), [...PAPER, 255]);
    }
  });

  test('of a point is a dot, and a line beyond the border is cut off', () => {
    assert.deepEqual(at(pictureOf([[[MIDDLE, MIDDLE]]]), SIZE / 2, SIZE / 2), [...INK, 255]);
    assert.deepEqual(at(pictureOf([[[-3, MIDDLE], [4, MIDDLE]]]), 0, SIZE / 2), [...INK, 255]); // prettier-ignore
    assert.deepEqual(pictureOf([[[5, 5]]]), pictureOf([]));
  });

  test('is packed without its opacity', () => {
    const pictures = [pictureOf([]), pictureOf([[[MIDDLE, MIDDLE]]])];
    const bytes = packed(pictures);
    assert.equal(bytes.length, 2 * SIZE * SIZE * CHANNELS);
    assert.deepEqual([...bytes.subarray(0, 3)], PAPER);
    const middle = (SIZE * SIZE + (SIZE / 2) * SIZE + SIZE / 2) * CHANNELS;
    assert.deepEqual([...bytes.subarray(middle, middle + 3)], INK);
  });
});

describe('the batches', () => {
  test('leave one in five examples of each class aside', () => {
    const labels = Uint8Array.from([...Array(12).fill(0), ...Array(4).fill(1), ...Array(5).fill(2)]);
    const { training, aside } = splitSamples(labels, randomFrom(1));
    assert.deepEqual([...training, ...aside].sort((a, b) => a - b), [...labels.keys()]); // prettier-ignore
    const count = (label) => aside.filter((i) => labels[i] === label).length;
    assert.deepEqual([count(0), count(1), count(2)], [2, 0, 1]);
  });

  for (const count of [1, BATCH, BATCH + 1, 5 * BATCH]) {
    test(`of ${count} examples are full, have each of them, and are the same for a seed`, () => {
      const training = Array.from({ length: count }, (_, i) => 10 + i);
      const batches = batchesOfEpoch(training, randomFrom(1));
      assert.ok(batches.every(({ length }) => length === BATCH));
      assert.deepEqual(new Set(batches.flat().map(({ index }) => index)), new Set(training));
      assert.ok(batches.length * BATCH - count < BATCH);
      assert.deepEqual(batches, batchesOfEpoch(training, randomFrom(1)));
    });
  }

  test('are pictures from -1 to 1, moved by their shift, with the border repeated', () => {
    const pixels = Uint8Array.from({ length: 2 * SIZE * SIZE * CHANNELS }, (_, i) => (i * 37) % 256);
    const pictures = picturesOf(pixels, [{ index: 1 }, { index: 1, shift: [2, -1] }]);
    const value = (picture, y, x, c) => pictures[((picture * SIZE + y) * SIZE + x) * CHANNELS + c];
    const inside = (position) => Math.min(Math.max(position, 0), SIZE - 1);
    for (let y = 0; y < SIZE; ++y) {
      for (let x = 0; x < SIZE; ++x) {
        const byte = pixels[((SIZE + y) * SIZE + x) * CHANNELS + 2];
        assert.equal(value(0, y, x, 2), Math.fround(byte / 127.5 - 1));
        assert.equal(value(1, y, x, 0), value(0, inside(y - 2), inside(x + 1), 0));
      }
    }
  });
});

describe('the network', () => {
  test('trains all of its layers, of which the depthwise ones are depthwise', () => {
    const model = makeNetwork(tfl, { seed: 1 });
    assert.deepEqual(model.inputs[0].shape, [null, SIZE, SIZE, CHANNELS]);
    assert.deepEqual(model.outputs[0].shape, [null, CLASSES]);
    assert.equal(model.layers.filter((layer) => layer.getClassName() === 'DepthwiseConv2D').length, 4);
    const fixed = model.nonTrainableWeights.filter(({ name }) => !/moving_(mean|variance)/.test(name));
    assert.deepEqual(fixed, []);
    model.dispose();
  });

  test('learns the shapes on wasm, and names those that it has not seen', async () => {
    const model = makeNetwork(tfl, { seed: 1 });
    const before = model.trainableWeights.map((weight) => weight.read().dataSync().slice());
    const steps = [];
    for await (const step of train(tf, model, samplesOf(40, 1), { epochs: 20, seed: 1 })) steps.push(step);
    assert.equal(steps.length, steps[0].steps);
    model.trainableWeights.forEach((weight, i) =>
      assert.notDeepEqual(weight.read().dataSync(), before[i], weight.name),
    );

    const unseen = samplesOf(40, 2);
    const probabilities = predict(tf, model, picturesOf(unseen.pixels, Array.from(unseen.labels, (_, index) => ({ index })))); // prettier-ignore
    const right = [...unseen.labels].filter((label, i) => {
      const ofPicture = probabilities.slice(CLASSES * i, CLASSES * (i + 1));
      return ofPicture.indexOf(Math.max(...ofPicture)) === label;
    });
    assert.ok(right.length >= 0.9 * unseen.labels.length, `${right.length} of ${unseen.labels.length}`);
    model.dispose();
  });

  test('begins with the same weights and gets the same batches on cpu, and keeps no tensor', async () => {
    const samples = samplesOf(3, 1);
    const losses = {};
    for (const backend of ['cpu', 'wasm']) {
      await useBackend(backend);
      const { numTensors } = tf.memory();
      const model = makeNetwork(tfl, { seed: 1 });
      for await (const { loss } of train(tf, model, samples, { epochs: 2, seed: 1 }))
        (losses[backend] ??= []).push(loss);
      model.dispose();
      assert.equal(tf.memory().numTensors, numTensors, backend);
    }
    assert.equal(losses.cpu.length, 2);
    losses.cpu.forEach((loss, i) => assert.ok(Math.abs(loss - losses.wasm[i]) < 1e-4, JSON.stringify(losses)));
  });
});
