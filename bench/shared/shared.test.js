// Layers, numbers, the reference, and how backends are measured.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { denseLayers } from './dense-layers.js';
import { denseReference, withBiasAndRelu6 } from './dense-reference.js';
import { allRows, defaultNames, formatShape, layers, parseShape, selectLayers, tableRows } from './layers.js';
import { measurePass } from './measure.js';
import { geometricMean, median, timeText } from './numbers.js';
import { differenceFrom, geometryOf, randomValues, reference } from './reference.js';

test('a shape consists of input and filter; the other settings are optional', () => {
  assert.deepEqual(parseShape('1x56x55x128,3x5', 'own/1'), {
    ...{ name: 'own/1', batch: 1, height: 56, width: 55, channels: 128, filterHeight: 3, filterWidth: 5 },
    ...{ strides: [1, 1], dilations: [1, 1], multiplier: 1, pad: 'same' },
  });
});

test('settings of a shape are accepted in any order, strides and dilations for one axis or both', () => {
  const layer = parseShape('2x9x8x7, 3x3, pad=2, multiplier=4, dilation=2, stride=2x1', 'own/1');
  assert.deepEqual([layer.strides, layer.dilations, layer.multiplier, layer.pad], [[2, 1], [2, 2], 4, 2]);
  assert.equal(parseShape('1x9x9x7,3x3,pad=valid', 'own/1').pad, 'valid');
});

test('a shape is formatted as the text that was parsed', () => {
  for (const text of ['1x8x8x8,3x3', '2x9x8x7,3x2,stride=2x1,dilation=2,multiplier=4,pad=2', '1x9x9x1,3x3,pad=valid']) {
    assert.equal(formatShape(parseShape(text, 'own/1')), text);
  }
});

test('a wrong shape is refused with the reason', () => {
  const errors = {
    '': /input must be batch x height x width x channels, got ''/,
    '1x8x8,3x3': /input must be batch x height x width x channels, got '1x8x8'/,
    '1x8x8x8': /filter must be height x width, got ''/,
    '1x8x8x8,3': /filter must be height x width, got '3'/,
    '1x0x8x8,3x3': /each number of the input must be a whole number from 1/,
    '1x8x8x-8,3x3': /each number of the input must be a whole number from 1 .*'-8'/,
    '1x8x8x8,3x3.5': /each number of the filter must be a whole number from 1 .*'3.5'/,
    '1x8x8x8,3x3,stride=0': /stride must be a whole number from 1 .*'0'/,
    '1x8x8x8,3x3,stride=1x2x3': /stride must be one number or height x width/,
    '1x8x8x8,3x3,stride': /write 'stride=…'/,
    '1x8x8x8,3x3,strides=2': /'strides=2' is unknown; allowed are stride=, dilation=, multiplier=, pad=/,
    '1x8x8x8,3x3,toString=2': /is unknown/,
    '1x8x8x8,3x3,multiplier=x': /multiplier must be a whole number/,
    '1x8x8x8,3x3,pad=half': /pad must be same, valid or a whole number, got 'half'/,
    '1x8x8x8,3x3,pad=1,pad=1': /pad is given twice/,
    '1x4x8x8,5x3,pad=valid': /filter, 5x3 before dilation, is larger than the padded input of 4x8/,
    '1x20000x20000x8,3x3': /1x20000x20000x8 is more than 134217728 values/,
  };
  for (const [text, message] of Object.entries(errors)) {
    assert.throws(() => parseShape(text, 'own/1'), { name: 'RangeError', message }, text);
  }
});

test('layers have unique names and shapes, and their strides divide the image', () => {
  assert.equal(new Set(layers.map(({ name }) => name)).size, layers.length);
  assert.equal(new Set(layers.map(formatShape)).size, layers.length);
  for (const layer of layers) {
    const [, height, width, channels] = geometryOf(layer).outputShape;
    assert.equal(height * layer.strides[0], layer.height, layer.name);
    assert.equal(width, height);
    assert.equal(channels, layer.channels);
    assert.deepEqual(parseShape(formatShape(layer), layer.name), layer);
  }
});

