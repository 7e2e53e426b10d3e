// The speed lab measures for real here, but small layers: what is tested is what it shows, never a time.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { timeText } from '../../../bench/shared/numbers.js';
import { browserNames, browserOfSuite } from '../support/browsers.js';
import { withDemoPage } from './demo-page.js';

const SMALL = '1x8x8x8,3x3';
const ALL = ['simd', 'relaxed-simd', 'tfjs-wasm', 'tfjs-cpu'];
const PASSES = ['forward', 'input', 'filter'];

const addressOf = (settings) => `lab.html#${new URLSearchParams(settings)}`;

async function start(page) {
  await page.waitForSelector('#run:enabled');
  await page.click('#run');
  await page.waitForSelector('#cancel');
}

/** Waits for the end of a run. @returns the report that can be copied */
async function finish(page) {
  await page.waitForFunction(() => !document.querySelector('#cancel'));
  return page.evaluate(() => JSON.parse(document.querySelector('#json pre').textContent));
}

/** What the page shows of each pass and contestant. */
function shownResults(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll('[data-contestant]')].map((row) => ({
      pass: row.closest('[data-pass]').dataset.pass,
      id: row.dataset.contestant,
      status: row.dataset.status,
      verdict: row.querySelector('.verdict')?.textContent,
      time: row.querySelector('.time')?.textContent,
      width: row.querySelector('.bar')?.getBoundingClientRect().width,
    })),
  );
}

const textOf = (page, selector) => page.$eval(selector, (element) => element.textContent);

/** What is chosen. */
const choices = (page) =>
  page.evaluate(() => ({
    preset: document.querySelector('#preset').value,
    shape: document.querySelector('#shape-text').textContent,
    checked: [...document.querySelectorAll('.checks :checked')].map(({ value }) => value),
    time: document.querySelector('#time :checked').value,
    scale: document.querySelector('#scale :checked').value,
  }));

