// axe-core finds no fault in the pages of the demo. Its rules do not depend on the browser, so one browser is enough.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { sharedBrowser } from '../support/browsers.js';
import { withDemoPage } from './demo-page.js';
import * as teach from './teach-page.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The pages, and an element that a page shows when it has loaded its kernels. */
const pages = {
  'index.html': 'main',
  'teach.html': '#train-samples:enabled',
  'lab.html': '#run:enabled',
  'filter.html': '#learn:enabled',
  'docs.html': 'main',
  'docs-readme.html': 'main',
};
const screens = {
  'a desktop in the light theme': { width: 1440, height: 900, theme: 'light' },
  'a phone in the dark theme': { width: 390, height: 844, theme: 'dark' },
};

describe('axe-core finds no fault', () => {
  const browser = sharedBrowser('Chromium');

  for (const [screen, { width, height, theme }] of Object.entries(screens)) {
    const prepare = async (page) => {
      await page.setViewport({ width, height });
      await page.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value: theme },
        { name: 'prefers-reduced-motion', value: 'reduce' }, // the network of the start page waits
      ]);
    };

    for (const [address, element] of Object.entries(pages)) {
      test(`in ${address} on ${screen}`, async () => {
        const use = async (page) => {
          await page.waitForSelector(element);
          assert.deepEqual(await faultsOf(page), []);
        };
        await withDemoPage(await browser(), address, use, { prepare });
      });
    }

    test(`in the page with a trained network on ${screen}`, async () => {
      const use = async (page) => {
        await teach.untilReady(page);
        await teach.addFewExamples(page);
        await page.click('#train');
        await teach.untilTrained(page);
        assert.deepEqual(await faultsOf(page), []);
      };
      await withDemoPage(await browser(), 'teach.html#epochs=1', use, { prepare });
    });
  }
});

/** Returns the rules that the page breaks, each with its elements. */
async function faultsOf(page) {
  await page.evaluate(axe);
  await page.waitForFunction(() => document.getAnimations().length === 0); // colours change in transitions
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(', ')}`);
}
