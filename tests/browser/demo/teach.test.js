import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browserNames, browserOfSuite } from '../support/browsers.js';
import { withDemoPage } from './demo-page.js';
import * as teach from './teach-page.js';

for (const name of browserNames) {
  describe(`Teach it here in ${name}`, () => {
    const browser = browserOfSuite(name);

    test('one click draws examples, trains on wasm, and the network names what it has not seen', async () => {
      await withDemoPage(await browser(), 'teach.html', async (page) => {
        await teach.untilReady(page);
        await page.click('#show-me');
        const outcome = await teach.untilTrained(page);
        assert.match(outcome, /^Done: 120 steps/);
        assert.deepEqual(await teach.exampleCounts(page), [40, 40, 40]);
        const accuracy = await teach.keptAsideAccuracy(page);
        assert.ok(accuracy >= 90, `${accuracy} %`);
        assert.match((await teach.speeds(page)).wasm, /^[\d.]+ ms, 120 steps$/);
        assert.equal((await teach.guess(page)).length, 3);
      });
    });

    test('examples that made room for those of the page come back', async () => {
      await withDemoPage(await browser(), 'teach.html#epochs=1&one=line&two=corner', async (page) => {
        await teach.untilReady(page);
        await teach.addFewExamples(page);
        await page.click('#show-me');
        await teach.untilTrained(page);
        assert.deepEqual(await teach.exampleCounts(page), [40, 40, 40]);
        await page.click('#messages button');
        assert.deepEqual(await teach.exampleCounts(page), [3, 3, 0]);
        assert.match(page.url(), /#epochs=1&one=line&two=corner$/);
      });
    });

    test('the switch trains the same on cpu, and the page compares the two', async () => {
      await withDemoPage(await browser(), 'teach.html#epochs=1', async (page) => {
        await teach.untilReady(page);
        await teach.addFewExamples(page);
        const losses = {};
        for (const backend of ['wasm', 'cpu']) {
          await page.click(`label:has([name="backend"][value="${backend}"])`);
          await page.evaluate(() => (document.querySelector('#outcome').textContent = ''));
          await page.click('#train');
          await teach.untilTrained(page);
          losses[backend] = await teach.loss(page);
        }
        assert.ok(losses.wasm > 0);
        assert.ok(Math.abs(losses.wasm - losses.cpu) <= 0.001, JSON.stringify(losses));
        assert.match(page.url(), /#backend=cpu&epochs=1$/);
        const { wasm, cpu } = await teach.speeds(page);
        assert.match(`${wasm}; ${cpu}`, /^[\d.]+ ms, 1 step; [\d.]+ ms, 1 step$/);
        assert.match(await page.$eval('#ratio', (ratio) => ratio.textContent), /cpu takes [\d.]+ times/);
      });
    });

    test('a comparison of a few steps leaves the trained network as it is', async () => {
      await withDemoPage(await browser(), 'teach.html#epochs=2', async (page) => {
        await teach.untilReady(page);
        await teach.trainOnFew(page);
        const before = await teach.guess(page);
        await page.click('#measure');
        await page.waitForFunction(() => document.querySelector('#ratio').textContent !== '');
        await teach.drawWithKeys(page, teach.corner);
        assert.deepEqual(await teach.guess(page), before);
        const { wasm, cpu } = await teach.speeds(page);
        assert.match(`${wasm}; ${cpu}`, /, 5 steps; .*, 5 steps$/);
      });
    });

    test('a pointer draws, and a button that is held adds one example after the other, each another one', async () => {
      await withDemoPage(await browser(), 'teach.html', async (page) => {
        await teach.untilReady(page);
        await page.click('#add-2');
        assert.deepEqual(await teach.exampleCounts(page), [0, 0, 0]);
        await teach.drawWithMouse(page);
        await page.hover('#add-2');
        await page.mouse.down();
        await page.waitForFunction(() => document.querySelectorAll('.class-2 .strip canvas').length >= 5);
        await page.mouse.up();
        const [before, count, after] = await teach.exampleCounts(page);
        assert.deepEqual([before, after], [0, 0]);
        const different = await page.$$eval('.class-2 .strip canvas', (canvases) => {
          const pixels = canvases.map((canvas) => canvas.getContext('2d').getImageData(0, 0, 32, 32).data.join());
          return new Set(pixels).size;
        });
        assert.equal(different, count);
        await page.click('.class-2 .quiet');
        assert.deepEqual(await teach.exampleCounts(page), [0, 0, 0]);
      });
    });

    test('the keyboard is enough: to draw, to hold a button, to train and to stop', async () => {
      await withDemoPage(await browser(), 'teach.html#epochs=60', async (page) => {
        await teach.untilReady(page);
        for (const [i, keys] of [teach.line, teach.corner].entries()) {
          await teach.tabTo(page, 'pad');
          await teach.drawWithKeys(page, keys);
          await teach.tabTo(page, `add-${i + 1}`);
          await page.keyboard.down(' ');
          await page.waitForFunction(
            (i) => Number.parseInt(document.querySelectorAll('.class')[i].innerText, 10) >= 8,
            {},
            i,
          );
          await page.keyboard.up(' ');
        }
        const counts = await teach.exampleCounts(page);
        await teach.tabTo(page, 'train');
        await page.keyboard.press('Enter');
        await page.waitForSelector('#stop:not(:disabled)');
        await page.waitForFunction(() => document.querySelector('#figure-step').textContent !== '–');
        await page.keyboard.press('Enter'); // the focus has moved from Train, which is off now, to Stop
        assert.match(await teach.untilTrained(page), /^Stopped after/);
        assert.equal(await page.evaluate(() => document.activeElement.id), 'train');
        assert.deepEqual(await teach.exampleCounts(page), counts); // released, the buttons add no more
      });
    });

    test('links keep names and settings, and skipping to the content changes neither', async () => {
      await withDemoPage(await browser(), 'teach.html#backend=cpu&epochs=7&two=b%26c', async (page) => {
        const shown = () =>
          page.evaluate(() => ({
            backend: document.querySelector('[name="backend"]:checked').value,
            epochs: document.querySelector('#epochs').value,
            names: [...document.querySelectorAll('.class-name')].map((input) => input.value),
          }));
        const wanted = { backend: 'cpu', epochs: '7', names: ['circle', 'b&c', 'triangle'] };
        await teach.untilReady(page);
        assert.deepEqual(await shown(), wanted);
        await page.focus('.skip');
        await page.keyboard.press('Enter');
        assert.deepEqual(await shown(), wanted);
        assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
        await page.reload();
        await teach.untilReady(page);
        assert.deepEqual(await shown(), wanted);
      });
    });
  });
}
