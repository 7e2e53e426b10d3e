import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { launch } from 'puppeteer-core';
import { browserNames, browserPath } from '../../../scripts/setup/browsers.js';

export { browserNames };

/** The longest wait for a browser or a page, which may hang. Usual waits take a few seconds, on a busy machine ten times as long. */
export const MAX_SECONDS = 120;

const options = {
  Chromium: {
    browser: 'chrome',
    args: [
      '--no-sandbox', // a sandbox does not start as root or in many containers; Chromium opens pages of this project only
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  },
  Firefox: {
    browser: 'firefox',
    extraPrefsFirefox: { 'browser.chrome.site_icons': false }, // the policy of our pages forbids icons
  },
};

/** The open browsers, by their arguments. @type {Map<string, Promise<any>>} */
const opened = new Map();

after(async () => {
  for (const starting of opened.values()) {
    const browser = await starting.catch(() => undefined); // a test has reported why it did not start
    await browser?.close();
  }
});

/**
 * Returns a function that returns a browser. The browser starts at the first call, and closes after the last test of the process. Tests
 * with the same arguments share it: a start takes up to four seconds of processor time.
 *
 * @param {string} name
 * @param {string[]} [more] additional arguments
 * @param {string[]} [extensions] the folders of extensions of Chromium
 */
export function sharedBrowser(name, more = [], extensions = []) {
  const key = JSON.stringify([name, more, extensions]);
  return () => {
    if (!opened.has(key)) opened.set(key, openBrowser(name, more, extensions));
    return opened.get(key);
  };
}

/**
 * Starts a browser without a window. Its profile and its home are empty folders, which are removed when it closes: Firefox does not start
 * as root in the home of another user, as in CI's containers.
 */
export async function openBrowser(name, more = [], extensions = []) {
  const executablePath = browserPath(name);
  const home = await mkdtemp(join(tmpdir(), 'depthwise-wasm-browser-'));
  const removeHome = () => rm(home, { recursive: true, force: true, maxRetries: 3 });
  try {
    const { args = [], ...others } = options[name];
    const withExtensions = extensions.length > 0 ? { pipe: true, enableExtensions: extensions } : {};
    const started = {
      ...others,
      args: [...args, ...more],
      executablePath,
      headless: true,
      env: environmentWith(home),
      timeout: MAX_SECONDS * 1000,
    };
    const browser = await launch({ ...started, ...withExtensions });
    return {
      version: await browser.version(),
      async newPage() {
        const page = await browser.newPage();
        page.setDefaultTimeout(MAX_SECONDS * 1000);
        return page;
      },
      /** Resolves to the service worker of an extension. */
      extensionWorker: () => browser.waitForTarget((target) => target.type() === 'service_worker'),
      async close() {
        await browser.close();
        await removeHome();
      },
    };
  } catch (error) {
    await removeHome();
    throw new Error(`${name} (${executablePath}) could not be started: ${error.message}`, { cause: error });
  }
}

function environmentWith(home) {
  const others = Object.entries(process.env).filter(([name]) => !/^XDG_(CACHE|CONFIG|DATA)_HOME$/.test(name));
  return { ...Object.fromEntries(others), HOME: home };
}
