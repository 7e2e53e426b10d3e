import assert from 'node:assert/strict';
import { test } from 'node:test';
import alea from 'seedrandom/lib/alea.js';
import { INK, PAPER, SHAPES, drawShape, fitted, packed, pictureOf, variationOf } from './drawings.js';
import { SIZE } from './network.js';

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
  const line = [[[0.25, 0.3], [0.75, 0.3]]]; // prettier-ignore
  const picture = pictureOf(line);
  const [[[from], [to]]] = fitted(line);
  for (let x = 0; x < SIZE; ++x) {
    if (x >= from * SIZE && x < to * SIZE) assert.deepEqual(colourAt(picture, x, y), INK);
    if (x < from * SIZE - 2 || x > to * SIZE + 2) assert.deepEqual(colourAt(picture, x, y), PAPER);
    assert.deepEqual(colourAt(picture, x, y - 4), PAPER);
  }
});

test('the place and the size of a drawing do not change its picture', () => {
  const drawing = drawShape('triangle', alea(5));
  const moved = drawing.map((stroke) => stroke.map(([x, y]) => [0.02 + x / 6, 0.8 + y / 6]));
  const picture = pictureOf(moved);
  const difference = pictureOf(drawing).map((value, i) => Math.abs(value - picture[i]));
  assert.ok(Math.max(...difference) <= 1, 'rounding only');
});

test('a point becomes a dot in the middle, and an empty drawing an empty picture', () => {
  const dot = pictureOf([[[0.1, 0.9]]]);
  assert.ok(colourAt(dot, SIZE / 2, SIZE / 2)[0] > 0.8 * INK[0]); // the dot is where four pixels meet
  assert.deepEqual(colourAt(dot, SIZE / 4, SIZE / 2), PAPER);
  assert.ok(pictureOf([]).every((value, i) => value === [...PAPER, 255][i % 4]));
});

test('packed pictures contain three bytes for each pixel', () => {
  // prettier-ignore
  const bytes = packed([pictureOf([]), pictureOf([[[0.4, 0.5], [0.6, 0.5]]])]);
  const pixel = SIZE * SIZE + (SIZE / 2) * SIZE + SIZE / 2;
  assert.equal(bytes.length, 2 * SIZE * SIZE * 3);
  assert.deepEqual([...bytes.subarray(0, 3)], PAPER);
  assert.deepEqual([...bytes.subarray(3 * pixel, 3 * pixel + 3)], INK);
});

test('packed pictures have the wanted size: pixels are averaged or repeated', () => {
  const picture = Uint8ClampedArray.from({ length: 36 * 4 }, (_, i) => 3 * Math.floor(i / 4) + (i % 4)); // 6 × 6
  assert.deepEqual([...packed([picture], 2)], [21, 22, 23, 30, 31, 32, 75, 76, 77, 84, 85, 86]);
  const repeated = packed([picture], 12);
  for (const [at, from] of [[0, 0], [1, 0], [12, 0], [2, 1], [143, 35]]) assert.equal(repeated[3 * at], 3 * from); // prettier-ignore
});
