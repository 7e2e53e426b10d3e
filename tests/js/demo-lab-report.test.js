// What the demo's speed lab makes of its measurements.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presetLayer } from '../../web-demo/src/lab/presets.js';
import { reportOf } from '../../web-demo/src/lab/report.js';
import { footnoteOf } from '../../web-demo/src/lab/footnote.js';
import { linearScale, logarithmicScale } from '../../web-demo/src/lab/scale.js';
import { verdictOf } from '../../web-demo/src/lab/verdict.js';

const ok = (id, median) => ({ id, status: 'ok', error: 1e-7, lower: median, median, upper: median, turns: 5 });
const none = { id: 'tfjs-wasm', status: 'none' };

function measured(results, ids = ['simd', 'tfjs-wasm']) {
  return {
    layer: presetLayer('mobilenet-v1/2'),
    device: { cores: 2 },
    time: /** @type {const} */ ('quick'),
    clock: { step: 0.1, turn: 10 },
    contestants: ids.map((id) => ({ id, version: id.startsWith('tfjs') ? '4.0.0' : undefined, detail: 'SIMD' })),
    results: new Map(Object.entries(results)),
    passes: ['forward', 'input'],
    version: '1.2.3',
    date: new Date('2026-01-02T03:04:05Z'),
  };
}

test('the report says what was measured, and is JSON', () => {
  const report = reportOf(measured({ input: [ok('simd', 3), none], forward: [ok('simd', 2), ok('tfjs-wasm', 5)] }));
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  assert.equal(report.isComplete, true);
  assert.equal(report.date, '2026-01-02T03:04:05.000Z');
  const { spec, x, filter, y } = report.layer;
  assert.deepEqual(
    [spec, x, filter, y],
    ['1x112x112x64,3x3,stride=2', [1, 112, 112, 64], [3, 3, 64, 1], [1, 56, 56, 64]],
  );
  assert.deepEqual(
    report.contestants.map(({ version }) => version),
    ['1.2.3', '4.0.0'],
  );
  assert.deepEqual(
    report.passes.map(({ pass }) => pass),
    ['forward', 'input'],
    'in the order in which they were asked for',
  );
  assert.deepEqual(
    report.passes[0].results.map(({ ratio }) => ratio),
    [1, 2.5],
  );
  assert.deepEqual(report.passes[1].results[1], none);
});

test('a run that was cut short says so, and without this package there are no ratios', () => {
  const report = reportOf(measured({ forward: [ok('tfjs-wasm', 5)] }, ['tfjs-wasm']));
  assert.equal(report.isComplete, false);
  assert.equal(report.base, null);
  assert.equal('ratio' in report.passes[0].results[0], false);
});

test('ratios are to the first of this package that takes part', () => {
  const report = reportOf(
    measured({ forward: [ok('relaxed-simd', 2), ok('tfjs-wasm', 3)] }, ['relaxed-simd', 'tfjs-wasm']),
  );
  assert.equal(report.base, 'relaxed-simd');
  assert.equal(report.passes[0].results[1].ratio, 1.5);
});

test('a pass in a sentence, whoever is faster', () => {
  const verdict = (...results) => verdictOf({ results });
  assert.equal(
    verdict(ok('simd', 2), ok('relaxed-simd', 1), ok('tfjs-wasm', 3), ok('tfjs-cpu', 100)),
    'This package (relaxed SIMD) is 3.00 times as fast as TensorFlow.js (wasm).',
  );
  assert.equal(
    verdict(ok('simd', 3), ok('tfjs-wasm', 2)),
    'TensorFlow.js (wasm) is 1.50 times as fast as this package (SIMD).',
  );
  assert.equal(verdict(ok('simd', 3), none), 'Nobody else has a kernel that is right here.');
  assert.equal(verdict(ok('simd', 3)), '');
  assert.equal(verdict(ok('tfjs-cpu', 3)), '');
});

test('bars on a linear scale begin at zero, and its ticks are round', () => {
  const { position, ticks } = linearScale([3, 0.2, 12]);
  assert.deepEqual([position(0), position(3), position(12)], [0, 0.25, 1]);
  assert.deepEqual(ticks, [0, 5, 10]);
});

test('bars on a logarithmic scale grow by as much for each factor, all have a length, ticks are powers of ten', () => {
  for (const values of [[0.1, 0.23, 45], [1], [0.0999, 0.1], [3e-4, 7e3]]) {
    const { position, ticks } = logarithmicScale(values);
    const step = position(values[0] * 1.1) - position(values[0]);
    assert.ok(step > 0);
    for (const value of values) {
      assert.ok(position(value) > 0 && position(value) <= 1, `${value} of ${values}`);
      assert.ok(Math.abs(position(value * 1.1) - position(value) - step) < 1e-12);
    }
    for (const tick of ticks) {
      assert.ok(Math.abs(Math.log10(tick) - Math.round(Math.log10(tick))) < 1e-12);
      assert.ok(position(tick) >= 0 && position(tick) <= 1 + 1e-12);
    }
    assert.ok(ticks.length >= 2);
    assert.equal(position(0), 0);
  }
});

test('the footnote says how the figures came about, as far as there are any', () => {
  const full = measured({ forward: [ok('simd', 2), { ...ok('tfjs-wasm', 5), turns: 9 }] });
  assert.equal(
    footnoteOf(reportOf(full)),
    'Medians of 5 to 9 turns of about 10 ms, or of one call where that is longer; the clock has steps of 100 µs. ' +
      'Ratios are to this package (SIMD): above 1 is slower. depthwise-wasm is 1.2.3; TensorFlow.js (wasm) is 4.0.0, on SIMD.',
  );
  const bare = measured({ input: [none] }, ['tfjs-wasm']);
  assert.equal(footnoteOf(reportOf(bare)), 'depthwise-wasm is 1.2.3; TensorFlow.js (wasm) is 4.0.0, on SIMD.');
});
