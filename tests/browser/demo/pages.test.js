import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browserNames, browserOfSuite } from '../support/browsers.js';
import { withDemoPage } from './demo-page.js';

const pages = ['index.html', 'teach.html', 'lab.html', 'filter.html'];

for (const name of browserNames) {
  describe(`the demo's pages in ${name}, built, from a subpath, under their policy`, () => {
    const browser = browserOfSuite(name);

    for (const address of pages) {
      test(`${address} loads, and the header has links to every page`, async () => {
        await withDemoPage(await browser(), address, async (page) => {
          const { headings, links, current } = await page.evaluate(() => ({
            headings: document.querySelectorAll('h1').length,
            links: [...document.querySelectorAll('header a')].map((link) => link.href.split('/').at(-1)),
            current: document.querySelector('header [aria-current]').getAttribute('href'),
          }));
          assert.equal(headings, 1);
          assert.deepEqual(links, pages);
          assert.equal(current, `./${address}`);
        });
      });
    }

    test('is not wider than a phone', async () => {
      for (const address of pages) {
        await withDemoPage(await browser(), address, async (page) => {
          await page.setViewport({ width: 360, height: 700 });
          const width = await page.evaluate(() => document.documentElement.scrollWidth);
          assert.ok(width <= 360, `${address} is ${width} wide`);
        });
      }
    });

    test('the theme is the one that was chosen, on the next page too', async () => {
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
  });
}
