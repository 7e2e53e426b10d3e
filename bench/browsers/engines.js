import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../../scripts/project-root.js';
import { openBrowser } from '../../tests/browser/support/browsers.js';
import { openSite } from '../../tests/browser/support/site.js';
import { bunPath } from '../../tests/bun/bun-path.js';
import { WebKit } from '../../tests/webkit/webkit.js';

// Starts start.js in each engine.

const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const BUNDLE = 'build/browser/bench.js';
const PAGE = `<!doctype html><meta charset="utf-8" /><title>Benchmark</title><script type="module" src="/${BUNDLE}"></script>`;

const openers = {
  Chromium: (url) => openInBrowser('Chromium', url),
  Firefox: (url) => openInBrowser('Firefox', url),
  WebKit: openInWebKit,
  Node: () => openProcess(process.execPath, process.versions.node),
  Bun: openBun,
};
/** tfjs starts its threads only in pages. */
const PAGES = ['Chromium', 'Firefox', 'WebKit'];

export const engineNames = Object.keys(openers);

/**
 * Starts engines. Returns { engines, missing, close }. An engine is { name, version, about, call, close }; `call` calls a method of the object that prepareEngine
 * (measure.js) returns in this engine. `missing` contains the reason for each engine that could not be started.
 *
 * @param {string[]} names
 * @param {number} threads how many threads both packages use
 */
export async function openEngines(names, threads) {
  await build({
    entryPoints: [join(projectRoot, 'bench/browsers/start.js')],
    outfile: join(projectRoot, BUNDLE),
    ...{ bundle: true, format: 'esm', platform: 'browser', external: ['node:*'], logLevel: 'error' },
  });
  const answer = (path, response) =>
    path.startsWith('/?') && Boolean(response.setHeader('content-type', 'text/html').end(PAGE));
  const site = await openSite(ISOLATED, { answer });
  const engines = [];
  const missing = {};
  for (const name of names) {
    try {
      if (threads > 1 && !PAGES.includes(name)) throw new Error('tfjs does not start its threads there');
      engines.push(await openEngine(name, `${site.origin}/?threads=${threads}`));
    } catch (error) {
      missing[name] = error.message;
    }
  }
  const close = async () => {
    for (const engine of engines) await engine.close();
    site.close();
  };
  return { engines, missing, close };
}

async function openEngine(name, url) {
  const engine = await openers[name](url);
  try {
    return { name, ...engine, about: await engine.call('about') };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** Runs in the page. */
async function callEngine(method, args) {
  return (await globalThis.engine)[method](...args);
}

async function openInBrowser(name, url) {
  const browser = await openBrowser(name);
  const page = await browser.newPage();
  await page.goto(url);
  return {
    version: browser.version.split('/').at(-1),
    call: (method, ...args) => page.evaluate(callEngine, method, args),
    close: () => browser.close(),
  };
}

async function openInWebKit(url) {
  const browser = await WebKit.start();
  await browser.open(url);
  return {
    version: browser.version,
    call: (method, ...args) => browser.evaluate(callEngine, method, args),
    close: () => browser.close(),
  };
}

async function openBun() {
  if (!existsSync(bunPath)) throw new Error('not installed; npm test -- --only bun installs it');
  const { version } = (await import('../../tests/bun/node_modules/bun/package.json', { with: { type: 'json' } }))
    .default;
  return openProcess(bunPath, version);
}

function openProcess(execPath, version) {
  const child = fork(new URL('start.js', import.meta.url), { execPath, execArgv: [] });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${execPath} ended`);
  });
  ended.catch(() => {}); // a call that waits reports it
  return {
    version,
    async call(...message) {
      child.send(message);
      const [{ value, error }] = await Promise.race([once(child, 'message'), ended]);
      if (error) throw new Error(error);
      return value;
    },
    async close() {
      child.kill();
    },
  };
}
