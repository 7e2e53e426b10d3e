import { setTimeout } from 'node:timers/promises';
import { openSite } from './site.js';

const MOST_SECONDS = 30;

/**
 * Opens a page of tests/browser/pages and waits for its report, a promise that its script has left as `globalThis.report`.
 *
 * @param {{ newPage: () => Promise<any> }} browser
 * @param {string} name the page's
 * @param {Record<string, string>} headers what its server sends with everything
 * @returns {Promise<{ report: any, requests: string[], complaints: string[] }>} `complaints`: errors and warnings in the console
 */
export async function visit(browser, name, headers) {
  const site = await openSite(headers);
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text());
  });
  try {
    const report = await Promise.race([reportOf(page, `${site.origin}/tests/browser/pages/${name}`), timeout()]);
    if (report.error) throw new Error(report.error);
    return { report, requests: site.requests, complaints };
  } catch (error) {
    const circumstances = [...complaints, `It has asked for ${site.requests.join(', ')}`];
    throw new Error(`${name}: ${[error.message, ...circumstances].join('\n')}`, { cause: error });
  } finally {
    await page.close().catch(() => {}); // of a browser that is gone; what came before is what matters
    site.close();
  }
}

async function reportOf(page, url) {
  await page.goto(url);
  return (await page.evaluate(() => globalThis.report)) ?? { error: 'its script has left no report' };
}

async function timeout() {
  await setTimeout(MOST_SECONDS * 1000, undefined, { ref: false });
  return { error: `no report in ${MOST_SECONDS} seconds` };
}
