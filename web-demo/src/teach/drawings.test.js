import assert from 'node:assert/strict';
import { test } from 'node:test';
import alea from 'seedrandom/lib/alea.js';
import { INK, PAPER, SHAPES, drawShape, packed, pictureOf, variationOf } from './drawings.js';
import { SIZE } from './network.js';

const MIDDLE = 0.5 + 0.5 / SIZE; // of the pixel at SIZE / 2
const colourAt = (picture, x, y) => [...picture.subarray(4 * (y * SIZE + x), 4 * (y * SIZE + x) + 3)];

for (const shape of SHAPES) {
  test(`each drawing of a ${shape} is inside the pad, different, and reproducible`, () => {
    const [random, again] = [alea(7), alea(7)];
    const drawings = Array.from({ length: 200 }, () => drawShape(shape, random));
    assert.ok(drawings.flat(3).every((at) => at > 0 && at < 1));
    assert.equal(new Set(drawings.map((drawing) => JSON.stringify(drawing))).size, drawings.length);
    for (const drawing of drawings) assert.deepEqual(drawShape(shape, again), drawing);
  });
}

test('a variation is close to its drawing', () => {
  const random = alea(3);
  const drawing = drawShape('square', random).flat();
  const variation = variationOf([drawing], random).flat();
  assert.equal(variation.length, drawing.length);
  const distances = drawing.map(([x, y], i) => Math.hypot(x - variation[i][0], y - variation[i][1]));
  assert.ok(Math.max(...distances) > 0 && Math.max(...distances) < 0.25, `${distances}`);
});

test('a picture has the colour of ink on a line and the colour of paper away from it', () => {
  const y = SIZE / 2;
  const picture = pictureOf([[[0.25, MIDDLE], [0.75, MIDDLE]]]); // prettier-ignore
  for (let x = 0; x < SIZE; ++x) {
    if (x >= SIZE / 4 && x < (3 * SIZE) / 4) assert.deepEqual(colourAt(picture, x, y), INK);
    if (x < SIZE / 4 - 2 || x > (3 * SIZE) / 4 + 2) assert.deepEqual(colourAt(picture, x, y), PAPER);
    assert.deepEqual(colourAt(picture, x, y - 4), PAPER);
  }
});

test('a point becomes a dot, and strokes outside of the pad are clipped', () => {
  assert.deepEqual(colourAt(pictureOf([[[MIDDLE, MIDDLE]]]), SIZE / 2, SIZE / 2), INK);
  assert.deepEqual(colourAt(pictureOf([[[-3, MIDDLE], [4, MIDDLE]]]), 0, SIZE / 2), INK); // prettier-ignore
  assert.deepEqual(pictureOf([[[5, 5]]]), pictureOf([]));
});

test('packed pictures contain three bytes for each pixel', () => {
  const bytes = packed([pictureOf([]), pictureOf([[[MIDDLE, MIDDLE]]])]);
  const pixel = SIZE * SIZE + (SIZE / 2) * SIZE + SIZE / 2;
  assert.equal(bytes.length, 2 * SIZE * SIZE * 3);
  assert.deepEqual([...bytes.subarray(0, 3)], PAPER);
  assert.deepEqual([...bytes.subarray(3 * pixel, 3 * pixel + 3)], INK);
});
