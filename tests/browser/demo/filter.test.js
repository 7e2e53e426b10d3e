import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sharedBrowser } from '../support/browsers.js';
import { alertOf, textOf, toolBrowsers, withCamera, withDemoPage } from './demo-page.js';

/** Largest allowed difference of a learned weight, relative to the largest true weight. */
const TOLERANCE = 1e-3;

const links = [
  'effect=edges&kernel=5&stride=2&picture=letters',
  'effect=box&kernel=6&dilation=2',
  'effect=fringes&kernel=2&dilation=3&padding=valid',
];

for (const name of toolBrowsers) {
  describe(`the filter page in ${name}`, () => {
    const browser = sharedBrowser(name);

    test('one click learns the filter: the kernel, the output and the loss are right', async () => {
      await withDemoPage(await browser(), 'filter.html', async (page) => {
        await untilReady(page);
        const before = await shownResult(page);
        assert.ok(differenceOf(before.kernels) > 0.1, 'the first weights must be wrong');
        await page.click('#learn');
        await untilFound(page);
        const { kernels, pixelDifference, loss } = await shownResult(page);
        assert.ok(differenceOf(kernels) < TOLERANCE, `${differenceOf(kernels)}`);
        assert.ok(pixelDifference <= 1, `${pixelDifference} of 255`);
        assert.ok(loss < 1e-5, `${loss}`);
        assert.match(
          await textOf(page, '#status'),
          /The kernels are equal: no weight differs by more than [\d.e-]+\.$/,
        );
        const printed = await page.evaluate(() => ['true', 'learned'].map((name) => document.getElementById(`${name}-kernel`).innerText)); // prettier-ignore
        assert.equal(printed[0], printed[1], 'equal weights print the same digits');
        for (const [width, height] of [
          [1440, 900],
          [1280, 720],
          [1024, 768],
        ]) {
          await page.setViewport({ width, height });
          const overlap = await page.evaluate(() => {
            scrollTo(0, document.documentElement.scrollHeight);
            const [settings, how] = ['.settings', '.how'].map((name) => document.querySelector(name).getBoundingClientRect()); // prettier-ignore
            return settings.bottom - how.top;
          });
          assert.ok(overlap <= 0, `the settings cover ${overlap} px of “How it learns” at ${width}×${height}`);
        }
        // On a phone, the user sees the pictures when choosing an effect.
        await page.setViewport({ width: 390, height: 844 });
        await page.$eval('[value="fringes"]', (radio) => radio.closest('label').scrollIntoView({ block: 'end' }));
        assert.ok(await page.$eval('#output', (canvas) => canvas.getBoundingClientRect().top >= 0), 'in view');
      });
    });

    for (const link of links) {
      test(`a link restores the settings, and the layer learns them: ${link}`, async () => {
        await withDemoPage(await browser(), `filter.html#${link}`, async (page) => {
          await untilReady(page);
          const form = await formOf(page);
          for (const [name, value] of new URLSearchParams(link)) assert.equal(form[name], value);
          await page.click('#learn');
          await untilFound(page);
          const { kernels, pixelDifference } = await shownResult(page);
          assert.equal(kernels.true.length, 3 * form.kernel ** 2);
          assert.ok(differenceOf(kernels) < TOLERANCE, `${differenceOf(kernels)}`);
          assert.ok(pixelDifference <= 1, `${pixelDifference} of 255`);
        });
      });
    }

    test('invalid settings in a link become the defaults', async () => {
      await withDemoPage(await browser(), 'filter.html#effect=melt&kernel=99&stride=2&dilation=2', async (page) => {
        await untilReady(page);
        const { effect, kernel, stride, dilation } = await formOf(page);
        assert.deepEqual([effect, kernel, stride, dilation], ['emboss', '5', '2', '1']);
      });
    });

    test('a slider changes the sampling grid and the address, and starts to learn', async () => {
      await withDemoPage(await browser(), 'filter.html#effect=blur&kernel=3', async (page) => {
        await untilReady(page);
        const increase = async (slider) => {
          await page.focus(`input[name="${slider}"]`);
          await page.keyboard.press('ArrowRight');
        };
        const inputsRead = () => page.$$eval('#sampling-input .read', (cells) => cells.length);
        assert.equal(await inputsRead(), 9);
        await increase('kernel');
        assert.equal(await inputsRead(), 16);
        await untilFound(page);
        await increase('dilation');
        await increase('stride'); // resets the dilation, because the layer does not take both
        await untilFound(page);
        const hash = new URLSearchParams(new URL(page.url()).hash.slice(1));
        assert.deepEqual(Object.fromEntries(hash), { effect: 'blur', kernel: '4', stride: '2' });
      });
    });

    test('the arrow keys select an output in the sampling grid', async () => {
      await withDemoPage(await browser(), 'filter.html#kernel=3', async (page) => {
        await page.$eval('#sampling-output', (svg) => svg.focus()); // puppeteer cannot focus SVG elements
        for (const key of ['ArrowUp', 'ArrowLeft']) {
          for (let i = 0; i < 9; ++i) await page.keyboard.press(key);
        }
        assert.match(await textOf(page, '#sampling-caption'), /row 1, column 1 reads 4 .* 5 of the 9 taps/);
        await page.keyboard.press('ArrowDown');
        assert.match(await textOf(page, '#sampling-caption'), /row 2, column 1 reads 6 /);
      });
    });

    test('the picture shows which pixels an output reads, with the pointer and the keyboard', async () => {
      await withDemoPage(await browser(), 'filter.html#kernel=3&dilation=2', async (page) => {
        await page.setViewport({ width: 1280, height: 900 });
        await untilReady(page);
        const caption = () => textOf(page, '#reading-caption');
        const isDrawn = () =>
          page.$eval('#picture + .overlay', (canvas) => {
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {
              willReadFrequently: true,
            });
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
            return data.some((value) => value > 0);
          });
        const before = await caption();
        const { x, y, width } = await page.$eval('#output', (canvas) => canvas.getBoundingClientRect().toJSON());
        await page.mouse.move(Math.ceil(x), y + (width * 20.5) / 160); // browsers round the position
        assert.equal(
          await caption(),
          'Output row 21, column 1 reads 6 pixels of the picture. The other 3 are in the padding and read 0.',
        );
        assert.ok(await isDrawn());
        await page.mouse.move(x + (width * 40.5) / 160, y + (width * 20.5) / 160);
        assert.equal(await caption(), 'Output row 21, column 41 reads 9 pixels of the picture.');
        await page.mouse.move(0, 0);
        assert.equal(await caption(), before);
        assert.ok(!(await isDrawn()));
        await page.focus('#output');
        await page.keyboard.press('ArrowDown');
        assert.equal(await caption(), 'Output row 82, column 81 reads 9 pixels of the picture.');
      });
    });

    test('the layer learns from a picture file, and a wrong file gives a visible message', async () => {
      await withDemoPage(await browser(), 'filter.html#kernel=3', async (page) => {
        await page.setViewport({ width: 390, height: 844 });
        await untilReady(page);
        await page.$eval('#choose-file', (button) => button.scrollIntoView());
        await chooseFile(page, 'text');
        assert.match(await alertOf(page), /cannot use this file/);
        assert.ok(await page.$eval('[role="alert"]', (alert) => alert.getBoundingClientRect().top > -1), 'in view');
        await chooseFile(page, 'picture');
        await untilFound(page);
        const [red, green, blue] = await page.$eval('#picture', (canvas) => {
          const mean = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
          mean.drawImage(canvas, 0, 0, 1, 1);
          return [...mean.getImageData(0, 0, 1, 1).data];
        });
        assert.ok(green > red + 50 && green > blue + 50, `${[red, green, blue]}`);
        assert.equal(await page.$('[role="alert"]'), null);
      });
    });

    test('the layer learns from a picture of the camera, and the camera is turned off', async () => {
      const use = async (page) => {
        await untilReady(page);
        await page.setViewport({ width: 1280, height: 720 });
        await page.focus('#camera');
        await page.keyboard.press('Enter');
        await page.waitForSelector('#take', { visible: true });
        assert.ok(await page.$eval('#take', (button) => button.getBoundingClientRect().bottom <= innerHeight), 'in view'); // prettier-ignore
        await page.keyboard.press('Enter'); // the button that takes the picture has the focus
        await untilFound(page);
        assert.equal(await page.evaluate(() => document.activeElement.id), 'camera');
        assert.ok(await page.$eval('#finder', ({ hidden }) => hidden));
        assert.deepEqual(await page.evaluate(() => globalThis.trackStates()), ['ended']);
      };
      await withDemoPage(await browser(), 'filter.html#kernel=3', use, withCamera);
    });
  });
}

