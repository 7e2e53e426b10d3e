import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import alea from 'seedrandom/lib/alea.js';
import { greyPng } from '../../../web-demo/packed-data/grey-png.js';
import { sharedBrowser } from '../support/browsers.js';
import {
  alertOf,
  textOf,
  toolBrowsers,
  withCamera,
  withDemoPage,
  withoutCamera,
  withoutServiceWorker,
} from './demo-page.js';
import * as teach from './teach-page.js';

for (const name of toolBrowsers) {
  describe(`Teach it here in ${name}`, () => {
    const browser = sharedBrowser(name);

    test('one click draws samples, trains, and the network recognizes the validation set', async () => {
      await withDemoPage(await browser(), 'teach.html', async (page) => {
        await teach.untilReady(page);
        await page.focus('#train-samples');
        await page.keyboard.press('Enter');
        await page.waitForSelector('#stop:enabled');
        assert.equal(await teach.focusedId(page), 'stop');
        const filters = () => page.$eval('#filters', (canvas) => canvas.toDataURL());
        await page.waitForSelector('#results:not([hidden])');
        const firstFilters = await filters();
        assert.match(await teach.untilTrained(page), /Validation: \d+ of 24 correct/);
        assert.notEqual(await filters(), firstFilters, 'the page shows the filters as they change');
        assert.equal(await teach.focusedId(page), 'train-samples');
        await page.waitForFunction(() => document.querySelector('#measure').textContent === 'Cancel'); // starts by itself
        await page.click('#measure');
        await page.waitForFunction(() => document.querySelector('#measure').textContent === 'Compare');
        assert.equal(await textOf(page, '#ratio'), '');
        assert.deepEqual(await teach.exampleCounts(page), [40, 40, 40]);
        const accuracy = Number.parseInt(await textOf(page, '#figure-validation'), 10);
        assert.ok(accuracy >= 90, `${accuracy} %`);
        assert.equal((await teach.guess(page)).length, 3);
        const legend = await page.$$eval('.u-legend .u-series', (all) => all.map(({ innerText }) => innerText));
        assert.match(
          legend.find((text) => text.startsWith('validation loss')),
          /0\.\d+/,
        );
        const colours = await teach.coloursOf(page, '#filters');
        assert.ok(colours > 50, `the filters show ${colours} colours`);
        const misnamed = await page.$$eval('#misnamed li', (all) => all.length);
        const wrong = await page.$$eval('#confusion .wrong', (cells) => cells.reduce((sum, { innerText }) => sum + Number(innerText), 0)); // prettier-ignore
        assert.equal(misnamed, wrong);
        const confusion = await page.$$eval('#confusion tr', (rows) => rows.map((row) => [...row.cells].map(({ innerText }) => innerText))); // prettier-ignore
        assert.deepEqual(confusion[0], ['', 'circle', 'square', 'triangle']);
        for (const [, ...counts] of confusion.slice(1)) assert.equal(counts.reduce((sum, count) => sum + Number(count), 0), 8); // prettier-ignore
        // Shapes that a user draws are recognized, also small and in a corner.
        for (const [shape, centre, radius] of [
          ['circle', [0.15, 0.15], 0.1],
          ['circle', [0.8, 0.3], 0.06],
          ['circle', [0.3, 0.75], 0.2],
          ['circle', [0.5, 0.5], 0.45],
          ['square', [0.8, 0.8], 0.12],
          ['triangle', [0.2, 0.6], 0.12],
        ]) {
          await teach.drawShape(page, shape, centre, radius);
          await teach.guess(page);
          const best = await textOf(page, '#guess .best .guess-name');
          assert.equal(best, shape, `${shape} of radius ${radius} at ${centre}`);
        }
        await page.waitForFunction(() => document.querySelector('#guess-announcement').textContent.startsWith('Guess: triangle, ')); // prettier-ignore
        if (name === 'Chromium') await checkForcedColours(page);
      });
    });

    test('one click trains on handwritten digits, and the network recognizes a drawn digit', async () => {
      await withDemoPage(await browser(), 'teach.html#epochs=4', async (page) => {
        await teach.untilReady(page);
        await page.click('#train-digits');
        assert.match(await teach.untilTrained(page), /Validation: \d+ of 200 correct/);
        assert.deepEqual(await teach.exampleCounts(page), Array(10).fill(100));
        const accuracy = Number.parseInt(await textOf(page, '#figure-validation'), 10);
        assert.ok(accuracy >= 75, `${accuracy} %`);
        await teach.drawWithKeys(page, Array(10).fill('ArrowDown'));
        assert.equal((await teach.guess(page)).length, 10);
        await page.setViewport({ width: 1440, height: 900 });
        for (const selector of ['#train', '#guess', '#speeds']) {
          const bottom = await page.$eval(selector, (element) => element.getBoundingClientRect().bottom + scrollY);
          assert.ok(bottom <= 860, `${selector} ends ${bottom} pixels below the top of the page`);
        }
        assert.equal(await textOf(page, '#guess .best .guess-name'), '1');
      });
    });

    test('a failed download of the digits gives a message, and keeps the examples', async () => {
      const prepare = async (page) => {
        const fetch = () => (globalThis.fetch = () => Promise.reject(new TypeError('no network')));
        await page.evaluateOnNewDocument(fetch);
      };
      const use = async (page) => {
        await teach.untilReady(page);
        await teach.addFewExamples(page);
        await page.click('#train-digits');
        assert.match(await alertOf(page), /could not download/);
        assert.deepEqual(await teach.exampleCounts(page), [3, 3, 0]);
      };
      await withDemoPage(await browser(), 'teach.html', use, { prepare });
    });

    test('the user can undo the samples, and a new training removes the old result', async () => {
      await withDemoPage(await browser(), 'teach.html#epochs=1&one=line&two=corner', async (page) => {
        const hint = () => textOf(page, '#start-hint');
        await teach.untilReady(page);
        const before = await hint();
        await teach.addFewExamples(page);
        await page.click('#train-samples');
        const outcome = await teach.untilTrained(page);
        await page.waitForFunction((outcome) => document.querySelector('#start-hint').textContent === outcome, {}, outcome); // prettier-ignore
        await page.click('#messages button');
        assert.deepEqual(await teach.exampleCounts(page), [3, 3, 0]);
        assert.match(page.url(), /#epochs=1&one=line&two=corner$/);
        await page.click('#train');
        await page.waitForFunction((before) => document.querySelector('#start-hint').textContent === before, {}, before); // prettier-ignore
      });
    });

    // In Firefox, a step on the cpu backend takes up to 20 s while other tests run.
    if (name === 'Chromium') {
      test('both backends train with the same loss, and a speed comparison keeps the trained network', async () => {
        await withDemoPage(await browser(), 'teach.html#epochs=1', async (page) => {
          await teach.untilReady(page);
          await teach.addFewExamples(page);
          const losses = {};
          for (const backend of ['wasm', 'cpu']) {
            await page.click(`label:has([name="backend"][value="${backend}"])`);
            await page.evaluate(() => (document.querySelector('#outcome').textContent = ''));
            await page.click('#train');
            await teach.untilTrained(page);
            losses[backend] = Number(await textOf(page, '#figure-loss'));
          }
          assert.ok(losses.wasm > 0);
          assert.ok(Math.abs(losses.wasm - losses.cpu) <= 0.001, JSON.stringify(losses));
          assert.match(page.url(), /#backend=cpu&epochs=1$/);
          const before = await teach.guess(page);
          await page.click('#measure');
          for (const backend of ['wasm', 'cpu']) {
            const selector = `#speed-${backend}`;
            await page.waitForFunction((selector) => /\d steps?$/.test(document.querySelector(selector).textContent), {}, selector); // prettier-ignore
          }
          await page.waitForFunction(() => /trains [\d.]+× faster/.test(document.querySelector('#ratio').textContent));
          await page.setViewport({ width: 1440, height: 900 });
          for (const selector of ['#train-samples', '#guess', '#ratio']) {
            const bottom = await page.$eval(selector, (element) => element.getBoundingClientRect().bottom + scrollY);
            assert.ok(bottom <= 900, `${selector} ends ${bottom} pixels below the top of the page`);
          }
          await teach.drawWithKeys(page, teach.corner);
          assert.deepEqual(await teach.guess(page), before);
        });
      });
    }

    test('the mouse draws, and a held button adds different variations', async () => {
      await withDemoPage(await browser(), 'teach.html', async (page) => {
        await teach.untilReady(page);
        await page.click('#add-2');
        assert.deepEqual(await teach.exampleCounts(page), [0, 0, 0]);
        await teach.drawWithMouse(page);
        await page.hover('#add-2');
        await page.mouse.down();
        await page.waitForFunction(() => document.querySelectorAll('.class-2 .strip canvas').length >= 5);
        await page.mouse.up();
        const [, count] = await teach.exampleCounts(page);
        const different = await page.$$eval('.class-2 .strip canvas', (canvases) => {
          const pixels = canvases.map((canvas) => canvas.getContext('2d').getImageData(0, 0, 32, 32).data.join());
          return new Set(pixels).size;
        });
        assert.equal(different, count);
        await page.focus('.class-2 .example');
        await page.keyboard.press('ArrowRight');
        await page.keyboard.press('Enter');
        assert.deepEqual(await teach.exampleCounts(page), [0, count - 1, 0]);
        assert.match(await page.evaluate(() => document.activeElement.ariaLabel), /^Remove example 2/);
        await page.click('.class-2 button.quiet');
        assert.deepEqual(await teach.exampleCounts(page), [0, 0, 0]);
        const undo = () => page.click('#undo-examples');
        await undo();
        await undo();
        assert.deepEqual(await teach.exampleCounts(page), [0, count, 0]);
        await undo(); // of the whole hold
        assert.deepEqual(await teach.exampleCounts(page), [0, 0, 0]);
        await page.click('#undo-stroke');
        assert.ok(await page.$eval('#clear', ({ disabled }) => disabled), 'the pad is empty');
      });
    });

    test('the keyboard draws, holds a button, trains and stops', async () => {
      await withDemoPage(await browser(), 'teach.html#epochs=60', async (page) => {
        await teach.untilReady(page);
        for (const [i, keys] of [teach.line, teach.corner].entries()) {
          await teach.drawWithKeys(page, keys);
          await page.focus(`#add-${i + 1}`);
          await page.keyboard.down(' ');
          await page.waitForFunction((i) => document.querySelectorAll('.class')[i].innerText.match(/\d+/) >= 8, {}, i);
          await page.keyboard.up(' ');
        }
        const counts = await teach.exampleCounts(page);
        await page.focus('#train');
        await page.keyboard.press('Enter');
        await page.waitForSelector('#stop:not(:disabled)');
        await page.waitForFunction(() => document.querySelector('#figure-step').textContent !== '–');
        await page.keyboard.press('Enter'); // Stop has the focus, because Train is disabled
        assert.match(await teach.untilTrained(page), /^Stopped after/);
        assert.equal(await page.evaluate(() => document.activeElement.id), 'train');
        assert.deepEqual(await teach.exampleCounts(page), counts, 'a released button adds no examples');
      });
    });

    test('a link restores names and settings, and the skip link keeps them', async () => {
      await withDemoPage(
        await browser(),
        'teach.html#backend=cpu&network=mobilenet&batch=32&rate=0.01&epochs=7&two=b%26c&classes=4',
        async (page) => {
          const shown = () =>
            page.evaluate(() => [
              document.querySelector('[name="backend"]:checked').value,
              document.querySelector('[name="network"]:checked').value,
              ...['batch', 'rate', 'epochs'].map((id) => document.getElementById(id).value),
              ...[...document.querySelectorAll('.class:not([hidden]) .class-name')].map((input) => input.value),
            ]);
          const expected = ['cpu', 'mobilenet', '32', '0.01', '7', 'circle', 'b&c', 'triangle', ''];
          await teach.untilReady(page);
          assert.deepEqual(await shown(), expected);
          await page.focus('.skip');
          await page.keyboard.press('Enter');
          assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
          await page.reload();
          await teach.untilReady(page);
          assert.deepEqual(await shown(), expected);
        },
      );
    });

    test('pictures of the camera become examples', async () => {
      const use = async (page) => {
        await teach.untilReady(page);
        assert.deepEqual(await page.evaluate(() => globalThis.trackStates()), [], 'a link does not turn the camera on');
        await page.click('#stage-messages button');
        await page.waitForSelector('#camera:not([hidden])');
        await page.click('#add-3');
        await page.click('#add-3');
        assert.deepEqual(await teach.exampleCounts(page), [0, 0, 2]);
        await page.click('label:has([value="pad"])');
        await page.waitForSelector('#pad:not([hidden])');
        assert.ok(await page.$eval('#camera', ({ hidden }) => hidden));
      };
      await withDemoPage(await browser(), 'teach.html#from=camera', use, withCamera);
    });

    test('pictures from files become examples, and the pretrained network learns them', async () => {
      await withFolder(async (folder) => {
        await withDemoPage(
          await browser(),
          'teach.html#network=mobilenet&rate=0.001&epochs=6&batch=8',
          async (page) => {
            await teach.untilReady(page);
            for (const [i, direction] of ['rows', 'columns'].entries()) {
              const paths = await writePictures(folder, direction, 8);
              const input = await page.$(`.class-${i + 1} input[type="file"]`);
              await input.uploadFile(...paths.slice(1));
              await page.waitForFunction((i) => document.querySelectorAll(`.class-${i + 1} .example`).length === 7, {}, i); // prettier-ignore
            }
            await page.click('#train');
            assert.match(await teach.untilTrained(page), /^Trained for 12 steps .*Validation: 2 of 2 correct/);
            for (const [name, direction] of [
              ['circle', 'rows'],
              ['square', 'columns'],
            ]) {
              const [path] = await writePictures(folder, direction, 1); // the network did not train on it
              await (await page.$('#open-picture')).uploadFile(path);
              await page.waitForSelector('#photo:not([hidden])');
              await page.waitForFunction((name) => document.querySelector('#guess .best .guess-name')?.innerText === name, {}, name); // prettier-ignore
            }
          },
        );
      });
    });

    test('pictures can be dropped onto a class, and another file gives a message', async () => {
      await withDemoPage(await browser(), 'teach.html', async (page) => {
        await teach.untilReady(page);
        await teach.dropFiles(page, '.class.class-2', { pictures: 2, texts: 1 });
        assert.match(await alertOf(page), /cannot use this file.*text 1/s);
        assert.deepEqual(await teach.exampleCounts(page), [0, 2, 0]);
        await page.click('#undo-examples');
        assert.deepEqual(await teach.exampleCounts(page), [0, 0, 0]);
        await teach.dropFiles(page, '#stage', { pictures: 1, texts: 0 });
        await page.waitForSelector('#photo:not([hidden])');
        await page.click('#add-1');
        await page.click('#clear');
        assert.deepEqual(await teach.exampleCounts(page), [1, 0, 0]);
        assert.ok(await page.$eval('#photo', ({ hidden }) => hidden));
      });
    });

    test('a device without a camera gets a message and the pad', async () => {
      const use = async (page) => {
        await teach.untilReady(page);
        await page.click('label:has([value="camera"])');
        assert.match(await alertOf(page), /has no camera/);
        assert.ok(await page.$eval('[name="from"][value="pad"]', ({ checked }) => checked));
        assert.doesNotMatch(page.url(), /camera/);
        await teach.drawWithKeys(page, teach.line);
        await page.click('#add-1');
        assert.deepEqual(await teach.exampleCounts(page), [1, 0, 0]);
      };
      await withDemoPage(await browser(), 'teach.html', use, withoutCamera);
    });

    test('a browser without WebAssembly SIMD gets a message and trains on cpu', async () => {
      const use = async (page) => {
        assert.match(await alertOf(page), /no WebAssembly SIMD/);
        await page.click('label:has([name="backend"][value="cpu"])');
        assert.match(await teach.trainOnFew(page), /1 step /);
      };
      await withDemoPage(await browser(), 'teach.html#epochs=1', use, { workerCode: 'WebAssembly.validate = () => false;' }); // prettier-ignore
    });

    test('a downloaded model loads again and gives the same guess', async () => {
      await withFolder(async (folder) => {
        const saved = {};
        const train = async (page) => {
          await teach.untilReady(page);
          await page.click('#more-classes');
          await page.click('#more-classes');
          await page.click('#fewer-classes');
          assert.match(page.url(), /classes=4/);
          await teach.trainOnFew(page);
          saved.guess = await teach.guess(page);
          assert.match(saved.guess.join(), /line .*corner .*none .*class 4 /);
          await page.click('#download');
          await page.waitForFunction(() => globalThis.downloads.length === 2);
          saved.files = await page.evaluate(() => globalThis.readDownloads());
        };
        await withDemoPage(await browser(), 'teach.html#epochs=3&one=line&two=corner&three=none', train, { prepare: captureDownloads }); // prettier-ignore
        assert.deepEqual(saved.files.map(({ name }) => name), ['model.json', 'model.weights.bin']); // prettier-ignore
        // The browser gives a second download other names.
        const names = ['model (1).json', 'model.weights (1).bin'];
        for (const [i, { bytes }] of saved.files.entries()) await writeFile(join(folder, names[i]), Uint8Array.from(bytes)); // prettier-ignore
        await withDemoPage(await browser(), 'teach.html', async (page) => {
          await teach.untilReady(page);
          await (await page.$('#files')).uploadFile(...names.map((name) => join(folder, name)));
          await untilLoaded(page);
          await teach.drawWithKeys(page, teach.corner);
          assert.deepEqual(await teach.guess(page), saved.guess);
        });
      });
    });

    test('a model saved in the browser can be restored in another tab and after a reload', async () => {
      await withDemoPage(await browser(), 'teach.html#epochs=3', async (page) => {
        await teach.untilReady(page);
        await teach.trainOnFew(page);
        const before = await teach.guess(page);
        const shown = await page.$$eval('#guess li:not([hidden])', (rows) => rows.map((row) => row.lastChild.textContent + getComputedStyle(row.querySelector('.guess-track')).visibility)); // prettier-ignore
        assert.match(shown.join(), /^\d+ %visible,\d+ %visible,–hidden$/, 'the third class has no examples');
        const secondTab = await (await browser()).newPage();
        await secondTab.evaluateOnNewDocument(withoutServiceWorker);
        await secondTab.goto(page.url());
        await teach.untilReady(secondTab);
        assert.ok(await secondTab.$('#restore[hidden]'));
        await page.bringToFront();
        await page.click('#save');
        await page.waitForSelector('#restore:not([hidden])');
        await secondTab.waitForSelector('#restore:not([hidden])');
        await secondTab.close();
        const questions = [];
        page.on('dialog', (dialog) => {
          questions.push(dialog.type());
          return dialog.accept();
        });
        await page.reload();
        assert.deepEqual(questions, ['beforeunload'], 'the browser asks, because a reload drops the examples');
        await teach.untilReady(page);
        await page.click('#restore:not([hidden])');
        await untilLoaded(page);
        await teach.drawWithKeys(page, teach.corner);
        assert.deepEqual(await teach.guess(page), before);
      });
    });

    test('files without a model give a message, and the page still works', async () => {
      await withFolder(async (folder) => {
        await withDemoPage(await browser(), 'teach.html', async (page) => {
          await teach.untilReady(page);
          for (const [json, names, text] of [
            ['nothing', ['model.json', 'model.weights.bin'], 'not JSON'],
            ['null', ['model.json', 'model.weights.bin'], 'not a model'],
            ['{}', ['model.json'], 'weights are missing'],
            ['{}', ['model.weights.bin'], 'model is missing'],
          ]) {
            const paths = names.map((name) => join(folder, name));
            for (const path of paths) await writeFile(path, json);
            await (await page.$('#files')).uploadFile(...paths);
            await page.waitForFunction(
              (text) => document.querySelector('#model-messages [role=alert]')?.innerText.includes(text),
              {},
              text,
            );
          }
          await teach.untilReady(page);
        });
      });
    });
  });
}

/** Checks that a selected and an unselected control differ when the user forces the colours of the system. */
async function checkForcedColours(page) {
  const session = await page.createCDPSession();
  await session.send('Emulation.setEmulatedMedia', { features: [{ name: 'forced-colors', value: 'active' }] });
  const backgrounds = await page.evaluate(() => {
    const background = (selector) => getComputedStyle(document.querySelector(selector)).backgroundColor;
    return {
      option: ['.switch label:has(:checked)', '.switch label:not(:has(:checked))'].map(background),
      page: ['nav a[aria-current]', 'nav a:not([aria-current])'].map(background),
      bar: ['.best .guess-bar', '.best .guess-track'].map(background),
    };
  });
  for (const [part, [selected, other]] of Object.entries(backgrounds)) assert.notEqual(selected, other, part);
}

const untilLoaded = (page) =>
  page.waitForFunction(() => document.querySelector('#model-messages').innerText.includes('loaded'));

/**
 * Writes pictures of stripes with noise.
 *
 * @param {string} folder
 * @param {'rows' | 'columns'} direction of the stripes
 * @param {number} count
 * @returns {Promise<string[]>} the paths of the files
 */
function writePictures(folder, direction, count) {
  const side = 64;
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const random = alea(`${direction} ${i}`);
      const levels = Uint8Array.from({ length: side * side }, (_, at) => {
        const along = direction === 'rows' ? Math.floor(at / side) : at % side;
        return 8 + 4 * Math.sign(Math.sin((along + 8 * i) / (3 + (i % 3)))) + Math.floor(4 * random());
      });
      const path = join(folder, `${direction} ${i}.png`);
      await writeFile(path, greyPng(levels, side));
      return path;
    }),
  );
}

/** @param {(folder: string) => Promise<void>} use receives a temporary folder */
async function withFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), 'depthwise-wasm-model-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Keeps downloads in the page: `readDownloads()` returns them as { name, bytes }. */
const captureDownloads = (page) =>
  page.evaluateOnNewDocument(() => {
    const click = HTMLAnchorElement.prototype.click;
    const create = URL.createObjectURL;
    const blobs = new Map();
    globalThis.downloads = [];
    HTMLAnchorElement.prototype.click = function () {
      if (!this.download) return click.call(this);
      globalThis.downloads.push({ name: this.download, href: this.href });
    };
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
