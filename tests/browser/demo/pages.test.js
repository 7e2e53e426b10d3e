import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { demoFolder } from '../../../scripts/build-demo.js';
import { browserNames, sharedBrowser } from '../support/browsers.js';
import { alertOf, textOf, withDemoPage } from './demo-page.js';

const pages = ['index.html', 'teach.html', 'lab.html', 'filter.html', 'docs.html'];

/** Pages with a worker, and the button that starts it, when the page does not start it. */
const workerPages = { 'teach.html': null, 'lab.html#layer=1x8x8x8,3x3': '#run', 'filter.html': null };

test('all links of all pages lead to a page and a heading, and each page names a picture for other sites', () => {
  const contents = new Map(
    readdirSync(demoFolder)
      .filter((name) => name.endsWith('.html'))
      .map((name) => [name, readFileSync(join(demoFolder, name), 'utf8')]),
  );
  assert.ok(contents.size > pages.length);
  const wrong = [];
  for (const [name, html] of contents) {
    for (const [, href] of html.matchAll(/<a [^>]*?href="([^"]*)"/g)) {
      if (/^https?:/.test(href)) continue;
      const [path, id] = href.replace(/^\.\//, '').split('#');
      if (path.endsWith('.txt') && existsSync(join(demoFolder, path))) continue;
      const target = contents.get(path || name);
      if (!target || (id && !target.includes(`id="${decodeURI(id)}"`))) wrong.push(`${name}: ${href}`);
    }
    const picture = /property="og:image" content="\.\/([^"]*)"/.exec(html)?.[1] ?? 'none';
    if (!existsSync(join(demoFolder, picture))) wrong.push(`${name}: picture ${picture}`);
  }
  assert.deepEqual(wrong, []);
});

test('the start page loads at most 60 KB before a network trains', () => {
  const html = readFileSync(join(demoFolder, 'index.html'));
  const files = [...String(html).matchAll(/(?:src|href)="\.\/([^"]*\.(?:js|css|svg))"/g)].map(([, path]) => readFileSync(join(demoFolder, path))); // prettier-ignore
  assert.ok(files.length >= 4, `${files.length}`);
  const bytes = [html, ...files].reduce((sum, content) => sum + gzipSync(content).length, 0);
  assert.ok(bytes <= 60_000, `${bytes} bytes, gzipped`);
});

