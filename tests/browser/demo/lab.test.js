// These tests measure small layers. They check what the page shows, never a time.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ratioText, timeText } from '../../../bench/shared/numbers.js';
import { sharedBrowser } from '../support/browsers.js';
import { alertOf, textOf, toolBrowsers, withDemoPage, withProcessors } from './demo-page.js';

const SMALL = '1x8x8x8,3x3';
/** A layer that is large enough for threads. */
const THREADED = '1x56x56x64,3x3';
const BACKENDS = ['simd', 'relaxed-simd', 'tfjs-wasm', 'tfjs-cpu'];

const addressOf = (settings) => `lab.html#${new URLSearchParams(settings)}`;

/** The clock of workers is ten times as fast, so measurements take less time. */
const FAST_CLOCK = '{ const now = performance.now.bind(performance); performance.now = () => 10 * now(); }';

/** Opens the lab for a measurement. */
function withLab(browser, settings, use, { workerCode = '', ...options } = {}) {
  return withDemoPage(browser, addressOf(settings), use, { ...options, workerCode: FAST_CLOCK + workerCode });
}

async function start(page) {
  await page.waitForSelector('#run:enabled');
  await page.click('#run');
  await page.waitForSelector('#cancel');
}

/** Waits for the end of the measurement. Returns the JSON report. */
async function finish(page) {
  await page.waitForFunction(() => !document.querySelector('#cancel'));
  return page.evaluate(() => JSON.parse(document.querySelector('#json pre').textContent));
}

/** Returns what the page shows for each pass and backend. */
const shownResults = (page) =>
  page.$$eval('[data-backend]', (rows) =>
    rows.map((row) => ({
      pass: row.closest('[data-pass]').dataset.pass,
      id: row.dataset.backend,
      status: row.dataset.status,
      time: row.querySelector('.time')?.textContent ?? null,
      hasBar: Boolean(row.querySelector('.bar')?.getBoundingClientRect().width),
    })),
  );

/** Returns the selected settings. */
const selectionOf = (page) =>
  page.evaluate(() => ({
    preset: document.querySelector('#preset').value,
    shape: document.querySelector('#shape-text').textContent,
    checked: [...document.querySelectorAll('.checks:not([hidden]) :checked')].map(({ value }) => value),
    time: document.querySelector('#time :checked').value,
  }));