test('layers have the numbers of the papers', () => {
  const known = {
    'mobilenet-v1/1': '1x112x112x32,3x3',
    'mobilenet-v1/12': '1x14x14x512,3x3,stride=2',
    'mobilenet-v1/13': '1x7x7x1024,3x3',
    'mobilenet-v2/2': '1x112x112x96,3x3,stride=2',
    'mobilenet-v2/15': '1x7x7x960,3x3',
    'efficientnet-b0/4': '1x56x56x144,5x5,stride=2',
    'efficientnet-b0/12': '1x14x14x672,5x5,stride=2',
    'convnext-t/1': '1x56x56x96,7x7',
    'convnext-t/16': '1x7x7x768,7x7',
  };
  for (const [name, shape] of Object.entries(known)) assert.deepEqual(selectLayers([name]).map(formatShape), [shape]);
});

test('layers are selected by name and glob, in the order of the list', () => {
  assert.equal(selectLayers(defaultNames).length, defaultNames.length);
  const names = selectLayers(['convnext-t/*', '*-v1/1?']).map(({ name }) => name);
  assert.deepEqual(names.slice(0, 3), ['mobilenet-v1/12', 'mobilenet-v1/13', 'convnext-t/1']);
  assert.throws(() => selectLayers(['mobilenet-v9/*']), { name: 'RangeError', message: /'mobilenet-v9\/\*'.*--list/ });
});

test('the median is the middle value, or the mean of the two in the middle', () => {
  assert.equal(median([3, 1, 100]), 3);
  assert.equal(median([4, 1, 2, 100]), 3);
  assert.equal(median([7]), 7);
});

test('the geometric mean of 2 and 8 is 4', () => {
  assert.ok(Math.abs(geometricMean([2, 8]) - 4) < 1e-12);
});

test('times are printed with three digits and the unit that fits', () => {
  const times = [0.00123, 0.0456, 0.137, 0.9996, 12.34, 999.4, 2853.6].map(timeText);
  assert.deepEqual(times, ['1.23 µs', '45.6 µs', '137 µs', '1.00 ms', '12.3 ms', '999 ms', '2.85 s']);
});

test('the reference follows the definition', () => {
  // One row of four, a filter of two with stride 2 and 'same': taps (1, 2) and (3, 4), two filters for the one channel.
  const layer = parseShape('1x1x4x1,1x2,stride=2,multiplier=2', 'own/1');
  const tensor = (...values) => ({ data: Float32Array.from(values) });
  const values = { x: tensor(1, 2, 3, 4), filter: tensor(1, 10, 2, 20), dy: tensor(1, 2, 3, 4) };
  const results = ['forward', 'input', 'filter'].map((pass) => [...reference(layer, pass, values).data]);
  assert.deepEqual(results, [
    [5, 50, 11, 110],
    [21, 42, 43, 86],
    [10, 14, 14, 20],
  ]);
});

test('the difference is relative to the largest value, and Infinity for another shape or NaN', () => {
  const right = { shape: [3], data: Float64Array.of(1, -8, 2) };
  assert.equal(differenceFrom(right, [3], Float32Array.of(1, -8, 4)), 0.25);
  assert.equal(differenceFrom(right, [1, 3], Float32Array.of(1, -8, 2)), Infinity);
  assert.equal(differenceFrom(right, [3], Float32Array.of(1, NaN, 2)), Infinity);
});

test('the table has sixteen rows of different names, and other layers can be selected too', () => {
  assert.equal(tableRows.length, 16);
  assert.equal(new Set(tableRows.map(({ name }) => name)).size, 16);
  assert.deepEqual(
    selectLayers(['batch-*', 'mobilenet-v1/4'], allRows).map(({ name }) => name),
    ['batch-8', 'batch-32', 'mobilenet-v1/4'],
  );
  assert.throws(() => selectLayers(['nothing'], allRows), RangeError);
});

test('only right results are timed: not wrong ones, failures or missing kernels', async () => {
  const right = { shape: [2], data: Float64Array.of(1, 2) };
  const resultOf = (...values) => ({ shape: [2], dataSync: () => Float32Array.from(values), dispose() {} });
  const refuse = () => {
    throw new Error('refused');
  };
  const candidates = [
    { id: 'depthwise-wasm', run: () => resultOf(1, 2) },
    { id: 'wrong', run: () => resultOf(1, 2.001) },
    { id: 'failed', run: refuse },
    { id: 'none', run: undefined },
  ];
  const results = await measurePass(candidates, right, { rounds: 2, seconds: 1 });
  assert.equal(results['depthwise-wasm'].status, 'ok');
  assert.ok(results['depthwise-wasm'].milliseconds > 0);
  assert.deepEqual(Object.keys(results.wrong), ['status', 'difference']);
  assert.equal(results.wrong.status, 'wrong');
  assert.deepEqual(results.failed, { status: 'failed', message: 'refused' });
  assert.deepEqual(results.none, { status: 'none' });
});