for (const name of browserNames) {
  describe(`the pages of the demo in ${name}`, () => {
    const browser = sharedBrowser(name);

    for (const address of pages) {
      test(`${address} loads, links to every page, and fits a phone`, async () => {
        const prepare = async (page) => {
          await page.setViewport({ width: 1440, height: 900 });
          await page.evaluateOnNewDocument(observeLayoutShifts);
        };
        const use = async (page) => {
          const links = await page.$$eval('header a', (all) => all.map((link) => link.getAttribute('href')));
          assert.deepEqual(links, pages.map((page) => `./${page}`)); // prettier-ignore
          assert.equal(await page.$eval('[aria-current]', (link) => link.getAttribute('href')), `./${address}`);
          await page.waitForFunction(() => document.readyState === 'complete');
          await new Promise((resolve) => setTimeout(resolve, 200)); // the worker of the page starts
          const shift = await page.evaluate(() => globalThis.layoutShift);
          assert.ok(shift < 0.1, `the layout shift of ${address} is ${shift}`);
          await page.setViewport({ width: 360, height: 700 });
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(width <= 360, `${address} is ${width} pixels wide`);
        };
        await withDemoPage(await browser(), address, use, { prepare });
      });
    }

    test('the network of the start page trains by itself, and is compared with the cpu backend', async () => {
      await withDemoPage(await browser(), 'index.html', async (page) => {
        await page.waitForFunction(() => /^\d[\d.]*×/.test(document.getElementById('hero-factor').textContent));
        assert.match(await textOf(page, '#hero-status'), /^Trained for \d+ steps in [\d.]+ s: \d+ of 12 unseen/);
        const names = await page.$$eval('#hero-drawings figcaption', (all) => all.map(({ textContent }) => textContent)); // prettier-ignore
        assert.ok(names.length === 12 && names.every((name) => /^(circle|square|triangle)$/.test(name)), `${names}`);
        const right = await page.evaluate(() => document.querySelectorAll('.hero-drawings .right').length);
        assert.ok(right >= 8, `${right} of 12 are right`);
      });
    });

    test('with reduced motion or a data saver, the start page trains only after a click, and stops', async () => {
      for (const wish of ['motion', 'data']) {
        const prepare = (page) =>
          page.evaluateOnNewDocument((wish) => {
            const matchMedia = globalThis.matchMedia;
            globalThis.workers = 0;
            globalThis.Worker = class extends Worker {
              constructor(...options) {
                super(...options);
                ++globalThis.workers;
              }
            };
            if (wish === 'data') Object.defineProperty(navigator, 'connection', { value: { saveData: true } });
            else globalThis.matchMedia = (query) => (query.includes('reduced-motion') ? { matches: true } : matchMedia(query)); // prettier-ignore
          }, wish);
        const use = async (page) => {
          await new Promise((resolve) => setTimeout(resolve, 300));
          assert.equal(await page.evaluate(() => globalThis.workers), 0, wish);
          assert.equal(await textOf(page, '#hero-button'), 'Train it now');
          await page.click('#hero-button');
          await page.waitForFunction(() => globalThis.workers === 1);
          if (wish === 'data') return;
          await page.waitForFunction(() => document.getElementById('hero-status').textContent.startsWith('Step'));
          await page.click('#hero-button');
          await page.waitForFunction(() => document.getElementById('hero-status').textContent === 'Stopped.');
          assert.equal(await textOf(page, '#hero-button'), 'Train again');
        };
        await withDemoPage(await browser(), 'index.html', use, { prepare });
      }
    });

    test('the theme stays the same on the next page', async () => {
      const background = (page) => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      await withDemoPage(await browser(), 'index.html', async (page) => {
        const before = await background(page);
        await page.click('#theme-toggle');
        const after = await background(page);
        assert.notEqual(after, before);
        await Promise.all([page.waitForNavigation(), page.click('a[href="./filter.html"]')]);
        assert.equal(await background(page), after);
        await page.click('#theme-toggle');
        assert.equal(await background(page), before);
      });
    });

    for (const [address, start] of Object.entries(workerPages)) {
      test(`${address} shows a message when its worker fails`, async () => {
        const use = async (page) => {
          if (start) await page.click(start);
          assert.match(await alertOf(page), /worker.*broken on purpose/s);
          assert.equal(await page.$('#cancel'), null);
        };
        await withDemoPage(await browser(), address, use, { workerCode: 'throw new Error("broken on purpose");' });
      });
    }

    test('offline, a page says so when its worker fails', async () => {
      const offline = () => Object.defineProperty(navigator, 'onLine', { value: false });
      const options = {
        workerCode: 'throw new Error();',
        prepare: (page) => page.evaluateOnNewDocument(offline),
      };
      await withDemoPage(await browser(), 'filter.html', async (page) => assert.match(await alertOf(page), /You are offline/), options); // prettier-ignore
    });

    test('the lab and the filter page show a message in a browser without WebAssembly SIMD', async () => {
      const noSimd = 'WebAssembly.validate = () => false;';
      const options = { workerCode: noSimd, prepare: (page) => page.evaluateOnNewDocument(noSimd) };
      for (const [address, button] of [
        ['lab.html', '#run'],
        ['filter.html', '#learn'],
      ]) {
        // prettier-ignore
        const use = async (page) => {
          assert.match(await alertOf(page), /no WebAssembly SIMD/);
          assert.ok(await page.$eval(button, ({ disabled }) => disabled));
        };
        await withDemoPage(await browser(), address, use, options);
      }
    });
  });
}

/** Runs in the page before its scripts: adds up the layout shifts. Firefox does not report them. */
function observeLayoutShifts() {
  globalThis.layoutShift = 0;
  if (!PerformanceObserver.supportedEntryTypes.includes('layout-shift')) return;
  const observer = new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) globalThis.layoutShift += value;
  });
  observer.observe({ type: 'layout-shift', buffered: true });
}
