import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { geometryOf } from '../../bench/shared/geometry.js';
import { defaultNames, layers, selectLayers } from '../../bench/shared/layers.js';
import { measurePass } from '../../bench/shared/measure.js';
import { differenceFrom, reference } from '../../bench/shared/reference.js';
import { timeText } from '../../bench/shared/numbers.js';
import { formatShape, parseShape } from '../../bench/shared/shape-spec.js';
import { geometricMean, median } from '../../bench/shared/statistics.js';
import { isOursRight } from '../../bench/compare/summary.js';

const main = fileURLToPath(new URL('../../bench/compare/main.js', import.meta.url));

function compare(...args) {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', timeout: 60_000 });
}

test('a shape is input and filter, the rest has defaults', () => {
  assert.deepEqual(parseShape('1x56x55x128,3x5', 'own/1'), {
    ...{ name: 'own/1', batch: 1, height: 56, width: 55, channels: 128, filterHeight: 3, filterWidth: 5 },
    ...{ strides: [1, 1], dilations: [1, 1], multiplier: 1, pad: 'same' },
  });
});

test('settings of a shape come in any order, strides and dilations for one axis or both', () => {
  const layer = parseShape('2x9x8x7, 3x3, pad=2, multiplier=4, dilation=2, stride=2x1', 'own/1');
  assert.deepEqual([layer.strides, layer.dilations, layer.multiplier, layer.pad], [[2, 1], [2, 2], 4, 2]);
  assert.equal(parseShape('1x9x9x7,3x3,pad=valid', 'own/1').pad, 'valid');
});

test('a shape and its text are the same', () => {
  for (const text of ['1x8x8x8,3x3', '2x9x8x7,3x2,stride=2x1,dilation=2,multiplier=4,pad=2', '1x9x9x1,3x3,pad=valid']) {
    assert.equal(formatShape(parseShape(text, 'own/1')), text);
  }
});