/** Returns a candidate whose calls move a clock on. The last of the times is that of all later calls. */
function slowCandidate(clock, milliseconds) {
  const candidate = {
    id: 'slow',
    calls: 0,
    async activate() {},
    run() {
      clock.now += milliseconds[Math.min(candidate.calls++, milliseconds.length - 1)];
      return { shape: [1], dataSync: () => Float32Array.of(1), dispose() {} };
    },
  };
  return candidate;
}

test('a very slow call is made once, a slow one twice, and an interrupted first call does not count', async (t) => {
  const clock = { now: 0 };
  t.mock.method(performance, 'now', () => clock.now);
  const right = { shape: [1], data: Float64Array.of(1) };
  const measure = async (candidate) => (await measurePass([candidate], right, { rounds: 50, seconds: 0.01 })).slow;
  const verySlow = slowCandidate(clock, [1010]);
  assert.equal((await measure(verySlow)).milliseconds, 1010);
  assert.equal(verySlow.calls, 1);
  const slow = slowCandidate(clock, [120]);
  assert.equal((await measure(slow)).calls, 1);
  assert.equal(slow.calls, 2);
  const { milliseconds, calls } = await measure(slowCandidate(clock, [200, 0.125]));
  assert.ok(calls > 10);
  assert.equal(milliseconds, 0.125);
});

test('the reference of dense convolution agrees with the definition that visits each product', () => {
  const layer = { ...parseShape('2x7x6x3,3x2,stride=2x1,dilation=1x2', 'own/1'), outChannels: 5 };
  const values = randomValues(layer);
  const [forward, input, filter] = ['forward', 'input', 'filter'].map((pass) => denseReference(layer, pass, values));
  const results = { forward, input, filter, fused: withBiasAndRelu6(forward, values) };
  for (const [pass, { shape, data }] of Object.entries(results)) {
    assert.ok(differenceFrom(reference(layer, pass, values), shape, data) < 1e-12, pass);
  }
});

test('dense layers have unique names and shapes', () => {
  assert.equal(new Set(denseLayers.map(({ name }) => name)).size, denseLayers.length);
  assert.equal(new Set(denseLayers.map(formatShape)).size, denseLayers.length);
  assert.equal(formatShape(denseLayers[1]), '1x112x112x32,1x1,outputs=64');
});

test('renew runs before each call and is not timed', async () => {
  let fresh = 0;
  const run = () => {
    assert.equal(fresh--, 1);
    return { shape: [1], dataSync: () => [7], dispose() {} };
  };
  const wait = (milliseconds) => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  };
  const renew = () => {
    fresh++;
    wait(1);
  };
  const right = { shape: [1], data: [7] };
  const { own } = await measurePass([{ id: 'own', run, renew }], right, { rounds: 5, seconds: 1, warmUpMs: 0.01 });
  assert.equal(own.status, 'ok');
  assert.ok(own.milliseconds < 0.5, String(own.milliseconds));
});

test('a limit is measured as long as others run, and stops with them', async () => {
  const wait = (milliseconds) => () => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
    return { shape: [1], dataSync: () => [7], dispose() {} };
  };
  const right = { shape: [1], data: [7] };
  const measure = async (milliseconds) => {
    const candidates = [
      { id: 'limit', run: wait(0.1), isLimit: true },
      { id: 'own', run: wait(milliseconds) },
    ];
    return measurePass(candidates, right, { rounds: 1000, seconds: 0.05, warmUpMs: 1 });
  };
  const { limit, own } = await measure(20);
  assert.ok(own.calls < 10 && limit.calls < 300, `${own.calls} calls, ${limit.calls} of the limit`);
  const slow = await measure(1100);
  assert.equal(slow.own.calls, 1);
  assert.ok(slow.limit.calls >= 3, String(slow.limit.calls));
});
