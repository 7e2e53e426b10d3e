import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import alea from 'seedrandom/lib/alea.js';
import { CHANNELS, SIZE } from './network.js';
import { batchesOfEpoch, inputsOf, pictureData, splitSamples, train } from './training.js';

const BATCH = 16;

const differentSources = (count) => Array.from({ length: count }, (_, i) => `drawing ${i}`);

test('one in five examples of each class is in the validation set', () => {
  const labels = Uint8Array.from([...Array(12).fill(0), ...Array(4).fill(1), ...Array(5).fill(2)]);
  const { training, validation } = splitSamples({ labels, sources: differentSources(21) }, alea(1));
  assert.deepEqual([...training, ...validation].sort((a, b) => a - b), [...labels.keys()]); // prettier-ignore
  assert.deepEqual([0, 1, 2].map((label) => validation.filter((i) => labels[i] === label).length), [2, 0, 1]); // prettier-ignore
});

test('all variations of a drawing are in the same set', () => {
  const sizes = [6, 1, 4, 5, 9, 3, 2];
  const sources = sizes.flatMap((size, drawing) => Array(size).fill(`drawing ${drawing}`));
  const labels = new Uint8Array(sources.length);
  for (let seed = 0; seed < 50; ++seed) {
    const { training, validation } = splitSamples({ labels, sources }, alea(seed));
    const [trained, validated] = [training, validation].map((indices) => new Set(indices.map((i) => sources[i])));
    assert.ok([...trained].every((source) => !validated.has(source)));
    assert.equal(training.length + validation.length, labels.length);
    assert.ok(validation.length > 0 && validation.length <= labels.length / 3, `${validation.length}`);
  }
  const one = splitSamples({ labels: new Uint8Array(10), sources: Array(10).fill('drawing 1') }, alea(1));
  assert.deepEqual([one.training.length, one.validation.length], [10, 0], 'the only drawing trains');
});

for (const count of [1, BATCH, BATCH + 1, 5 * BATCH]) {
  test(`the batches of ${count} examples are full and contain each example`, () => {
    const training = Array.from({ length: count }, (_, i) => 10 + i);
    const batches = batchesOfEpoch(training, BATCH, alea(1));
    assert.ok(batches.every(({ length }) => length === BATCH));
    assert.deepEqual(new Set(batches.flat().map(({ index }) => index)), new Set(training));
    assert.ok(batches.length * BATCH - count < BATCH);
    assert.deepEqual(batches, batchesOfEpoch(training, BATCH, alea(1)), 'the same seed gives the same batches');
  });
}

test('the inputs of the network are from -1 to 1, and shifts repeat the border', () => {
  const pixels = Uint8Array.from({ length: 2 * SIZE * SIZE * CHANNELS }, (_, i) => (i * 37) % 256);
  const inputs = inputsOf({ pixels, size: SIZE }, [{ index: 1 }, { index: 1, shift: [2, -1] }]);
  const value = (picture, y, x, c) => inputs[((picture * SIZE + y) * SIZE + x) * CHANNELS + c];
  const inside = (position) => Math.min(Math.max(position, 0), SIZE - 1);
  for (let y = 0; y < SIZE; ++y) {
    for (let x = 0; x < SIZE; ++x) {
      assert.equal(value(0, y, x, 2), Math.fround(pixels[((SIZE + y) * SIZE + x) * CHANNELS + 2] / 127.5 - 1));
      assert.equal(value(1, y, x, 0), value(0, inside(y - 2), inside(x + 1), 0));
    }
  }
});

test('training reports each step, validates after each epoch, and leaks no tensor', async () => {
  await tf.setBackend('cpu');
  const { numTensors } = tf.memory();
  const model = tfl.sequential();
  model.add(tfl.layers.globalAveragePooling2d({ inputShape: [SIZE, SIZE, CHANNELS] }));
  model.add(tfl.layers.dense({ units: 3, activation: 'softmax' }));
  // Black and white pictures, which the average separates.
  const labels = Uint8Array.from({ length: 30 }, (_, i) => i % 2);
  const pixels = Uint8Array.from({ length: labels.length * SIZE * SIZE * CHANNELS }, (_, i) => 255 * labels[Math.floor(i / (SIZE * SIZE * CHANNELS))]); // prettier-ignore
  const reports = [];
  for await (const step of train(
    tf,
    model,
    pictureData({ pixels, size: SIZE, labels, sources: differentSources(30), classes: 3 }),
    { epochs: 10, batch: BATCH, rate: 3e-3, seed: 1 },
  ))
    reports.push(step);
  assert.deepEqual(reports.map(({ step }) => step), Array.from({ length: 20 }, (_, i) => i + 1)); // prettier-ignore
  assert.ok(reports.every(({ steps }) => steps === 20));
  for (const [i, { validation }] of reports.entries()) {
    if (i % 2 === 0) {
      assert.equal(validation, undefined, 'only after an epoch');
      continue;
    }
    const { confusion, misnamed } = validation;
    assert.deepEqual(confusion.map((counts) => counts.reduce((sum, count) => sum + count)), [3, 3, 0]); // prettier-ignore
    assert.equal(misnamed.length, 6 - confusion[0][0] - confusion[1][1]);
    assert.ok(misnamed.every(({ index, label, guess }) => labels[index] === label && guess !== label));
  }
  const losses = reports.flatMap(({ validation }) => validation?.loss ?? []);
  assert.ok(losses.at(-1) < losses[0]);
  assert.ok(reports.at(-1).loss < reports[0].loss);
  model.dispose();
  assert.equal(tf.memory().numTensors, numTensors);
});