for (const name of browserNames) {
  describe(`the speed lab in ${name}`, () => {
    const browser = browserOfSuite(name);

    test('says what it will measure, and measures it: errors are small, and the JSON is what the page shows', async () => {
      await withDemoPage(await browser(), addressOf({ layer: SMALL }), async (page) => {
        assert.match(await textOf(page, '#output'), /Nothing is measured yet.*1×8×8×8, filter 3×3/s);
        assert.match(await textOf(page, '#device'), /load\(\) takesrelaxed-simd/);
        await start(page);
        const report = await finish(page);
        assert.equal(await textOf(page, '#message'), '');
        assert.equal(report.isComplete, true);
        assert.deepEqual(
          report.contestants.map(({ id }) => id),
          ALL,
        );
        assert.deepEqual(
          report.contestants.slice(0, 2).map(({ runsOn }) => runsOn),
          ['simd', 'relaxed-simd'],
        );
        const shown = await shownResults(page);
        const expected = report.passes.flatMap(({ pass, results }) => results.map((result) => ({ pass, ...result })));
        assert.deepEqual(
          shown.map(({ pass, id, status }) => [pass, id, status]),
          PASSES.flatMap((pass) =>
            ALL.map((id) => [pass, id, pass !== 'forward' && id === 'tfjs-wasm' ? 'none' : 'ok']),
          ),
        );
        for (const [i, { pass, id, status, error, lower, median, upper, turns, ratio }] of expected.entries()) {
          if (status === 'none') {
            assert.equal(shown[i].verdict, 'none');
            continue;
          }
          assert.ok(error >= 0 && error < 1e-6, `${pass}, ${id}: ${error}`);
          assert.ok(lower > 0 && lower <= median && median <= upper && turns > 1, `${pass}, ${id}`);
          assert.ok(ratio > 0);
          assert.equal(shown[i].time, timeText(median));
          assert.ok(shown[i].width > 0);
        }
        assert.ok(report.device.userAgent.includes(name === 'Firefox' ? 'Firefox' : 'Chrome'));
      });
    });

    test("tfjs's gradients of dilated layers are told to be wrong", async () => {
      const settings = { layer: '1x9x9x4,3x3,dilation=2', passes: 'input,filter', contestants: 'simd,tfjs-cpu' };
      await withDemoPage(await browser(), addressOf(settings), async (page) => {
        await start(page);
        const { passes } = await finish(page);
        for (const { results } of passes) {
          assert.deepEqual(
            results.map(({ id, status }) => [id, status]),
            [
              ['simd', 'ok'],
              ['tfjs-cpu', 'wrong'],
            ],
          );
          assert.ok(results[0].error < 1e-6 && results[1].error > 0.01);
        }
        assert.deepEqual(
          (await shownResults(page)).map(({ verdict }) => verdict ?? null),
          [null, 'wrong', null, 'wrong'],
        );
      });
    });

    test('a link brings settings back, and settings change the address', async () => {
      const settings = { layer: 'dilation-2', passes: 'filter', contestants: 'simd,tfjs-wasm', time: 'thorough' };
      await withDemoPage(await browser(), addressOf({ ...settings, scale: 'linear' }), async (page) => {
        assert.deepEqual(await choices(page), {
          preset: 'dilation-2',
          shape: '1×33×33×576, filter 3×3, dilation 2',
          checked: ['filter', 'simd', 'tfjs-wasm'],
          time: 'thorough',
          scale: 'linear',
        });
        await page.select('#preset', 'batch-8');
        await page.click('#passes input[value="forward"]');
        await page.click('#time label:first-of-type');
        await page.click('#contestants input[value="simd"]');
        const read = () => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
        const changed = { layer: 'batch-8', passes: 'forward,filter', contestants: 'tfjs-wasm', scale: 'linear' };
        assert.deepEqual(await read(), changed);
        await page.click('#contestants input[value="tfjs-wasm"]');
        assert.deepEqual(await read(), changed, 'somebody has to be measured');
        await page.evaluate(() => (location.hash = 'layer=2x6x7x8,5x3,pad=valid'));
        await page.waitForFunction(() => document.querySelector('#preset').value === 'own');
        assert.equal((await choices(page)).shape, '2×6×7×8, filter 5×3, pad valid');
      });
    });

    test('a shape that is not allowed is told of, and is not measured', async () => {
      await withDemoPage(await browser(), addressOf({ layer: SMALL }), async (page) => {
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
        assert.match(await textOf(page, '#problem'), /Horizontal stride must be a whole number from 1 to 64; not 0/);
        assert.equal(await page.$eval('[name="strideWidth"]', (input) => input.getAttribute('aria-invalid')), 'true');
        assert.equal(await page.$eval('#run', (button) => button.disabled), true);
        await set('strideWidth', '2');
        assert.equal(await textOf(page, '#problem'), '');
        assert.equal(await page.$eval('#run', (button) => button.disabled), false);
        assert.equal((await choices(page)).shape, '1×8×8×8, filter 3×3, stride 1×2');
        await page.select('[name="padding"]', 'valid');
        await set('filterHeight', '9');
        assert.match(await textOf(page, '#problem'), /spans 9 × 3 pixels, the padded input only 8 × 8/);
      });
      await withDemoPage(await browser(), 'lab.html#layer=1x8x8', async (page) => {
        assert.match(await textOf(page, '#message'), /cannot be measured.*the input must be batch x height/s);
        assert.equal((await choices(page)).preset, 'mobilenet-v1/5');
      });
    });

    test('a run can be cancelled, with the keyboard too, and another one made', async () => {
      const settings = { layer: SMALL, contestants: 'simd', passes: 'forward', time: 'thorough' };
      await withDemoPage(await browser(), addressOf({ ...settings, contestants: ALL.join() }), async (page) => {
        await page.waitForSelector('#run:enabled');
        await page.focus('#run');
        await page.keyboard.press('Enter');
        await page.waitForSelector('#cancel');
        assert.equal(await page.evaluate(() => document.activeElement.id), 'cancel');
        await page.waitForFunction(() => /Forward/.test(document.querySelector('#progress').textContent));
        await page.keyboard.press('Enter');
        await page.waitForFunction(() => !document.querySelector('#cancel'));
        assert.match(await textOf(page, '#message'), /Cancelled.*nothing new/s);
        assert.equal(await page.evaluate(() => document.activeElement.id), 'run');
        assert.match(await textOf(page, '#output'), /Nothing is measured yet/);
        await page.evaluate((hash) => (location.hash = hash), addressOf({ ...settings, time: 'quick' }).split('#')[1]);
        await page.waitForFunction(() => document.querySelector('#time :checked').value === 'quick');
        await start(page);
        const report = await finish(page);
        assert.equal(report.isComplete, true);
        assert.equal(await textOf(page, '#message'), '');
      });
    });

    test('the scale of the bars can be changed', async () => {
      const settings = { layer: '1x16x16x16,3x3', contestants: 'simd,tfjs-cpu', passes: 'forward' };
      await withDemoPage(await browser(), addressOf(settings), async (page) => {
        await start(page);
        const [{ results }] = (await finish(page)).passes;
        const ratioOfBars = async () => {
          const [own, peer] = await shownResults(page);
          return peer.width / own.width;
        };
        const logarithmic = await ratioOfBars();
        await page.click('#scale label:last-of-type');
        const linear = await ratioOfBars();
        await page.setViewport({ width: 360, height: 700 });
        assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 360, 'a phone has room for it');
        assert.ok(results[1].ratio > 1.5 && linear > logarithmic, `${results[1].ratio}: ${logarithmic}, ${linear}`);
        assert.match(page.url(), /scale=linear/);
      });
    });

    test('a browser without relaxed SIMD cannot choose it, and measures the rest', async () => {
      const withoutRelaxed = {
        prepare: (page) =>
          page.evaluateOnNewDocument(() => {
            const validate = WebAssembly.validate;
            const relaxedMadd = [253, 133, 2].join();
            WebAssembly.validate = (bytes) => !bytes.join().includes(relaxedMadd) && validate(bytes);
          }),
      };
      await withDemoPage(
        await browser(),
        addressOf({ layer: SMALL, passes: 'forward', contestants: 'simd,relaxed-simd' }),
        async (page) => {
          assert.deepEqual((await choices(page)).checked, ['forward', 'simd']);
          assert.match(await textOf(page, '#contestants'), /relaxed SIMD not in this browser/);
          assert.match(await textOf(page, '#device'), /no relaxed SIMD.*load\(\) takessimd/s);
          await start(page);
          const { contestants } = await finish(page);
          assert.deepEqual(
            contestants.map(({ id }) => id),
            ['simd'],
          );
        },
        withoutRelaxed,
      );
    });

    test('a worker that does not run, and a browser without WebAssembly SIMD, are told of', async () => {
      const broken = {
        scriptInstead: (path) => (/lab\.worker/.test(path) ? 'throw new Error("out of order")' : undefined),
      };
      await withDemoPage(
        await browser(),
        addressOf({ layer: SMALL }),
        async (page) => {
          await page.click('#run');
          await page.waitForSelector('.message-error');
          assert.match(await textOf(page, '#message'), /worker of this page does not run.*out of order/s);
          assert.equal(await page.$('#cancel'), null);
        },
        broken,
      );
      const withoutSimd = {
        prepare: (page) => page.evaluateOnNewDocument(() => (WebAssembly.validate = () => false)),
      };
      await withDemoPage(
        await browser(),
        addressOf({ layer: SMALL }),
        async (page) => {
          assert.match(await textOf(page, '#message'), /This browser has no WebAssembly SIMD/);
          assert.equal(await page.$eval('#run', (button) => button.disabled), true);
        },
        withoutSimd,
      );
    });
  });
}
