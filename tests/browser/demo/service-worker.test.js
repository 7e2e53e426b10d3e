// The service worker of the demo, on a host that sends no headers.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { demoFolder } from '../../../scripts/build-demo.js';
import { writeServiceWorker } from '../../../web-demo/service-worker-file.js';
import { browserNames, sharedBrowser } from '../support/browsers.js';
import { openSite } from '../support/site.js';
import { problemsOf, textOf } from './demo-page.js';

const BASE = '/some/where';

for (const name of browserNames) {
  describe(`the service worker of the demo in ${name}`, () => {
    const browser = sharedBrowser(name);

    test('the second page is isolated, pages work without the server, and a new version replaces the old one', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'depthwise-wasm-demo-'));
      let isOffline = false;
      /** Ends the connection, as without a server. */
      const answer = (_, response) => isOffline && Boolean(response.destroy());
      const site = await openSite({}, { folder, base: BASE, answer });
      const address = (file) => `${site.origin}${BASE}/${file}`;
      const { newPage } = await browser();
      try {
        cpSync(demoFolder, folder, { recursive: true });
        const first = await newPage();
        await first.goto(address('docs.html'));
        assert.equal(await isIsolated(first), false, 'the test needs a host without headers');
        await untilActive(first);

        const second = await newPage();
        const problems = problemsOf(second);
        await second.goto(address('lab.html#layer=1x8x8x8,3x3&passes=forward&backends=simd,tfjs-wasm'));
        assert.equal(await isIsolated(second), true);
        await second.click('#run');
        await second.waitForFunction(() => /^Forward|^$/.test(document.getElementById('progress').textContent)); // prettier-ignore
        assert.equal(await textOf(second, '#message'), '', 'both backends start');

        isOffline = true;
        await second.goto(address('filter.html'));
        await second.waitForSelector('#learn:enabled'); // the kernels have loaded
        await second.goto(address('')); // the folder is the start page, and its network trains
        await second.waitForFunction(() => /^Step/.test(document.getElementById('hero-status').textContent));
        assert.deepEqual(problems, []);

        isOffline = false;
        const old = await second.evaluate(() => caches.keys());
        writeVersion(folder, 'Version 2');
        await second.goto(address('filter.html'));
        assert.equal(await textOf(second, 'h1'), 'Version 2', 'with the server, the new page appears at once');
        await untilReplaced(second);
        writeVersion(folder, 'Version 3');
        await second.reload();
        await untilReplaced(second);
        isOffline = true;
        await second.reload();
        assert.equal(await textOf(second, 'h1'), 'Version 3');
        const stored = await second.evaluate(() => caches.keys());
        assert.deepEqual([old.length, stored.length, stored.includes(old[0])], [1, 2, false], 'the oldest files are removed'); // prettier-ignore
        await first.close();
        await second.close();
      } finally {
        site.close();
        rmSync(folder, { recursive: true });
      }
    });
  });
}

/** Changes a page of the site. */
function writeVersion(folder, title) {
  const page = join(folder, 'filter.html');
  writeFileSync(page, readFileSync(page, 'utf8').replace(/<h1>.*?<\/h1>/, `<h1>${title}</h1>`));
  writeServiceWorker(folder);
}

const isIsolated = (page) => page.evaluate(() => crossOriginIsolated);

/** Waits for the update that the browser starts when it opens a page. */
const untilReplaced = (page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    await registration.update();
    while (registration.installing || registration.waiting) await new Promise((resolve) => setTimeout(resolve, 50));
  });

const untilActive = (page) => page.evaluate(async () => void (await navigator.serviceWorker.ready));
