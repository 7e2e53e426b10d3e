import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { demoFolder } from '../../../scripts/build-demo.js';
import { contentSecurityPolicy } from '../../../web-demo/content-security-policy.js';
import { openSite } from '../support/site.js';

/** Where the site has the demo: not at its root, as on most static hosts. */
const BASE = '/some/where';

const MOST_SECONDS = 60;

/**
 * Opens a page of the built demo, from a subpath and with its policy as a header, gives it to `use`, and closes it. Fails when a script
 * throws, when a file is asked for that is not there, and when an error or a warning is written to the console.
 *
 * @param {{ newPage: () => Promise<any> }} browser
 * @param {string} address of the page in the demo, such as 'filter.html#effect=blur'
 * @param {(page: any) => Promise<void>} use gets puppeteer's page
 * @param {object} [options]
 * @param {(page: any) => Promise<void>} [options.prepare] gets the page before it loads
 * @param {(path: string) => string | undefined} [options.scriptInstead] as that of site.js
 */
export async function withDemoPage(browser, address, use, { prepare, scriptInstead } = {}) {
  assert.ok(existsSync(join(demoFolder, 'index.html')), 'the demo has not been built: npm run demo:build');
  const headers = { 'content-security-policy': contentSecurityPolicy };
  const site = await openSite(headers, { folder: demoFolder, base: BASE, scriptInstead });
  const page = await browser.newPage();
  page.setDefaultTimeout(MOST_SECONDS * 1000);
  const complaints = complaintsOf(page);
  try {
    await prepare?.(page);
    await page.goto(`${site.origin}${BASE}/${address}`);
    await use(page);
  } catch (error) {
    const said = await page
      .$$eval('[role="alert"], [role="status"]', (all) => all.map((one) => one.textContent))
      .catch(() => []);
    const circumstances = [...complaints, `The page says: ${said.join(' | ')}`];
    throw new Error(`${address}: ${[error.message, ...circumstances].join('\n')}`, { cause: error });
  } finally {
    await page.close().catch(() => {}); // of a browser that is gone; what came before is what matters
    site.close();
  }
  assert.deepEqual(complaints, []);
}

function complaintsOf(page) {
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text());
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  return complaints;
}
