// Parcel, with and without the field exports of packages.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { browserOfSuite } from '../browser/support/browsers.js';
import { assertComputes } from '../package/support/assert-report.js';
import { makeConsumer } from '../package/support/consumer.js';
import { fixture, pageWith, REPORTS, visitFolder } from '../package/support/consumer-page.js';
import { guideFile, guidePolicy } from '../package/support/guide.js';

describe('a page of Parcel computes', async () => {
  const browser = browserOfSuite('Chromium');
  const files = { 'index.html': pageWith('main.js'), 'report-on.js': await fixture('report-on.js') };
  const consumer = await makeConsumer(files, { packages: { parcel: '^2.16.4' } });
  const main = guideFile('', 'main.js') + REPORTS;

  async function visit() {
    await consumer.node('node_modules/parcel/lib/bin.js', 'build', 'index.html', '--no-cache');
    const policy = guidePolicy().replace("'self'", "'self' 'unsafe-inline'"); // Parcel writes an inline import map
    const headers = { 'content-security-policy': policy };
    const { report, wasmRequests } = await visitFolder(await browser(), join(consumer.folder, 'dist'), { headers });
    assertComputes(report);
    return { variant: report.variant, wasmRequests };
  }

  test('without configuration', async () => {
    await consumer.write({ 'main.js': main });
    const { variant, wasmRequests } = await visit();
    assert.equal(variant, 'relaxed-simd');
    assert.match(`${wasmRequests}`, /^\/depthwise\.relaxed\.\w+\.wasm$/);
  });

  test('with the standalone script, with the configuration in the guide', async () => {
    const { dependencies } = JSON.parse(String(await consumer.read('package.json')));
    const config = { ...JSON.parse(guideFile('Parcel', 'package.json')), dependencies };
    await consumer.write({
      'main.js': main.replace("'depthwise-wasm'", "'depthwise-wasm/standalone'"),
      'package.json': JSON.stringify(config),
    });
    assert.deepEqual(await visit(), { variant: 'simd', wasmRequests: [] });
  });
});
