import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { launch } from 'puppeteer-core';
import { demoFolder } from '../../scripts/build-demo.js';
import { projectRoot } from '../../scripts/project-root.js';
import { browserPath } from '../../scripts/setup/browsers.js';
import { openSite } from '../../tests/browser/support/site.js';
import { shots } from './shots.js';

// Takes the pictures of the README, of the demo as it has been built: docs/screenshots/NAME-THEME.webp.

const WIDTH = 1280;
const folder = join(projectRoot, 'docs/screenshots');

await mkdir(folder, { recursive: true });
const site = await openSite({}, { folder: demoFolder });
const browser = await launch({
  executablePath: browserPath('Chromium'),
  args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'], // the sandbox does not start as root, nor in many containers
});
try {
  for (const shot of shots) {
    for (const theme of ['light', 'dark']) await take(shot, theme);
  }
} finally {
  await browser.close();
  site.close();
}

async function take({ name, address, height, act }, theme) {
  const page = await browser.newPage();
  await page.setViewport({ width: WIDTH, height });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
  await page.goto(`${site.origin}/${address}`);
  await act?.(page);
  const path = join(folder, `${name}-${theme}.webp`);
  await page.screenshot({ path, type: 'webp', quality: 75 });
  await page.close();
  console.log(relative(projectRoot, path));
}
