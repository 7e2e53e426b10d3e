import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { demoFolder } from '../../../scripts/build-demo.js';
import { browserNames, browserOfSuite } from '../support/browsers.js';
import { withDemoPage } from './demo-page.js';
import * as teach from './teach-page.js';

const isWorker = (path) => /teach\.worker-[^/]*\.js$/.test(path);

for (const name of browserNames) {
  describe(`Teach it here, with and without a camera, SIMD and a worker, in ${name}`, () => {
    const browser = browserOfSuite(name);

    test('pictures of the camera become examples', async () => {
      const giveCamera = (page) =>
        page.evaluateOnNewDocument(() => {
          navigator.mediaDevices.getUserMedia = async () => {
            const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 });
            const context = canvas.getContext('2d');
            setInterval(() => context.fillRect(Math.random() * 64, Math.random() * 48, 9, 9), 20);
            return canvas.captureStream(30);
          };
        });
      const use = async (page) => {
        await teach.untilReady(page);
        await page.waitForSelector('#camera:not([hidden])');
        await page.click('#add-3');
        await page.click('#add-3');
        assert.deepEqual(await teach.exampleCounts(page), [0, 0, 2]);
        await page.click('label:has([value="pad"])');
        await page.waitForSelector('#pad:not([hidden])');
        assert.ok(await page.$eval('#camera', (video) => video.hidden));
      };
      await withDemoPage(await browser(), 'teach.html#from=camera', use, { prepare: giveCamera });
    });

    test('without a camera there is a message, and the pad', async () => {
      const takeCamera = (page) =>
        page.evaluateOnNewDocument(() => {
          navigator.mediaDevices.getUserMedia = async () => {
            throw new DOMException('there is none', 'NotFoundError');
          };
        });
      const use = async (page) => {
        await teach.untilReady(page);
        await page.click('label:has([value="camera"])');
        await page.waitForFunction(() =>
          document.querySelector('#stage-messages [role=alert]')?.innerText.includes('has no camera'),
        );
        assert.ok(await page.$eval('[name="from"][value="pad"]', (input) => input.checked));
        assert.doesNotMatch(page.url(), /camera/);
        await teach.drawWithKeys(page, teach.line);
        await page.click('#add-1');
        assert.deepEqual(await teach.exampleCounts(page), [1, 0, 0]);
      };
      await withDemoPage(await browser(), 'teach.html', use, { prepare: takeCamera });
    });

    test('without WebAssembly SIMD there is a message, and cpu still trains', async () => {
      const scriptInstead = (path) =>
        isWorker(path)
          ? `WebAssembly.validate = () => false;\n${readFileSync(join(demoFolder, path), 'utf8')}`
          : undefined;
      const use = async (page) => {
        await page.waitForFunction(() =>
          document.querySelector('#messages [role=alert]')?.innerText.includes('no WebAssembly SIMD'),
        );
        await page.click('label:has([name="backend"][value="cpu"])');
        assert.match(await teach.trainOnFew(page), /^Done: 1 step/);
      };
      await withDemoPage(await browser(), 'teach.html#epochs=1', use, { scriptInstead });
    });

    test('a worker that fails is a message', async () => {
      const scriptInstead = (path) => (isWorker(path) ? "throw new Error('broken on purpose')" : undefined);
      const use = async (page) => {
        await page.waitForFunction(() =>
          document.querySelector('#messages [role=alert]')?.innerText.includes('worker of this page does not run'),
        );
        assert.ok(await page.$eval('#show-me', (button) => button.disabled));
      };
      await withDemoPage(await browser(), 'teach.html', use, { scriptInstead });
    });
  });
}
