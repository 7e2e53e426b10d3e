// docs/examples/train-in-parallel on a page that is not cross-origin isolated, built with Vite.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../scripts/project-root.js';
import { sharedBrowser } from '../browser/support/browsers.js';
import { openSite } from '../browser/support/site.js';
import { makeConsumer } from './support/consumer.js';

const browser = sharedBrowser('Chromium');

test('the example of training with several workers runs on a page without shared memory', async () => {
  const consumer = await makeConsumer({});
  await consumer.copy(join(projectRoot, 'docs/examples/train-in-parallel'), '.');
  await consumer.tool('vite', 'build');
  const site = await openSite({}, { folder: join(consumer.folder, 'dist') });
  const page = await (await browser()).newPage();
  try {
    await page.goto(`${site.origin}/index.html`);
    assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), false);
    await page.click('#train');
    await page.waitForFunction(() => !globalThis.document.getElementById('train').disabled);
    const text = await page.$eval('#status', ({ textContent }) => textContent);
    const [, loss] = text.match(/^Step 20: loss (\S+), trained \d+ weights with [2-4] workers$/) ?? [];
    assert.ok(Number(loss) < 0.5, text); // two classes: 0.69 before training
  } finally {
    await page.close();
    site.close();
  }
});
