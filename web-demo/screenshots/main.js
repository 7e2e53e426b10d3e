import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { launch } from 'puppeteer-core';
import { demoFolder } from '../../scripts/build-demo.js';
import { projectRoot } from '../../scripts/project-root.js';
import { browserPath } from '../../scripts/setup/browsers.js';
import { openSite } from '../../tests/browser/support/site.js';

// npm run demo:screenshots: takes the pictures of the README from the built demo: docs/screenshots/NAME-THEME.webp.

const WIDTH = 1280;
const folder = join(projectRoot, 'docs/screenshots');

/**
 * The pictures: the address of a page, and the actions before the picture.
 *
 * @type {{ name: string, address: string, width?: number, height: number, act?: (page: any) => Promise<void> }[]}
 */
const shots = [
  { name: 'start', address: 'index.html', height: 640, act: untilHeroEnds },
  { name: 'teach', address: 'teach.html', width: 1440, height: 900, act: trainOnSamples },
  { name: 'lab', address: 'lab.html', height: 1180, act: measureLayer },
  { name: 'filter', address: 'filter.html', height: 1040, act: learnFilter },
];

await mkdir(folder, { recursive: true });
const site = await openSite({}, { folder: demoFolder });
const browser = await launch({
  executablePath: browserPath('Chromium'),
  args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'], // the sandbox fails as root and in many containers
});
try {
  for (const shot of shots) {
    for (const theme of ['light', 'dark']) await take(shot, theme);
  }
  // The picture that other sites show next to a link: html-plugins.js.
  const openGraph = { address: 'index.html', width: 1200, height: 630, act: untilHeroEnds };
  await picture(openGraph, 'light', join(projectRoot, 'web-demo/public/open-graph.jpg'));
} finally {
  await browser.close();
  site.close();
}

async function take(shot, theme) {
  await picture(shot, theme, join(folder, `${shot.name}-${theme}.webp`));
}

async function picture({ address, width = WIDTH, height, act }, theme, path) {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
  await page.goto(`${site.origin}/${address}`);
  await act?.(page);
  await page.mouse.move(0, 0);
  // A picture in the middle of a transition shows bars with a wrong length.
  await page.waitForFunction(() => document.getAnimations().length === 0);
  await page.screenshot({ path, type: path.endsWith('.jpg') ? 'jpeg' : 'webp', quality: 75 });
  await page.close();
  console.log(relative(projectRoot, path));
}

async function untilHeroEnds(page) {
  await page.waitForFunction(() => document.getElementById('hero-factor').textContent !== '');
}

async function trainOnSamples(page) {
  await page.waitForSelector('#train-samples:enabled');
  await page.click('#train-samples');
  await page.waitForFunction(() => document.getElementById('outcome').textContent !== '');
  await page.waitForSelector('#guess[aria-busy="false"] .best');
  await page.waitForFunction(() => document.getElementById('ratio').textContent !== '', { timeout: 120_000 });
}

async function measureLayer(page) {
  await page.waitForSelector('#run:enabled');
  await page.click('#run');
  await page.waitForSelector('#cancel');
  await page.waitForFunction(() => !document.getElementById('cancel'), { timeout: 120_000 });
}

async function learnFilter(page) {
  await page.waitForSelector('#learn:enabled');
  await page.click('#learn');
  await page.waitForFunction(() => document.getElementById('status').textContent.startsWith('Found'));
}
