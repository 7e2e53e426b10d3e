import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { browserNames, browserOfSuite } from '../support/browsers.js';
import { withDemoPage } from './demo-page.js';
import * as teach from './teach-page.js';

/** The downloads that the page starts, as { name, bytes }, which are kept in it instead of on a disk. */
const keepDownloads = (page) =>
  page.evaluateOnNewDocument(() => {
    const click = HTMLAnchorElement.prototype.click;
    globalThis.downloads = [];
    HTMLAnchorElement.prototype.click = function () {
      if (!this.download) return click.call(this);
      globalThis.downloads.push({ name: this.download, href: this.href });
    };
    const create = URL.createObjectURL;
    const blobs = new Map();
    URL.createObjectURL = (blob) => {
      const url = create.call(URL, blob);
      blobs.set(url, blob);
      return url;
    };
    globalThis.readDownloads = () =>
      Promise.all(
        globalThis.downloads.map(async ({ name, href }) => {
          return { name, bytes: [...new Uint8Array(await blobs.get(href).arrayBuffer())] };
        }),
      );
  });

for (const name of browserNames) {
  describe(`saving and loading on Teach it here in ${name}`, () => {
    const browser = browserOfSuite(name);

    test('what is saved and loaded again guesses the same', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'depthwise-wasm-model-'));
      const saved = {};
      try {
        const address = 'teach.html#epochs=3&one=line&two=corner&three=none';
        await withDemoPage(
          await browser(),
          address,
          async (page) => {
            await teach.untilReady(page);
            await teach.trainOnFew(page);
            saved.guess = await teach.guess(page);
            assert.match(saved.guess.join(), /line .*corner .*none /);
            await page.click('#download');
            await page.waitForFunction(() => globalThis.downloads.length === 2);
            saved.files = await page.evaluate(() => globalThis.readDownloads());
          },
          { prepare: keepDownloads },
        );
        assert.deepEqual(saved.files.map(({ name }) => name), ['model.json', 'model.weights.bin']); // prettier-ignore
        for (const { name, bytes } of saved.files) await writeFile(join(folder, name), Uint8Array.from(bytes));
        await withDemoPage(await browser(), 'teach.html', async (page) => {
          await teach.untilReady(page);
          const files = await page.$('#files');
          await files.uploadFile(...saved.files.map(({ name }) => join(folder, name)));
          await page.waitForFunction(() => document.querySelector('#model-messages').innerText.includes('Loaded'));
          await teach.drawWithKeys(page, teach.corner);
          assert.deepEqual(await teach.guess(page), saved.guess);
        });
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    test('what the browser keeps is there after a reload', async () => {
      await withDemoPage(await browser(), 'teach.html#epochs=3', async (page) => {
        await teach.untilReady(page);
        await teach.trainOnFew(page);
        const before = await teach.guess(page);
        await page.click('#keep');
        await page.waitForSelector('#bring-back:not([hidden])');
        await page.reload();
        await teach.untilReady(page);
        await page.click('#bring-back:not([hidden])');
        await page.waitForFunction(() => document.querySelector('#model-messages').innerText.includes('Loaded'));
        await teach.drawWithKeys(page, teach.corner);
        assert.deepEqual(await teach.guess(page), before);
      });
    });

    test('files that are no model get a message, and the page goes on', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'depthwise-wasm-model-'));
      try {
        const paths = ['model.json', 'model.weights.bin'].map((file) => join(folder, file));
        for (const path of paths) await writeFile(path, 'nothing');
        await withDemoPage(await browser(), 'teach.html', async (page) => {
          await teach.untilReady(page);
          for (const [chosen, text] of [
            [paths, 'not JSON'],
            [paths.slice(0, 1), 'weights are missing'],
            [paths.slice(1), 'together'],
          ]) {
            await (await page.$('#files')).uploadFile(...chosen);
            await page.waitForFunction(
              (text) => document.querySelector('#model-messages [role=alert]')?.innerText.includes(text),
              {},
              text,
            );
          }
          await page.waitForSelector('#show-me:not(:disabled)');
        });
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });
}
