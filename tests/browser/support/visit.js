import { setTimeout } from 'node:timers/promises';
import { MAX_SECONDS } from './browsers.js';
import { openSite } from './site.js';

/**
 * Opens a page of tests/browser/pages and waits for its report, a promise that its script stores as `globalThis.report`.
 *
 * @param {{ newPage: () => Promise<any> }} browser
 * @param {string} name the name of the page
 * @param {Record<string, string>} headers of every response
 * @param {object} [options] of `openSite`
 * @returns {Promise<Visit>}
 */
export async function visit(browser, name, headers, options) {
  return visitSite(browser, await openSite(headers, options), `tests/browser/pages/${name}`);
}

/**
 * Does the same for a page of a site, and closes the site afterwards.
 *
 * @typedef {object} Visit
 * @property {any} report
 * @property {string[]} requests the requested paths of the site
 * @property {string[]} elsewhere the requested addresses outside of the site, also forbidden ones
 * @property {string[]} complaints errors and warnings in the console
 *
 * @param {{ newPage: () => Promise<any> }} browser
 * @param {{ origin: string, requests: string[], close: () => any }} site
 * @param {string} path
 * @param {() => void} [before] runs in the page before its own scripts
 * @returns {Promise<Visit>}
 */
export async function visitSite(browser, site, path, before) {
  const page = await browser.newPage();
  const complaints = [];
  const elsewhere = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== site.origin) elsewhere.push(request.url());
  });
  try {
    if (before) await page.evaluateOnNewDocument(before);
    const report = await Promise.race([reportOf(page, `${site.origin}/${path}`), timeout()]);
    if (report.error) throw new Error(report.error);
    return { report, requests: site.requests, elsewhere, complaints };
  } catch (error) {
    const circumstances = [...complaints, `Requests: ${site.requests.join(', ')}`];
    throw new Error(`${path}: ${[error.message, ...circumstances].join('\n')}`, { cause: error });
  } finally {
    await page.close().catch(() => {}); // the browser may be closed; the earlier error matters
    await site.close();
  }
}

/** A script may report after the page has loaded. A script that throws does not report. */
async function reportOf(page, url) {
  const failure = new Promise((resolve) => {
    page.on('pageerror', ({ message }) => {
      const isOfPolicy = message.startsWith('Content-Security-Policy:'); // Firefox reports what it blocked; scripts continue
      if (!isOfPolicy) resolve({ error: message });
    });
  });
  await page.goto(url);
  return Promise.race([failure, page.evaluate(waitForReport)]);
}

/** Runs in the page. */
function waitForReport() {
  if (globalThis.report) return globalThis.report;
  return new Promise((resolve) => Object.defineProperty(globalThis, 'report', { set: resolve, configurable: true }));
}

async function timeout() {
  await setTimeout(MAX_SECONDS * 1000, undefined, { ref: false });
  return { error: `no report in ${MAX_SECONDS} seconds` };
}
