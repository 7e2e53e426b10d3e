// The clock, the report and the program of npm run bench -- --browsers.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { workOf } from '../limits/limits.js';
import { parseShape } from '../shared/layers.js';
import { browserRows } from './bench.js';
import { clockStep, turnLength } from './measure.js';
import { browserReport, leastTime } from './report.js';

const program = fileURLToPath(new URL('../table/main.js', import.meta.url));
const limitsFile = fileURLToPath(new URL('../../build/wasm/bench/limits.wasm', import.meta.url));

test('the smallest step of a clock, and turns that are long compared with it', () => {
  let calls = 0;
  assert.equal(clockStep(() => Math.floor(++calls / 3) * 20), 20); // prettier-ignore
  assert.deepEqual([0.005, 0.02, 1].map(turnLength), [4, 4, 50]);
});

test('the limit is that of the fastest engine: its arithmetic, or its copy if that takes longer', () => {
  assert.equal(leastTime([{ arithmetic: 3, copy: 1 }, undefined, { arithmetic: 2, copy: 9 }]), 2);
  assert.equal(leastTime([{ arithmetic: 3, copy: 8 }, { arithmetic: 2, copy: 9 }]), 8); // prettier-ignore
  assert.equal(leastTime([undefined]), undefined);
});

test('the rows contain both strides and each size of filter', () => {
  assert.equal(browserRows.length, 7);
  assert.deepEqual([...new Set(browserRows.map(({ strides }) => strides[0]))].sort(), [1, 2]);
  assert.deepEqual([...new Set(browserRows.map(({ filterHeight }) => filterHeight))].sort(), [3, 5]);
});

test('the report shows engines side by side, and names what is missing', () => {
  const rows = [parseShape('1x8x8x8,3x3', 'one'), parseShape('1x9x9x8,3x3', 'two')];
  const { flops } = workOf(rows[0], 'forward');
  const result = (arithmetic, forward, own) => ({ limits: { arithmetic, copy: 1 }, times: { forward, input: own } });
  const lines = browserReport({
    ...{ date: '2026-01-02T03:04:05Z', seconds: 7, threads: 1, rows, passes: ['forward', 'input'] },
    engines: [
      { name: 'A', version: '1.2', about: { variants: ['simd', 'relaxed-simd'], clock: 0.02, tfjs: '4.5.6' } },
      { name: 'B', version: '3', about: { variants: ['simd'], clock: 1, tfjs: '4.5.6' } },
    ],
    missing: { C: 'not installed' },
    results: {
      A: {
        one: result(2, { simd: 4, 'relaxed-simd': 2, 'tfjs-wasm': 12 }, { simd: 5, 'relaxed-simd': 3 }),
        two: result(2, { simd: 16, 'relaxed-simd': 8, 'tfjs-wasm': 48 }, { simd: 5, 'relaxed-simd': 3 }),
      },
      B: { one: result(4, { simd: 6, 'tfjs-wasm': 9 }, { simd: 7 }), two: { error: 'forward simd is wrong' } },
    },
  });
  const tables = lines.join('\n').split(/\n\n(?=\S)/);
  const rowsOf = (title) =>
    tables[tables.indexOf(title) + 1].split('\n').slice(2).map((line) => line.split(/ {2,}/)); // prettier-ignore
  assert.deepEqual(rowsOf('Engines')[0].slice(0, 3), ['A', '1.2', '20']);
  assert.equal(Number(rowsOf('Engines')[1][3]), Number((flops / 4e6).toFixed(1)));
  const noRelaxed = ['the same, relaxed SIMD'];
  assert.deepEqual(rowsOf('forward'), [
    ['one', '1x8x8x8 3x3', '2.00', '3.00'],
    ['two', '1x9x9x8 3x3', '8.00', '–'],
    ['geometric mean', '4.00', '3.00'],
    [...noRelaxed, '2.00', '–'],
  ]);
  assert.deepEqual(rowsOf('input gradient')[0].slice(2), ['2.50', '3.50']);
  assert.deepEqual(rowsOf('forward: time of tfjs wasm relative to this package').slice(2), [
    ['geometric mean', '3.00', '1.50'],
    [...noRelaxed, '6.00', '–'],
  ]);
  assert.ok(lines.includes('  C is not measured: not installed'));
  assert.ok(lines.includes('  B, two: forward simd is wrong'));
  assert.match(lines.at(-1), / · tfjs 4\.5\.6 · 2026-01-02 · measured in 7 s$/);
});

test(
  'the program measures in Node',
  { skip: existsSync(limitsFile) ? false : 'npm run bench builds limits.wasm' },
  () => {
    const options = ['--browsers', 'Node', '--rows', 'mobilenet-v1/13', '--budget', '1'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^mobilenet-v1\/13 +1x7x7x1024 3x3 +[\d.]+$/m);
  },
);
