// docs/examples/train-in-a-worker, with Vite and without a bundler: it trains, reports, stops and saves.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../../scripts/project-root.js';
import { sharedBrowser } from '../browser/support/browsers.js';
import { openSite } from '../browser/support/site.js';
import { makeConsumer } from './support/consumer.js';

const example = join(projectRoot, 'docs/examples/train-in-a-worker');

describe('the example of training in a worker runs', () => {
  const browser = sharedBrowser('Chromium');

  /** Trains on a page until the loss has fallen, and stops. Returns the text of the page, and the names of the saved models. */
  async function trainAndStop(folder, path, options) {
    const site = await openSite({}, { folder, ...options });
    const page = await (await browser()).newPage();
    const waitForText = async (pattern) => {
      const matches = (source) => new RegExp(source).test(globalThis.document.getElementById('status').textContent);
      await page.waitForFunction(matches, {}, pattern.source).catch(async () => {
        const text = await page.$eval('#status', ({ textContent }) => textContent);
        assert.match(text, pattern, `${site.requests}`);
      });
    };
    try {
      await page.goto(`${site.origin}/${path}`);
      await waitForText(/^Ready$/);
      await page.click('#train');
      await waitForText(/^Epoch \d{2,}: loss 0\./);
      await page.click('#stop');
      await waitForText(/^Saved as/);
      const names = await page.evaluate(async () => {
        const [{ name }] = await globalThis.indexedDB.databases();
        const opened = await new Promise((resolve) => {
          globalThis.indexedDB.open(name).onsuccess = ({ target }) => resolve(target.result);
        });
        const request = opened.transaction('models_store').objectStore('models_store').getAllKeys();
        return new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
      });
      return { text: await page.$eval('#status', ({ textContent }) => textContent), names };
    } finally {
      await page.close();
      site.close();
    }
  }

  function assertStopped({ text, names }) {
    const [, epochs] = text.match(/^Saved as indexeddb:\/\/lines after (\d+) epochs$/);
    assert.ok(Number(epochs) >= 10 && Number(epochs) < 1000, text);
    assert.deepEqual(names, ['lines']);
  }

  test('with Vite', async () => {
    const consumer = await makeConsumer({});
    await consumer.copy(example, '.');
    await consumer.tool('vite', 'build');
    assertStopped(await trainAndStop(join(consumer.folder, 'dist'), 'index.html'));
  });

  test('without a bundler', async () => {
    const consumer = await makeConsumer({});
    await consumer.copy(example, '.');
    for (const name of ['tfjs-core', 'tfjs-layers', 'tfjs-backend-wasm']) {
      await consumer.copy(`../node_modules/@tensorflow/${name}/dist`, `node_modules/@tensorflow/${name}/dist`);
    }
    // As in a hidden tab: there are no frames.
    const withoutFrames = `self.requestAnimationFrame = () => 0;\n${await consumer.read('plain-worker.js')}`;
    const scriptInstead = (path) => (path === '/plain-worker.js' ? withoutFrames : undefined);
    assertStopped(await trainAndStop(consumer.folder, 'plain.html', { scriptInstead }));
  });
});
