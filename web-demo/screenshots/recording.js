import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { launch } from 'puppeteer-core';
import { demoFolder } from '../../scripts/build-demo.js';
import { projectRoot } from '../../scripts/project-root.js';
import { UserError } from '../../scripts/run-tasks.js';
import { browserPath } from '../../scripts/setup/browsers.js';
import { openSite } from '../../tests/browser/support/site.js';

// npm run demo:recording: records the start page of the built demo, from the click until the result: docs/screenshots/start.webp, the first picture
// of the README.

const [WIDTH, HEIGHT] = [1080, 600];
/** The pauses before the click and after the result, in milliseconds. */
const [BEFORE, AFTER] = [700, 3000];
/** The page waits for the slow cpu backend. A pause without a change is at most this long in the recording. */
const MAX_PAUSE = 1500;
/** Limits of the whole recording. A slower machine gives no useful recording. */
const [MAX_SECONDS, MAX_BYTES] = [10, 1_500_000];
/** A frame is shown for at least this time. A change after a shorter time waits for the next frame. */
const MIN_FRAME = 80;
const QUALITY = 70;

const path = join(projectRoot, 'docs/screenshots/start.webp');
const frames = withDurations(await recorded());
const seconds = frames.reduce((sum, { duration }) => sum + duration, 0) / 1000;
if (seconds > MAX_SECONDS) {
  throw new UserError(`The recording takes ${seconds.toFixed(1)} s, more than ${MAX_SECONDS} s: use a faster machine, or stop other programs.`); // prettier-ignore
}
await encode(frames);
const { size } = await stat(path);
if (size > MAX_BYTES) throw new UserError(`The recording has ${size} bytes, more than ${MAX_BYTES}.`);
console.log(`${relative(projectRoot, path)}: ${frames.length} frames, ${seconds.toFixed(1)} s, ${size} bytes`);

/** Returns the frames { time, png } of the page. Times are in milliseconds. */
async function recorded() {
  const site = await openSite({}, { folder: demoFolder });
  const browser = await launch({
    executablePath: browserPath('Chromium'),
    args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars'], // the sandbox fails as root and in many containers
  });
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: WIDTH, height: HEIGHT });
    // The network of the page then waits for a click. Nothing moves but what the user sees on other devices too.
    await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
    await page.goto(`${site.origin}/index.html`, { waitUntil: 'networkidle0' });
    const frames = [];
    const session = await page.createCDPSession();
    session.on('Page.screencastFrame', ({ data, metadata, sessionId }) => {
      frames.push({ time: metadata.timestamp * 1000, png: Buffer.from(data, 'base64') });
      session.send('Page.screencastFrameAck', { sessionId }).catch(() => {}); // the recording has ended
    });
    await session.send('Page.startScreencast', { format: 'png', everyNthFrame: 1 });
    await setTimeout(BEFORE);
    await page.click('#hero-button');
    await page.waitForFunction(() => document.getElementById('hero-factor').textContent !== '', { timeout: 60_000 });
    await setTimeout(AFTER);
    await session.send('Page.stopScreencast');
    return [...frames, { time: Date.now() }];
  } finally {
    await browser.close();
    site.close();
  }
}

/** Returns frames { png, duration }. The last of the given frames is only a time: the end. */
function withDurations(frames) {
  const kept = [];
  for (const frame of frames) {
    const last = kept.at(-1);
    if (frame.png && last && frame.time - last.time < MIN_FRAME) last.png = frame.png;
    else kept.push({ ...frame });
  }
  const count = kept.length - 1;
  return kept.slice(0, -1).map(({ time, png }, i) => {
    const duration = kept[i + 1].time - time;
    return { png, duration: i === count - 1 ? duration : Math.min(duration, MAX_PAUSE) };
  });
}

/** Writes the animated WebP. */
async function encode(frames) {
  const folder = await mkdtemp(join(tmpdir(), 'depthwise-wasm-recording-'));
  try {
    const args = ['-loop', '0', '-lossy', '-q', String(QUALITY), '-m', '6'];
    for (const [i, { png, duration }] of frames.entries()) {
      const file = join(folder, `${i}.png`);
      await writeFile(file, png);
      args.push('-d', String(Math.round(duration)), file);
    }
    execFileSync('img2webp', [...args, '-o', path]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
