import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoFolder } from '../../../scripts/build-demo.js';
import { contentSecurityPolicy, isolation } from '../../../web-demo/html-plugins.js';
import { openSite } from '../support/site.js';

/** The path of the demo on the test site. Most static hosts serve a project from such a path, not from the root. */
const BASE = '/some/where';

/** The browsers that test the tools of the demo. `npm test` uses Chromium; `npm test -- --only firefox` sets the variable. */
export const toolBrowsers = (process.env.DEPTHWISE_DEMO_BROWSERS ?? 'Chromium').split(',');

/** Chromium warns when a page asks for a GPU on a machine without one. */
const NO_GPU = /No available adapters|fallback to software WebGL/;

/**
 * Opens a page of the built demo, passes it to `use`, and closes it. The site sends the content security policy as a header. Fails when a
 * script throws, when a file is missing, and when the console shows an error or a warning.
 *
 * @param {{ newPage: () => Promise<any> }} browser
 * @param {string} address of the page in the demo, such as 'filter.html#effect=blur'
 * @param {(page: any) => Promise<void>} use receives puppeteer's page
 * @param {object} [options]
 * @param {(page: any) => Promise<void>} [options.prepare] receives the page before it loads
 * @param {string} [options.workerCode] runs before the script of each worker
 * @param {boolean} [options.isIsolated] whether the page is cross-origin isolated; default: it is not
 */
export async function withDemoPage(browser, address, use, { prepare, workerCode, isIsolated } = {}) {
  assert.ok(existsSync(join(demoFolder, 'index.html')), 'The demo is not built. Run npm run demo:build first.');
  const headers = { 'content-security-policy': contentSecurityPolicy, ...(isIsolated && isolation) };
  const scriptInstead = (path) =>
    workerCode && /\.worker-[^/]*\.js$/.test(path)
      ? `${workerCode}\n${readFileSync(join(demoFolder, path), 'utf8')}`
      : undefined;
  const site = await openSite(headers, { folder: demoFolder, base: BASE, scriptInstead });
  const page = await browser.newPage();
  const problems = problemsOf(page);
  try {
    await page.evaluateOnNewDocument(withoutServiceWorker);
    await prepare?.(page);
    await page.goto(`${site.origin}${BASE}/${address}`);
    await use(page);
  } catch (error) {
    const texts = await page
      .$$eval('[role="alert"], [role="status"]', (all) => all.map((one) => one.textContent))
      .catch(() => []);
    const context = [...problems, `The page shows: ${texts.join(' | ')}`];
    throw new Error(`${address}: ${[error.message, ...context].join('\n')}`, { cause: error });
  } finally {
    await page.close().catch(() => {}); // fails when the browser crashed; the first error is more useful
    site.close();
  }
  assert.deepEqual(problems, []);
}

/** Runs in each page before its scripts. The service worker would download all files in each test; service-worker.test.js tests it. */
export function withoutServiceWorker() {
  Object.defineProperty(navigator, 'serviceWorker', { value: undefined });
}

/** Returns a list that grows with each error and warning of a page. */
export function problemsOf(page) {
  const problems = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (NO_GPU.test(message.text())) return;
    if (['error', 'warn'].includes(message.type())) problems.push(message.text());
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
  });
  return problems;
}

/** Returns the text of an element. */
export const textOf = (page, selector) => page.$eval(selector, (element) => element.textContent);

/** Waits for an error message. Returns its text. */
export async function alertOf(page) {
  const alert = await page.waitForSelector('.message-error[role="alert"]');
  return alert.evaluate((element) => element.textContent);
}

/** Options of `withDemoPage`: a camera that shows noise. `trackStates()` then returns the states of its tracks. */
export const withCamera = {
  prepare: (page) =>
    page.evaluateOnNewDocument(() => {
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
    }),
};

/** Options of `withDemoPage`: a device with a number of processors, and a page that can use them. @param {number} processors */
export function withProcessors(processors) {
  const code = `Object.defineProperty(navigator, 'hardwareConcurrency', { value: ${processors} });`;
  return { isIsolated: true, prepare: (page) => page.evaluateOnNewDocument(code), workerCode: code };
}

/** Options of `withDemoPage`: a device without a camera. */
export const withoutCamera = {
  prepare: (page) =>
    page.evaluateOnNewDocument(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotFoundError'));
    }),
};
