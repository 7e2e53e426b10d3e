// The layers that the demo's speed lab takes, and what it says of others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableRows } from '../../bench/shared/layers.js';
import { fieldsOf, readLayer } from '../../web-demo/src/lab/layer-check.js';
import { layerOfLink, linkOf } from '../../web-demo/src/lab/layer-link.js';
import { DEFAULT_PRESET, layerTitle, presetGroups, presetLayer } from '../../web-demo/src/lab/presets.js';
import { listed, shapeWords } from '../../web-demo/src/lab/words.js';

const fields = (changes = {}) => ({ ...fieldsOf(presetLayer(DEFAULT_PRESET)), ...changes });
const problemOf = (changes) => {
  const { layer, problems } = readLayer(fields(changes));
  assert.equal(layer, null);
  assert.equal(problems.length, 1);
  return problems[0];
};

test('every row of the table is a preset, once, and its fields read as it', () => {
  const presets = presetGroups.flatMap(({ presets }) => presets);
  assert.deepEqual(presets.map(({ name }) => name).sort(), tableRows.map(({ name }) => name).sort());
  for (const { layer } of presets) assert.deepEqual(readLayer(fieldsOf(layer)).layer, { ...layer, name: 'own' });
  assert.equal(new Set(presets.map(({ title, layer }) => title + layerTitle(layer))).size, presets.length);
});

test("a link brings a layer back: a preset by its name, one's own by its shape", () => {
  assert.equal(linkOf(presetLayer('dilation-2')), 'dilation-2');
  assert.equal(layerOfLink('dilation-2'), presetLayer('dilation-2'));
  for (const changes of [
    { batch: '3', strideWidth: '2' },
    { dilationHeight: '2', dilationWidth: '3', padding: 'valid' },
    { padding: 'number', pad: '0', multiplier: '2' },
  ]) {
    const { layer } = readLayer(fields(changes));
    assert.deepEqual(layerOfLink(linkOf(layer)), layer);
  }
  assert.throws(() => layerOfLink('resnet-50'), /the input must be batch x height x width x channels, got 'resnet-50'/);
  assert.throws(() => layerOfLink('1x5000x4x4,3x3'), /Height must be a whole number from 1 to 4096; not 5000/);
});

test('a field that is no number, or too large or small, is named with what is allowed', () => {
  for (const [text, said] of [
    ['', 'it is empty or no number'],
    ['2.5', 'not 2.5'],
    ['-1', 'not -1'],
    ['0', 'not 0'],
    ['1e3', 'not 1e3'],
    ['4097', 'not 4097'],
  ]) {
    const { field, message } = problemOf({ width: text });
    assert.equal(field, 'width');
    assert.equal(message, `Width must be a whole number from 1 to 4096; ${said}.`);
  }
  const { problems } = readLayer(fields({ batch: 'x', channels: '' }));
  assert.deepEqual(
    problems.map(({ field }) => field),
    ['batch', 'channels'],
  );
});

test('a pad is looked at only where the padding is a number', () => {
  assert.equal(readLayer(fields({ pad: 'x' })).layer.pad, 'same');
  assert.equal(problemOf({ padding: 'number', pad: 'x' }).field, 'pad');
  assert.equal(readLayer(fields({ padding: 'number', pad: '2' })).layer.pad, 2);
});

test('a filter that leaves no output, a tensor and a work that are too large', () => {
  const reach = problemOf({ height: '8', width: '40', filterHeight: '5', dilationHeight: '3', padding: 'valid' });
  assert.equal(reach.field, 'filterHeight');
  assert.match(reach.message, /spans 13 × 3 pixels, the padded input only 8 × 40: no output is left/);
  assert.equal(problemOf({ width: '2', filterWidth: '7', padding: 'number', pad: '2' }).field, 'filterWidth');
  assert.match(problemOf({ height: '4096', width: '4096' }).message, /x has 4,294,967,296 values; at most 8,388,608/);
  assert.match(
    problemOf({ height: '56', width: '56', filterHeight: '31', filterWidth: '31' }).message,
    /is 771,506,176 multiplications; at most 100,000,000/,
  );
});

test('words for readers', () => {
  assert.equal(shapeWords(presetLayer(DEFAULT_PRESET)), '1×28×28×256, filter 3×3');
  const layer = layerOfLink('2x9x8x7,3x2,stride=2x1,dilation=2,multiplier=3,pad=1');
  assert.equal(shapeWords(layer), '2×9×8×7, filter 3×2, multiplier 3, stride 2×1, dilation 2, pad 1');
  assert.equal(layerTitle(layer), 'Your own shape');
  assert.equal(layerTitle(presetLayer('mobilenet-v1/5')), 'MobileNetV1, layer 5');
  assert.deepEqual([listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])], ['a', 'a and b', 'a, b and c']);
});
