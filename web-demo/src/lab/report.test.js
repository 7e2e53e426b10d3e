import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presetLayer } from './layers.js';
import { comparisonOf, footnoteOf, reportOf } from './report.js';
import { linearScale, logarithmicScale } from './results.js';

const ok = (id, median) => ({ id, status: 'ok', error: 1e-7, lower: median, median, upper: median, samples: 5 });
const none = { id: 'tfjs-wasm', status: 'none' };

function measured(results, ids = ['simd', 'tfjs-wasm']) {
  return {
    layer: presetLayer('mobilenet-v1/2'),
    device: { cores: 2 },
    time: /** @type {const} */ ('quick'),
    clock: { step: 0.1, sampleLength: 10 },
    backends: ids.map((id) => ({ id, version: id.startsWith('tfjs') ? '4.0.0' : undefined, runsOn: 'SIMD' })),
    results: new Map(Object.entries(results)),
    passes: ['forward', 'input'],
    version: '1.2.3',
    date: new Date('2026-01-02T03:04:05Z'),
  };
}

test('a report is JSON with the layer, the versions and the results in the order of the passes', () => {
  const report = reportOf(measured({ input: [ok('simd', 3), none], forward: [ok('simd', 2), ok('tfjs-wasm', 5)] }));
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  assert.equal(report.isComplete, true);
  assert.equal(report.layer.spec, '1x112x112x64,3x3,stride=2');
  assert.deepEqual(report.layer.y, [1, 56, 56, 64]);
  assert.deepEqual(report.backends.map(({ version }) => version), ['1.2.3', '4.0.0']); // prettier-ignore
  assert.deepEqual(report.passes.map(({ pass }) => pass), ['forward', 'input']); // prettier-ignore
  assert.deepEqual(report.passes[0].results.map(({ ratio }) => ratio), [1, 2.5]); // prettier-ignore
  assert.deepEqual(report.passes[1].results[1], none);
});

test('a report of a cancelled measurement without this package is incomplete and has no ratios', () => {
  const report = reportOf(measured({ forward: [ok('tfjs-wasm', 5)] }, ['tfjs-wasm']));
  assert.deepEqual([report.isComplete, report.base], [false, null]);
  assert.equal('ratio' in report.passes[0].results[0], false);
});

test('the ratios and the sentence compare with the same variant of this package', () => {
  const results = [ok('simd', 2), ok('relaxed-simd', 1), ok('tfjs-wasm', 3), ok('tfjs-cpu', 100)];
  const { base, passes } = reportOf(measured({ forward: results }, results.map(({ id }) => id))); // prettier-ignore
  assert.equal(passes[0].results[2].ratio, 3);
  assert.equal(
    comparisonOf(passes[0], base),
    'This package (relaxed SIMD) is 3.00 times as fast as TensorFlow.js (wasm).',
  );
});

test('the sentence names the faster backend, or the only correct one', () => {
  const comparison = (...results) => comparisonOf({ results }, 'simd');
  assert.match(comparison(ok('simd', 3), ok('tfjs-wasm', 2)), /^TensorFlow.js \(wasm\) is 1.50 times as fast as this/);
  assert.match(comparison(ok('simd', 3), none), /^No other selected backend/);
  assert.equal(comparison(ok('simd', 3)), '');
  assert.equal(comparison(ok('tfjs-cpu', 3)), '');
});

test('the footnote contains the number of samples and the versions', () => {
  const full = measured({ forward: [ok('simd', 2), { ...ok('tfjs-wasm', 5), samples: 9 }] });
  assert.match(footnoteOf(reportOf(full)), /medians of 5 to 9 samples.*resolution of 100 µs.*this package \(SIMD\).*1\.2\.3.*4\.0\.0/); // prettier-ignore
  const empty = measured({ input: [none] }, ['tfjs-wasm']);
  assert.doesNotMatch(footnoteOf(reportOf(empty)), /samples|Ratios/);
});

test('the linear scale starts at zero and has round ticks', () => {
  const { position, ticks } = linearScale([3, 0.2, 12]);
  assert.deepEqual([position(0), position(3), position(12)], [0, 0.25, 1]);
  assert.deepEqual(ticks, [0, 5, 10]);
});

test('on the logarithmic scale, equal factors have equal lengths, and every bar has a length', () => {
  for (const values of [[0.1, 0.23, 45], [1], [0.0999, 0.1], [3e-4, 7e3]]) {
    const { position, ticks } = logarithmicScale(values);
    const step = position(values[0] * 1.1) - position(values[0]);
    assert.ok(step > 0);
    for (const value of values) {
      assert.ok(position(value) > 0 && position(value) <= 1, `${value} of ${values}`);
      assert.ok(Math.abs(position(value * 1.1) - position(value) - step) < 1e-12);
    }
    assert.ok(ticks.length >= 2 && ticks.every((tick) => position(tick) >= 0 && position(tick) <= 1 + 1e-12));
  }
});
