// The pages of the demo in WebKit, used as a visitor uses them. tests/browser/demo tests each page in detail in other browsers.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { demoFolder } from '../../scripts/build-demo.js';
import { contentSecurityPolicy } from '../../web-demo/html-plugins.js';
import { openSite } from '../browser/support/site.js';
import { KEYS, webKitOfSuite } from './webkit.js';

const BASE = '/some/where';
const PAGES = ['index.html', 'teach.html', 'lab.html', 'filter.html', 'docs.html'];

describe('the demo in WebKit', () => {
  const browser = webKitOfSuite();

  /** Opens a page, passes the browser to `use`, and checks that the page shows no error. */
  async function withPage(address, use) {
    const site = await openSite(
      { 'content-security-policy': contentSecurityPolicy },
      { folder: demoFolder, base: BASE },
    );
    const opened = await browser();
    try {
      await opened.open(`${site.origin}${BASE}/${address}`);
      await use(opened);
      const errors = await opened.evaluate(() =>
        [...document.querySelectorAll('.message-error[role="alert"]')].map(({ textContent }) => textContent),
      );
      assert.deepEqual(errors, []);
    } finally {
      site.close();
    }
  }

  const untilText = (page, selector, pattern) =>
    page.waitFor(
      (selector, pattern) => {
        const text = document.querySelector(selector)?.textContent ?? '';
        return new RegExp(pattern, 's').test(text) && text;
      },
      selector,
      pattern.source,
    );

  for (const address of PAGES) {
    test(`${address} loads and links to every page`, async () => {
      await withPage(address, async (page) => {
        const links = await page.evaluate(() =>
          [...document.querySelectorAll('header a')].map((link) => link.getAttribute('href')),
        );
        assert.deepEqual(links, PAGES.map((each) => `./${each}`)); // prettier-ignore
        assert.equal(
          await page.evaluate(() => document.querySelector('[aria-current]').getAttribute('href')),
          `./${address}`,
        );
      });
    });
  }

  test('the network of the start page trains by itself, and is compared with the cpu backend', async () => {
    await withPage('index.html', async (page) => {
      await untilText(page, '#hero-factor', /^\d[\d.]*×/);
      // How many drawings are right depends on the number of steps in two seconds.
      await untilText(page, '#hero-status', /^Trained for \d+ steps in [\d.]+ s: \d+ of 12 unseen/);
    });
  });

  test('the filter page learns a filter', async () => {
    await withPage('filter.html', async (page) => {
      await untilText(page, '#status', /random weights/);
      await page.click('#learn');
      await untilText(page, '#status', /^Found.*The kernels are equal: no weight differs/);
    });
  });

  test('the lab measures all backends without errors', async () => {
    await withPage('lab.html#layer=1x8x8x8,3x3', async (page) => {
      await page.waitFor(() => Boolean(document.querySelector('#run:enabled')));
      // Not a click at a place on the screen, because the page still fills in texts above the button.
      await page.evaluate(() => document.querySelector('#run').click());
      await page.waitFor(() => Boolean(document.querySelector('#json pre')) && !document.querySelector('#cancel'));
      const { isComplete, passes, backends } = JSON.parse(await untilText(page, '#json pre', /\{/));
      assert.ok(isComplete);
      assert.deepEqual(backends.map(({ id }) => id).filter((id) => id !== 'relaxed-simd'), ['simd', 'tfjs-wasm', 'tfjs-cpu']); // prettier-ignore
      for (const { pass, results } of passes) {
        for (const { id, status } of results) {
          assert.equal(status, pass !== 'forward' && id === 'tfjs-wasm' ? 'none' : 'ok', `${pass}, ${id}`);
        }
      }
    });
  });

  for (const network of ['small', 'mobilenet']) {
    test(`the user draws examples, trains the ${network} network and gets a guess`, async () => {
      await withPage(`teach.html#epochs=6&network=${network}`, async (page) => {
        await page.waitFor(() => Boolean(document.querySelector('#train-samples:not(:disabled)')));
        const draw = async (key) => {
          await page.evaluate(() => document.querySelector('#pad').focus());
          await page.press(KEYS.Delete, ' ', ...Array(6).fill(key), ' ');
        };
        for (const [i, key] of [KEYS.ArrowRight, KEYS.ArrowDown].entries()) {
          await draw(key);
          for (let count = 0; count < 3; ++count) await page.click(`#add-${i + 1}`);
        }
        await page.click('#train');
        await untilText(page, '#outcome', /step/);
        await draw(KEYS.ArrowDown);
        assert.match(await untilText(page, '#guess[aria-busy="false"]', /\d/), /%/);
      });
    });
  }

  test('one click trains on handwritten digits', async () => {
    await withPage('teach.html#epochs=1', async (page) => {
      await page.waitFor(() => Boolean(document.querySelector('#train-digits:not(:disabled)')));
      await page.click('#train-digits');
      await untilText(page, '#outcome', /Validation: \d+ of 200 correct/);
    });
  });
});
