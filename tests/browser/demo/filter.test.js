import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browserNames, browserOfSuite } from '../support/browsers.js';
import { withDemoPage } from './demo-page.js';
import { contentOf } from './built-file.js';

/** Of the largest weight of the true kernel. The page says "found" up to ten times as much. */
const TOLERANCE = 1e-3;

/** Each effect once, and each size, stride, dilation and padding. */
const links = [
  'effect=sharpen&kernel=3',
  'effect=blur&kernel=4&padding=valid',
  'effect=edges&kernel=5&stride=2&picture=letters',
  'effect=box&kernel=6&dilation=2',
  'effect=motion&kernel=7&stride=3&padding=valid',
  'effect=fringes&kernel=2&dilation=3&padding=valid',
];

for (const name of browserNames) {
  describe(`the page that learns a filter, in ${name}`, () => {
    const browser = browserOfSuite(name);

    test('learns with one click: the loss falls, the kernel is the true one, the output the target', async () => {
      await withDemoPage(await browser(), 'filter.html', async (page) => {
        await waitForStatus(page, /random weights/);
        const { kernels: before } = await learned(page);
        assert.ok(differenceOf(before) > 0.1, 'it must have something to learn');
        await page.click('#learn');
        await waitForStatus(page, /^Found in \d+ steps/);
        const { kernels, pixelDifference, loss } = await learned(page);
        assert.ok(differenceOf(kernels) < TOLERANCE, `${differenceOf(kernels)}`);
        assert.ok(pixelDifference <= 1, `${pixelDifference} of 255`);
        assert.ok(loss < 1e-5, `${loss}`);
      });
    });

    for (const link of links) {
      test(`a link brings the settings back, and they are learned: ${link}`, async () => {
        await withDemoPage(await browser(), `filter.html#${link}`, async (page) => {
          await waitForStatus(page, /random weights/);
          const form = await page.evaluate(() => [...new FormData(document.getElementById('settings'))]);
          for (const [name, value] of new URLSearchParams(link)) assert.equal(Object.fromEntries(form)[name], value);
          await page.click('#learn');
          await waitForStatus(page, /^Found/);
          const { kernels, pixelDifference } = await learned(page);
          const { kernel } = Object.fromEntries(form);
          assert.equal(kernels.true.length, 3 * kernel ** 2);
          assert.ok(differenceOf(kernels) < TOLERANCE, `${differenceOf(kernels)}`);
          assert.ok(pixelDifference <= 1, `${pixelDifference} of 255`);
        });
      });
    }

    test('settings that are not allowed are those by default', async () => {
      await withDemoPage(await browser(), 'filter.html#effect=melt&kernel=99&stride=2&dilation=2', async (page) => {
        await waitForStatus(page, /random weights/);
        const form = await page.evaluate(() => [...new FormData(document.getElementById('settings'))]);
        const { effect, kernel, stride, dilation } = Object.fromEntries(form);
        assert.deepEqual(
          { effect, kernel, stride, dilation },
          { effect: 'emboss', kernel: '5', stride: '2', dilation: '1' },
        );
      });
    });

    test('a slider, by keyboard, redraws the sampling grid, changes the link and learns anew', async () => {
      await withDemoPage(await browser(), 'filter.html#effect=blur&kernel=3', async (page) => {
        await waitForStatus(page, /random weights/);
        const readBy = () => page.$$eval('#sampling-input .read', (cells) => cells.length);
        assert.equal(await readBy(), 9);
        await page.focus('input[name="kernel"]');
        await page.keyboard.press('ArrowRight');
        assert.equal(await readBy(), 16);
        await waitForStatus(page, /^Found/);
        await page.focus('input[name="dilation"]');
        await page.keyboard.press('ArrowRight');
        await page.focus('input[name="stride"]');
        await page.keyboard.press('ArrowRight');
        await waitForStatus(page, /^Found/);
        const hash = await page.evaluate(() => location.hash);
        assert.deepEqual(Object.fromEntries(new URLSearchParams(hash.slice(1))), {
          effect: 'blur',
          kernel: '4',
          stride: '2', // which has put the dilation back to 1, as the layer does not take both
        });
      });
    });

    test('the arrow keys choose the output in the sampling grid', async () => {
      await withDemoPage(await browser(), 'filter.html#kernel=3', async (page) => {
        const caption = () => page.$eval('#sampling-caption', (element) => element.textContent);
        await page.$eval('#sampling-output', (svg) => svg.focus()); // puppeteer focuses elements of HTML only
        for (let i = 0; i < 9; ++i) await page.keyboard.press('ArrowUp');
        for (let i = 0; i < 9; ++i) await page.keyboard.press('ArrowLeft');
        assert.match(
          await caption(),
          /^Output row 1, column 1 reads 4 pixels of the input\. 5 of its 9 taps fall on padding/,
        );
        await page.keyboard.press('ArrowDown');
        assert.match(await caption(), /^Output row 2, column 1 reads 6 pixels/);
      });
    });

    test('a picture of a file is learned from; a file that is none gives a message', async () => {
      await withDemoPage(await browser(), 'filter.html#kernel=3', async (page) => {
        await waitForStatus(page, /random weights/);
        await giveFile(page, 'text');
        assert.match(await alertOf(page), /This file cannot be used/);
        await giveFile(page, 'picture');
        await waitForStatus(page, /^Found/);
        const [red, green, blue] = await page.$eval('#picture', (canvas) => {
          const mean = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
          mean.drawImage(canvas, 0, 0, 1, 1);
          return [...mean.getImageData(0, 0, 1, 1).data];
        });
        assert.ok(green > red + 50 && green > blue + 50, `${[red, green, blue]}`);
        assert.equal(await page.$('[role="alert"]'), null);
      });
    });

    test('a picture of the camera is learned from', async () => {
      const prepare = (page) => page.evaluateOnNewDocument(cameraOfNoise);
      const use = async (page) => {
        await waitForStatus(page, /random weights/);
        await page.click('#camera');
        await page.waitForSelector('#take', { visible: true });
        await page.click('#take');
        await waitForStatus(page, /^Found/);
        assert.equal(await page.$eval('#finder', ({ hidden }) => hidden), true);
        assert.deepEqual(await page.evaluate(() => globalThis.trackStates()), ['ended']);
      };
      await withDemoPage(await browser(), 'filter.html#kernel=3', use, { prepare });
    });

    for (const [error, text] of [
      ['NotFoundError', /has no camera/],
      ['NotAllowedError', /Allow the camera for this page/],
    ]) {
      test(`a camera that cannot be had gives a message: ${error}`, async () => {
        const prepare = (page) =>
          page.evaluateOnNewDocument((name) => {
            navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', name));
          }, error);
        const use = async (page) => {
          await waitForStatus(page, /random weights/);
          await page.click('#camera');
          assert.match(await alertOf(page), text);
          await page.click('#learn'); // the rest works on
          await waitForStatus(page, /^Found/);
        };
        await withDemoPage(await browser(), 'filter.html#kernel=3', use, { prepare });
      });
    }

    test('without WebAssembly SIMD there is a message, and nothing to click in vain', async () => {
      const scriptInstead = (path) =>
        /filter\.worker/.test(path) ? `WebAssembly.validate = () => false;\n${contentOf(path)}` : undefined;
      const use = async (page) => {
        assert.match(await alertOf(page), /This browser has no WebAssembly SIMD/);
        assert.equal(await page.$eval('#learn', ({ disabled }) => disabled), true);
      };
      await withDemoPage(await browser(), 'filter.html', use, { scriptInstead });
    });

    test('a worker that fails gives a message', async () => {
      const scriptInstead = (path) => (/filter\.worker/.test(path) ? 'throw new Error("broken");' : undefined);
      const use = async (page) => assert.match(await alertOf(page), /The worker of this page does not run[^]*broken/);
      await withDemoPage(await browser(), 'filter.html', use, { scriptInstead });
    });
  });
}

async function waitForStatus(page, pattern) {
  await page.waitForFunction(
    (text) => new RegExp(text).test(document.getElementById('status').textContent),
    {},
    pattern.source,
  );
}

async function alertOf(page) {
  const alert = await page.waitForSelector('[role="alert"]');
  return alert.evaluate((element) => element.textContent);
}

/** What the page shows: the weights of both kernels, the largest difference of a pixel, and the loss. */
async function learned(page) {
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

/** Chooses a file, as the reader would in the browser's dialogue: green noise as a PNG, or a text. */
async function giveFile(page, kind) {
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

/** Gives the page a camera that sees noise. Runs in the page, before its scripts. */
function cameraOfNoise() {
  const tracks = [];
  globalThis.trackStates = () => tracks.map(({ readyState }) => readyState);
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 240 });
    const context = canvas.getContext('2d');
    const draw = () => {
      const image = context.createImageData(320, 240);
      for (let i = 0; i < image.data.length; ++i) image.data[i] = i % 4 === 3 ? 255 : Math.random() * 255;
      context.putImageData(image, 0, 0);
    };
    draw();
    setInterval(draw, 50);
    const stream = canvas.captureStream(20);
    tracks.push(...stream.getTracks());
    return stream;
  };
}
