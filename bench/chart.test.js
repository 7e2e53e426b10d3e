import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartData, chartOf } from './chart.js';

const ok = (milliseconds) => ({ status: 'ok', milliseconds });
const wrong = { status: 'wrong', difference: 2 };

function document(passes) {
  return {
    date: '2026-01-01T00:00:00.000Z',
    package: '0.0.0',
    machine: { cpu: 'cpu', node: '20.0.0' },
    backends: [
      { id: 'simd', title: 'this package', isOurs: true },
      { id: 'tfjs-wasm', title: 'a<b & c', version: '4' },
    ],
    sections: {
      passes: passes.map(([ours, theirs]) => ({
        pass: 'forward',
        limit: 0.1,
        results: { simd: ours, 'tfjs-wasm': theirs },
      })),
    },
  };
}

test('a bar is the geometric mean of multiples of the limit, over the rows with a right result', () => {
  const { groups } = chartData(
    document([
      [ok(0.2), ok(1)],
      [ok(0.8), wrong],
    ]),
  );
  assert.deepEqual(groups, [
    {
      title: 'forward',
      rows: 2,
      bars: [
        { id: 'simd', value: 4, rows: 2 },
        { id: 'tfjs-wasm', value: 10, rows: 1 },
      ],
    },
  ]);
});

test('the chart contains a bar and a label for each backend, and is the same for the same data', () => {
  const data = chartData(
    document([
      [ok(0.2), ok(1)],
      [ok(0.8), wrong],
    ]),
  );
  const svg = chartOf(data);
  assert.equal(chartOf(JSON.parse(JSON.stringify(data))), svg);
  assert.equal([...svg.matchAll(/<rect/g)].length, 2);
  assert.match(svg, />4\.00×<.*>10\.0× \*</s);
  assert.match(svg, />a&lt;b &amp; c</);
  assert.match(svg, /prefers-color-scheme: dark/);
  assert.doesNotMatch(svg, /NaN|undefined|url\(|href/);
  assert.throws(() => chartOf(chartData(document([]))), RangeError);
});