for (const name of toolBrowsers) {
  describe(`the speed lab in ${name}`, () => {
    const browser = sharedBrowser(name);

    test('the page measures all backends, and the table shows the report', async () => {
      await withLab(await browser(), { layer: SMALL }, async (page) => {
        assert.match(await textOf(page, '#output'), /No results yet.*1×8×8×8, filter 3×3/s);
        await start(page);
        const { isComplete, backends, passes, device } = await finish(page);
        assert.equal(await textOf(page, '#message'), '');
        assert.ok(isComplete && device.userAgent.includes(name === 'Firefox' ? 'Firefox' : 'Chrome'));
        assert.deepEqual(backends.map(({ id }) => id), BACKENDS); // prettier-ignore
        assert.deepEqual(passes.map(({ pass }) => pass), ['forward', 'input', 'filter']); // prettier-ignore
        const results = passes.flatMap(({ pass, results }) => results.map((result) => ({ pass, ...result })));
        const shown = await shownResults(page);
        assert.equal(shown.length, results.length);
        for (const [i, { pass, id, status, error, lower, median, upper, samples, ratio }] of results.entries()) {
          const where = `${pass}, ${id}`;
          assert.equal(status, pass !== 'forward' && id === 'tfjs-wasm' ? 'none' : 'ok', where);
          const time = status === 'ok' ? timeText(median) : null;
          assert.deepEqual(shown[i], { pass, id, status, time, hasBar: status === 'ok' });
          if (status !== 'ok') continue;
          assert.ok(error >= 0 && error < 1e-6, `${where}: ${error}`);
          assert.ok(lower > 0 && lower <= median && median <= upper && samples > 1 && ratio > 0, where);
        }
        const shownBars = await page.$$eval('.track', (tracks) =>
          tracks.map((track) => [
            track.closest('[data-pass]').dataset.pass,
            track.querySelector('.bar').offsetWidth / track.offsetWidth,
            track.querySelector('.factor').textContent,
          ]),
        );
        const measured = results.filter(({ status }) => status === 'ok');
        for (const [i, { pass, median, ratio }] of measured.entries()) {
          const longest = Math.max(...measured.filter((one) => one.pass === pass).map(({ upper }) => upper));
          const [shownPass, length, factor] = shownBars[i];
          assert.equal(shownPass, pass);
          assert.ok(
            Math.abs(length - median / longest) < 0.01,
            `${pass}: a bar of ${length} for ${median} of ${longest}`,
          );
          assert.equal(factor, `${ratioText(ratio)}×`);
        }
        await page.setViewport({ width: 360, height: 700 });
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360, 'the table fits a phone');
      });
    });

    test('a layer is measured on several numbers of threads, and the table shows a bar for each', async () => {
      const settings = { layer: THREADED, passes: 'forward', backends: 'simd,tfjs-wasm,tfjs-cpu', threads: '1,2' };
      const use = async (page) => {
        const offered = await page.$$eval('#threads label', (labels) => labels.map((label) => label.textContent));
        assert.deepEqual(offered, ['Automatic', '1', '2', '3', '4', '8']);
        await start(page);
        const { base, backends, passes } = await finish(page);
        assert.equal(await textOf(page, '#message'), '');
        const [{ results }] = passes;
        const hasTfjsThreads = name === 'Chromium'; // see web-demo/src/shared/tfjs-wasm.js
        assert.deepEqual(
          results.map(({ id, status }) => [id, status]),
          [['simd/1', 'ok'], ['simd/2', 'ok'], ['tfjs-wasm/1', 'ok'], ['tfjs-wasm/2', hasTfjsThreads ? 'ok' : 'failed'], ['tfjs-cpu', 'ok']], // prettier-ignore
        );
        const runsOn = Object.fromEntries(backends.map((backend) => [backend.id, backend.runsOn]));
        assert.deepEqual([runsOn['simd/1'], runsOn['simd/2']], ['simd, 1 thread', 'simd, 2 threads']);
        assert.deepEqual([runsOn['tfjs-wasm/1'], runsOn['tfjs-wasm/2']], ['SIMD, 1 thread', hasTfjsThreads ? 'SIMD, 2 threads' : 'SIMD, 1 thread']); // prettier-ignore
        const [one, two] = results;
        assert.equal(one.error, two.error, 'the results have the same bits');
        assert.deepEqual([base, one.ratio, two.ratio], ['simd/1', 1, two.median / one.median]);
        const shown = await shownResults(page);
        assert.deepEqual(
          shown.map(({ id, hasBar }) => [id, hasBar]),
          results.map(({ id, status }) => [id, status === 'ok']),
        );
        assert.match(await textOf(page, '[data-backend="simd/2"]'), /^This package SIMD, 2 threads/);
        const speedup = `This package (SIMD): on 2 threads, ${ratioText(one.median / two.median)} times as fast as on 1 thread.`; // prettier-ignore
        assert.ok((await textOf(page, '.pass')).includes(speedup), speedup);
        if (!hasTfjsThreads) assert.match(await textOf(page, '[data-backend="tfjs-wasm/2"]'), /It computes on 1 thread: the threads of TensorFlow\.js do not start/); // prettier-ignore
      };
      await withLab(await browser(), settings, use, withProcessors(8));
    });

    test('a page that cannot use threads says why, and measures on one', async () => {
      const settings = { layer: SMALL, passes: 'forward', backends: 'simd', threads: '1,2' };
      const use = (reason) => async (page) => {
        assert.match(await textOf(page, '#threads-hint'), reason);
        assert.equal(await page.$('#threads input'), null);
        await start(page);
        assert.deepEqual((await finish(page)).backends.map(({ id, runsOn }) => [id, runsOn]), [['simd', 'simd, 1 thread']]); // prettier-ignore
      };
      await withLab(await browser(), settings, use(/^One thread: this page is not cross-origin isolated/));
      await withLab(await browser(), settings, use(/^One thread: .* one processor/), withProcessors(1));
    });

    test('a network is measured as a whole and by layer, and a layer of it leads to its measurement', async () => {
      const isSlow = name === 'Firefox'; // a training step on the cpu backend, the reference, takes ten seconds there
      const settings = {
        layer: 'network/teach',
        backends: 'simd,tfjs-wasm',
        ...(isSlow && { networkPasses: 'predict' }),
      };
      await withLab(await browser(), settings, async (page) => {
        await start(page);
        const { network, passes } = await finish(page);
        assert.equal(await textOf(page, '#message'), '');
        assert.equal(network.name, 'network/teach');
        const statuses = passes.map(({ pass, results }) => [pass, ...results.map(({ status }) => status)]);
        assert.deepEqual(statuses, [['predict', 'ok', 'ok'], ['train', 'ok', 'none']].slice(0, isSlow ? 1 : 2)); // prettier-ignore
        for (const { results } of passes) {
          const [{ error, layers, median }] = results;
          assert.ok(error > 0 && error < 1e-3 && median > 0, `${error}`);
          assert.ok(layers.every(({ milliseconds }) => milliseconds >= 0));
          for (const name of [
            /^Depthwise 3×3, 16×16×16$/,
            /^Pointwise 1×1, 8×8×64→64$/,
            /^Convolution 3×3, 32×32×3→16, stride 2$/,
          ]) {
            assert.ok(layers.some(({ layer }) => name.test(layer)), `${name}`); // prettier-ignore
          }
        }
        const layersOfLast = passes.at(-1).results[0].layers;
        assert.equal(layersOfLast.some(({ layer }) => layer === 'Optimizer'), !isSlow); // prettier-ignore
        await page.setViewport({ width: 360, height: 700 });
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360, 'the table fits a phone');
        const shape = await page.$eval('.layers a', (link) => (link.click(), link.getAttribute('href')));
        assert.match(shape, /^#layer=\d+x\d+x\d+x\d+,3x3/);
        await page.waitForFunction(() => document.querySelector('#preset').value === 'own');
      });
    });

    test('the GPU backends are measured, or the page says that the browser has none', async () => {
      const settings = { layer: SMALL, passes: 'forward', backends: 'simd,tfjs-webgl' };
      await withLab(await browser(), settings, async (page) => {
        await page.waitForFunction(() => document.getElementById('device').textContent.includes('WebGPU'));
        const isMissing = await page.$eval('[value="tfjs-webgl"]', ({ disabled }) => disabled);
        const webgl = await page.evaluate(() => Boolean(new OffscreenCanvas(1, 1).getContext('webgl2')));
        assert.equal(isMissing, !webgl);
        if (isMissing) return assert.match(await textOf(page, '#backends'), /webgl not available in this browser/);
        await start(page);
        const [{ results }] = (await finish(page)).passes;
        assert.deepEqual(results.map(({ status }) => status), ['ok', 'ok']); // prettier-ignore
      });
    });

    test('a result is shared as a link and as a picture, and two results are compared', async () => {
      const settings = { layer: SMALL, passes: 'forward', backends: 'simd' };
      let link = '';
      await withLab(await browser(), settings, async (page) => {
        await start(page);
        await finish(page);
        await page.evaluate(() => {
          URL.createObjectURL = (blob) => ((globalThis.picture = blob), '#');
          HTMLAnchorElement.prototype.click = () => {};
          navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'));
          for (const button of document.querySelectorAll('#json button')) {
            if (/Copy link|Save picture/.test(button.textContent)) button.click();
          }
        });
        await page.waitForFunction(() => globalThis.picture && getSelection().toString().includes('result='));
        const { type, width } = await page.evaluate(async () => {
          const { width } = await createImageBitmap(globalThis.picture);
          return { type: globalThis.picture.type, width };
        });
        assert.deepEqual([type, width], ['image/png', 1600]);
        link = await page.evaluate(() => getSelection().toString());
        const paste = (text) =>
          page.$eval('#compare-link', (input, text) => {
            input.value = text;
            input.dispatchEvent(new Event('input', { bubbles: true }));
          }, text); // prettier-ignore
        await paste(link.slice(0, -20));
        await page.waitForFunction(() => /damaged/.test(document.getElementById('compare-problem').textContent));
        await paste(link);
        await page.waitForSelector('#comparison table');
        assert.match(
          await textOf(page, '#comparison'),
          /Side by side.*1×8×8×8.*ForwardThis device.*This package SIMD[\d.]+ µs.*1\.00×$/s,
        );
        assert.equal(await textOf(page, '#compare-problem'), '');
      });
      await withDemoPage(await browser(), link.slice(link.indexOf('lab.html')), async (page) => {
        await page.waitForFunction(() => /A shared result: .*(Chrom|Firefox)/.test(document.getElementById('comparison').textContent)); // prettier-ignore
        assert.equal((await shownResults(page)).length, 1);
        assert.equal((await selectionOf(page)).shape, '1×8×8×8, filter 3×3');
      });
    });

    test('wrong gradients of TensorFlow.js for dilated layers are marked', async () => {
      const settings = { layer: '1x9x9x4,3x3,dilation=2', passes: 'input,filter', backends: 'simd,tfjs-cpu' };
      await withLab(await browser(), settings, async (page) => {
        await start(page);
        for (const { results } of (await finish(page)).passes) {
          assert.deepEqual(results.map(({ status }) => status), ['ok', 'wrong']); // prettier-ignore
          assert.ok(results[0].error < 1e-6 && results[1].error > 0.01);
        }
        assert.deepEqual((await shownResults(page)).map(({ status }) => status), ['ok', 'wrong', 'ok', 'wrong']); // prettier-ignore
      });
    });

    test('a link restores the settings, and the settings change the address', async () => {
      const settings = { layer: 'dilation-2', passes: 'filter', backends: 'simd,tfjs-wasm', time: 'thorough' };
      await withDemoPage(await browser(), addressOf(settings), async (page) => {
        assert.deepEqual(await selectionOf(page), {
          preset: 'dilation-2',
          shape: '1×33×33×576, filter 3×3, dilation 2',
          checked: ['filter', 'simd', 'tfjs-wasm'],
          time: 'thorough',
        });
        await page.select('#preset', 'batch-8');
        await page.click('#passes input[value="forward"]');
        await page.click('#time label:first-of-type');
        await page.click('#backends input[value="simd"]');
        await page.click('#backends input[value="tfjs-wasm"]'); // stays checked: one backend is necessary
        const hash = new URLSearchParams(new URL(page.url()).hash.slice(1));
        const expected = { layer: 'batch-8', passes: 'forward,filter', backends: 'tfjs-wasm' };
        assert.deepEqual(Object.fromEntries(hash), expected);
        await page.evaluate(() => (location.hash = 'layer=2x6x7x8,5x3,pad=valid'));
        await page.waitForFunction(() => document.querySelector('#preset').value === 'own');
        assert.equal((await selectionOf(page)).shape, '2×6×7×8, filter 5×3, pad valid');
      });
    });

    test('a wrong shape gives a message and disables Measure', async () => {
      await withDemoPage(await browser(), addressOf({ layer: SMALL }), async (page) => {
        const isDisabled = () => page.$eval('#run', ({ disabled }) => disabled);
        const set = (field, value) =>
          page.$eval(
            `input[name="${field}"]`,
            (input, value) => {
              input.value = value;
              input.dispatchEvent(new Event('input', { bubbles: true }));
            },
            value,
          );
        await set('strideWidth', '0');
        assert.match(await textOf(page, '#problem'), /Horizontal stride must be .* got 0/);
        assert.equal(await page.$eval('[name="strideWidth"]', (input) => input.getAttribute('aria-invalid')), 'true');
        assert.ok(await isDisabled());
        await set('strideWidth', '2');
        assert.equal(await textOf(page, '#problem'), '');
        assert.ok(!(await isDisabled()));
        assert.equal((await selectionOf(page)).shape, '1×8×8×8, filter 3×3, stride 1×2');
      });
      await withDemoPage(await browser(), 'lab.html#layer=1x8x8', async (page) => {
        assert.match(await alertOf(page), /cannot measure.*the input must be .*'1x8x8'\. The page uses its default/s);
        assert.equal((await selectionOf(page)).preset, 'mobilenet-v1/5');
      });
    });

    test('the keyboard starts and cancels a measurement, and the next measurement works', async () => {
      const settings = { layer: SMALL, passes: 'forward' };
      await withLab(await browser(), { ...settings, time: 'thorough' }, async (page) => {
        const focused = () => page.evaluate(() => document.activeElement.id);
        await page.waitForSelector('#run:enabled');
        await page.focus('#run');
        await page.keyboard.press('Enter');
        await page.waitForSelector('#cancel');
        assert.equal(await focused(), 'cancel');
        await page.waitForFunction(() => /Forward/.test(document.querySelector('#progress').textContent));
        await page.keyboard.press('Enter');
        await page.waitForFunction(() => !document.querySelector('#cancel'));
        assert.match(await textOf(page, '#message'), /Cancelled/);
        assert.equal(await focused(), 'run');
        await page.evaluate((hash) => (location.hash = hash), addressOf({ ...settings, backends: 'simd' }).split('#')[1]); // prettier-ignore
        await page.waitForFunction(() => document.querySelector('#time :checked').value === 'quick');
        await start(page);
        assert.equal((await finish(page)).isComplete, true);
        assert.equal(await textOf(page, '#message'), '');
      });
    });

    test('a browser without relaxed SIMD measures the other backends', async () => {
      const prepare = (page) =>
        page.evaluateOnNewDocument(() => {
          const validate = WebAssembly.validate;
          const relaxedMadd = [253, 133, 2].join();
          WebAssembly.validate = (bytes) => !bytes.join().includes(relaxedMadd) && validate(bytes);
        });
      const use = async (page) => {
        assert.deepEqual((await selectionOf(page)).checked, ['forward', 'simd']);
        assert.match(await textOf(page, '#device'), /load\(\) pickssimd/);
        await start(page);
        assert.deepEqual((await finish(page)).backends.map(({ id }) => id), ['simd']); // prettier-ignore
      };
      const settings = { layer: SMALL, passes: 'forward', backends: 'simd,relaxed-simd' };
      await withLab(await browser(), settings, use, { prepare });
    });
  });
}
