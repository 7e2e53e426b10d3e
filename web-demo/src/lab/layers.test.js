import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOf } from './networks.js';
import { DEFAULT_PRESET, fieldsOf, layerOfLink, layerTitle, linkOf, presetGroups, presetLayer, readLayer, shapeText } from './layers.js'; // prettier-ignore

const fields = (changes = {}) => ({ ...fieldsOf(presetLayer(DEFAULT_PRESET)), ...changes });
const problemsOf = (changes) => readLayer(fields(changes)).problems;

test('the form accepts every preset, and every preset has a distinct title', () => {
  const presets = presetGroups.flatMap(({ presets }) => presets);
  const layers = presets.filter(({ name }) => !networkOf(name));
  for (const { layer } of layers) assert.deepEqual(readLayer(fieldsOf(layer)).layer, { ...layer, name: 'own' });
  assert.equal(new Set(presets.map(({ title, layer }) => title + layerTitle(layer))).size, presets.length);
});

test('a link restores a preset and a shape', () => {
  assert.equal(layerOfLink(linkOf(presetLayer('dilation-2'))), presetLayer('dilation-2'));
  for (const changes of [
    { batch: '3', strideWidth: '2' },
    { dilationHeight: '2', dilationWidth: '3', padding: 'valid' },
    { padding: 'number', pad: '0', multiplier: '2' },
  ]) {
    const { layer } = readLayer(fields(changes));
    assert.deepEqual(layerOfLink(linkOf(layer)), layer);
  }
  assert.throws(() => layerOfLink('resnet-50'), RangeError);
  assert.throws(() => layerOfLink('1x5000x4x4,3x3'), /Height must be a whole number from 1 to 4096, got 5000/);
});

test('a wrong field is reported with its limits', () => {
  for (const [width, got] of [
    ['', 'no number'],
    ['2.5', '2.5'],
    ['-1', '-1'],
    ['0', '0'],
    ['1e3', '1e3'],
    ['4097', '4097'],
  ]) {
    // prettier-ignore
    const message = `Width must be a whole number from 1 to 4096, got ${got}.`;
    assert.deepEqual(problemsOf({ width }), [{ field: 'width', message }]);
  }
  assert.deepEqual(problemsOf({ batch: 'x', channels: '' }).map(({ field }) => field), ['batch', 'channels']); // prettier-ignore
});

test('the pad is read only when the padding is a number', () => {
  assert.equal(readLayer(fields({ pad: 'x' })).layer.pad, 'same');
  assert.equal(readLayer(fields({ padding: 'number', pad: '2' })).layer.pad, 2);
  assert.equal(problemsOf({ padding: 'number', pad: 'x' })[0].field, 'pad');
});

test('an empty output, a large tensor and a large amount of work are reported', () => {
  const empty = { height: '8', width: '40', filterHeight: '5', dilationHeight: '3', padding: 'valid' };
  const cases = [
    [empty, 'filterHeight', /spans 13 × 3 pixels, but the padded input has only 8 × 40/],
    [{ width: '2', filterWidth: '7', padding: 'number', pad: '2' }, 'filterWidth', /output would be empty/],
    [{ height: '4096', width: '4096' }, 'height', /x has 4,294,967,296 values.*at most 8,388,608/],
    [{ height: '56', width: '56', filterHeight: '31', filterWidth: '31' }, 'height', /771,506,176 multiplications/],
  ];
  for (const [changes, field, pattern] of cases) {
    const [problem] = problemsOf(changes);
    assert.equal(problem.field, field);
    assert.match(problem.message, pattern);
  }
});

test('the shape text omits defaults', () => {
  assert.equal(shapeText(presetLayer(DEFAULT_PRESET)), '1×28×28×256, filter 3×3');
  const layer = layerOfLink('2x9x8x7,3x2,stride=2x1,dilation=2,multiplier=3,pad=1');
  assert.equal(shapeText(layer), '2×9×8×7, filter 3×2, multiplier 3, stride 2×1, dilation 2, pad 1');
});