test('a bad shape says what is wrong', () => {
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

test('layers have unique names and shapes, and end on whole images', () => {
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

test('known layers have the numbers of their papers', () => {
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

test('layers are chosen by name and glob, in the order of the list', () => {
  assert.equal(selectLayers(defaultNames).length, defaultNames.length);
  const names = selectLayers(['convnext-t/*', '*-v1/1?']).map(({ name }) => name);
  assert.deepEqual(names.slice(0, 3), ['mobilenet-v1/12', 'mobilenet-v1/13', 'convnext-t/1']);
  assert.throws(() => selectLayers(['mobilenet-v9/*']), { name: 'RangeError', message: /'mobilenet-v9\/\*'.*--list/ });
});

test('the median is the middle, or between the two', () => {
  assert.equal(median([3, 1, 100]), 3);
  assert.equal(median([4, 1, 2, 100]), 3);
  assert.equal(median([7]), 7);
});

test('the geometric mean', () => {
  assert.ok(Math.abs(geometricMean([2, 8]) - 4) < 1e-12);
});

test('times have three digits and the unit that fits', () => {
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

test('the difference is relative to the largest value, and infinite for another shape or NaN', () => {
  const right = { shape: [3], data: Float64Array.of(1, -8, 2) };
  assert.equal(differenceFrom(right, [3], Float32Array.of(1, -8, 4)), 0.25);
  assert.equal(differenceFrom(right, [1, 3], Float32Array.of(1, -8, 2)), Infinity);
  assert.equal(differenceFrom(right, [3], Float32Array.of(1, NaN, 2)), Infinity);
});

test('who is wrong, fails or has no kernel is not timed, and the others are', async () => {
  const right = { shape: [2], data: Float64Array.of(1, 2) };
  const entrant = (id, run) => ({ id, run, async activate() {} });
  const giving = (...values) => ({ shape: [2], dataSync: () => Float32Array.from(values), dispose() {} });
  const refuse = () => {
    throw new Error('refused');
  };
  const entrants = [
    entrant('depthwise-wasm', () => giving(1, 2)),
    entrant('wrong', () => giving(1, 2.001)),
    entrant('failed', refuse),
    entrant('none', undefined),
  ];
  const results = await measurePass(entrants, right, { rounds: 2, seconds: 1 });
  assert.equal(results['depthwise-wasm'].status, 'ok');
  assert.ok(results['depthwise-wasm'].milliseconds > 0);
  assert.deepEqual(Object.keys(results.wrong), ['status', 'difference']);
  assert.equal(results.wrong.status, 'wrong');
  assert.deepEqual(results.failed, { status: 'failed', message: 'refused' });
  assert.deepEqual(results.none, { status: 'none' });
  assert.equal(isOursRight([{ results }]), true);
  assert.equal(isOursRight([{ results: { 'depthwise-wasm': results.wrong } }]), false);
});

function slowEntrant(milliseconds) {
  const entrant = {
    id: 'slow',
    calls: 0,
    async activate() {},
    run() {
      const end = performance.now() + milliseconds[Math.min(entrant.calls++, milliseconds.length - 1)];
      while (performance.now() < end);
      return { shape: [1], dataSync: () => Float32Array.of(1), dispose() {} };
    },
  };
  return entrant;
}

test('what is very slow is called once, what is slow twice, and an accident in the first call does not count', async () => {
  const right = { shape: [1], data: Float64Array.of(1) };
  const measure = async (entrant) => (await measurePass([entrant], right, { rounds: 50, seconds: 0.01 })).slow;
  const verySlow = slowEntrant([1010]);
  assert.ok((await measure(verySlow)).milliseconds >= 1009);
  assert.equal(verySlow.calls, 1);
  const slow = slowEntrant([120]);
  assert.equal((await measure(slow)).calls, 1);
  assert.equal(slow.calls, 2);
  const { milliseconds, calls } = await measure(slowEntrant([200, 0.1]));
  assert.ok(calls > 10 && milliseconds < 200);
});

test('the comparison of a small shape is JSON with all three passes, and right', () => {
  const { status, stdout, stderr } = compare('--shape', '1x8x8x8,3x3', '--json', '--budget', '1');
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /tfjs-node/);
  const { ok, rows, tfjs, package: ours } = JSON.parse(stdout);
  assert.equal(ok, true);
  assert.match(tfjs, /^4\./);
  assert.match(ours.variant, /simd/);
  assert.deepEqual(
    rows.map(({ layer, shape, pass }) => [layer, shape, pass]),
    ['forward', 'input', 'filter'].map((pass) => ['own/1', '1x8x8x8,3x3', pass]),
  );
  for (const { pass, results } of rows) {
    for (const id of ['depthwise-wasm', 'tfjs-cpu']) {
      assert.equal(results[id].status, 'ok');
      assert.ok(results[id].difference < 1e-4);
      assert.ok(results[id].milliseconds > 0);
    }
    assert.equal(results['tfjs-wasm'].status, pass === 'forward' ? 'ok' : 'none');
  }
});

test('the tables of text and Markdown hold the chosen passes and peers', () => {
  const args = ['--shape', '1x8x8x8,3x3,multiplier=2', '--passes', 'input', '--peers', 'cpu', '--budget', '0.2'];
  const text = compare(...args).stdout;
  assert.match(text, /^own\/1 +1x8x8x8 3x3 m2 +input grad\./m);
  assert.doesNotMatch(text, /forward|tfjs wasm/);
  assert.equal(text.includes('\u001b'), false);
  assert.match(compare(...args, '--markdown').stdout, /^\| own\/1 \| 1x8x8x8 3x3 m2 \| input grad\. \| .* \|$/m);
});

test('--help has examples of choosing layers and of shapes', () => {
  const { status, stdout } = compare('--help');
  assert.equal(status, 0);
  assert.match(stdout, /Examples:/);
  assert.match(stdout, /--layers mobilenet-v1\/7/);
  assert.match(stdout, /--shape 1x56x56x128,3x3/);
});

test('--list names every layer', () => {
  const { status, stdout } = compare('--list');
  assert.equal(status, 0);
  for (const { name } of layers) assert.ok(stdout.includes(name));
});

test('bad options end with 2 and a text that helps', () => {
  const errors = [
    [['--shape', '1x8x8'], /error: shape '1x8x8': the input must be batch x height/],
    [['--layers', 'resnet'], /error: no layer is called 'resnet'/],
    [['--layers', 'convnext-t/1', '--all'], /cannot be used with/],
    [['--json', '--markdown'], /cannot be used with/],
    [['--passes', 'backward'], /Allowed are forward, input, filter, got 'backward'/],
    [['--peers', 'webgl'], /Allowed are cpu, wasm, none, got 'webgl'/],
    [['--budget', '0'], /must be a positive number/],
    [['--rounds', '1.5'], /must be a whole number/],
    [['--nonsense'], /unknown option/],
    [['mobilenet-v1/1'], /too many arguments/],
  ];
  for (const [args, message] of errors) {
    const { status, stdout, stderr } = compare(...args);
    assert.equal(status, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, message);
  }
});
