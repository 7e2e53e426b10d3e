import assert from 'node:assert/strict';
import { test } from 'node:test';
import { presetLayer } from './layers.js';
import { reportOf } from './report.js';
import { reportOfLink, textOfReport } from './share.js';

const report = reportOf({
  layer: presetLayer('mobilenet-v1/2'),
  device: { browser: 'Chrome 1', platform: 'Linux', userAgent: 'Mozilla' },
  time: 'quick',
  clock: { step: 0.1, sampleLength: 10 },
  backends: [{ id: 'simd' }, { id: 'simd/2' }, { id: 'tfjs-wasm', version: '4.22.0', runsOn: 'SIMD' }],
  results: new Map([['forward', [{ id: 'simd', status: 'ok', error: 0, lower: 1, median: 2, upper: 3 }, { id: 'simd/2', status: 'ok', error: 0, lower: 1, median: 1, upper: 1 }, { id: 'tfjs-wasm', status: 'none' }]]]), // prettier-ignore
  passes: ['forward'],
  version: '1.2.3',
});

test('a link restores the report, without the user agent', async () => {
  const link = `https://example.org/lab.html#layer=x&result=${await textOfReport(report)}`;
  const { userAgent, ...device } = report.device;
  assert.equal(userAgent, 'Mozilla');
  assert.deepEqual(await reportOfLink(link), JSON.parse(JSON.stringify({ ...report, device })));
});

test('a damaged link gives an error', async () => {
  const text = await textOfReport(report);
  const changed = async (/** @type {(report: any) => any} */ change) => `#result=${await textOfReport(change(structuredClone(report)))}`; // prettier-ignore
  for (const link of [
    'https://example.org/',
    `#result=${text.slice(0, -9)}`,
    '#result=AAAA',
    await changed((other) => ({ ...other, title: 'x' })),
    await changed((other) => ({ ...other, base: 'x' })),
    await changed((other) => ((other.passes[0].results[1].id = 'simd/999'), other)),
    await changed((other) => ((other.passes[0].results[0].median = '<b>'), other)),
    await changed((other) => ((other.passes[0].pass = 'x'), other)),
  ]) {
    await assert.rejects(reportOfLink(link), RangeError, link);
  }
});
