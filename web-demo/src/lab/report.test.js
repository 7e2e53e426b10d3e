import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presetLayer } from './layers.js';
import { comparisonOf, footnoteOf, reportOf, speedupsOf } from './report.js';

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
  assert.doesNotMatch(footnoteOf(reportOf(empty)), /samples|Factors/);
});

test('an unstable result is marked, and the sentence warns', () => {
  const unstable = { ...ok('tfjs-wasm', 4), lower: 3, upper: 4.5 };
  const { passes, base } = reportOf(measured({ forward: [{ ...ok('simd', 2), lower: 1.8, upper: 2.3 }, unstable] }));
  assert.deepEqual(passes[0].results.map(({ isUnstable }) => isUnstable), [undefined, true]); // prettier-ignore
  assert.match(comparisonOf(passes[0], base), /2\.00 times as fast.* A time is unstable: measure again\.$/);
});

test('with several numbers of threads, the ratios are relative to the first, and the sentences compare the fastest', () => {
  const results = [
    ok('simd', 9),
    ok('relaxed-simd/1', 4),
    ok('relaxed-simd/2', 2),
    ok('tfjs-wasm/1', 9),
    ok('tfjs-wasm/2', 6),
  ];
  const { base, passes } = reportOf(measured({ forward: results }, results.map(({ id }) => id))); // prettier-ignore
  assert.equal(base, 'relaxed-simd/1');
  assert.deepEqual(passes[0].results.map(({ ratio }) => ratio), [2.25, 1, 0.5, 2.25, 1.5]); // prettier-ignore
  assert.equal(
    comparisonOf(passes[0], base),
    'This package (relaxed SIMD, 2 threads) is 3.00 times as fast as TensorFlow.js (wasm, 2 threads).',
  );
  assert.deepEqual(speedupsOf(passes[0]), [
    'This package (relaxed SIMD): on 2 threads, 2.00 times as fast as on 1 thread.',
    'TensorFlow.js (wasm): on 2 threads, 1.50 times as fast as on 1 thread.',
  ]);
  assert.deepEqual(speedupsOf({ results: [ok('simd', 1), ok('simd/2', 1), none] }), []);
});