const untilReady = (page) => untilStatus(page, 'random weights');
const untilFound = (page) => untilStatus(page, '^Found');

async function untilStatus(page, pattern) {
  await page.waitForFunction(
    (pattern) => new RegExp(pattern).test(document.getElementById('status').textContent),
    {},
    pattern,
  );
}

async function formOf(page) {
  return Object.fromEntries(await page.$eval('#settings', (form) => [...new FormData(form)]));
}

/** Returns the shown weights of both kernels, the largest difference of a pixel, and the loss. */
async function shownResult(page) {
  return page.evaluate(() => {
    const weightsOf = (id) => [...document.querySelectorAll(`#${id} .weight`)].map(({ title }) => Number(title));
    const pixelsOf = (id) => {
      const canvas = document.getElementById(id);
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
      copy.drawImage(canvas, 0, 0);
      return copy.getImageData(0, 0, canvas.width, canvas.height).data;
    };
    const [target, output] = [pixelsOf('target'), pixelsOf('output')];
    return {
      kernels: { true: weightsOf('true-kernel'), learned: weightsOf('learned-kernel') },
      pixelDifference: output.reduce((largest, value, i) => Math.max(largest, Math.abs(value - target[i])), 0),
      loss: Number(document.querySelectorAll('.u-legend .u-value')[1].textContent),
    };
  });
}

function differenceOf({ true: expected, learned }) {
  assert.ok(expected.length > 0 && expected.length === learned.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...learned.map((weight, i) => Math.abs(weight - expected[i]))) / largest;
}

/** Chooses a file as in the browser's dialog: green noise as a PNG, or a text. */
async function chooseFile(page, kind) {
  await page.evaluate(async (kind) => {
    const canvas = new OffscreenCanvas(300, 200);
    const context = canvas.getContext('2d');
    for (let i = 0; i < 60000; ++i) {
      context.fillStyle = `rgb(${(i * 7919) % 90} ${150 + ((i * 104729) % 100)} ${(i * 1299709) % 80})`;
      context.fillRect(i % 300, Math.floor(i / 300), 1, 1);
    }
    const content = kind === 'text' ? new Blob(['no picture']) : await canvas.convertToBlob();
    const transfer = new DataTransfer();
    transfer.items.add(new File([content], kind));
    const input = document.getElementById('file');
    input.files = transfer.files;
    input.dispatchEvent(new Event('change'));
  }, kind);
}
