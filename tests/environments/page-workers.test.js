// Service workers, shared workers and classic workers. Chromium and Firefox open the pages.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { browserPath } from '../../scripts/setup/browsers.js';
import { sharedBrowser } from '../browser/support/browsers.js';
import { assertComputes } from '../package/support/assert-report.js';
import { makeConsumer } from '../package/support/consumer.js';
import { pageWith, visitFolder } from '../package/support/consumer-page.js';
import { guideCommand, guideFile } from '../package/support/guide.js';
import { REPORTERS, testEnvironment, TFJS, versionOf } from './support/environment.js';

const SHOW = '\nfunction show(data) {\n  globalThis.report = data;\n}\n';
const packages = { ...TFJS, esbuild: '^0.28.2' };
const consumer = await makeConsumer({ ...REPORTERS, 'index.html': pageWith('main.js') }, { packages });
const browsers = { Chromium: sharedBrowser('Chromium'), Firefox: sharedBrowser('Firefox') };
/** Returns the version of an installed browser. */
function versionOfBrowser(name) {
  const output = execFileSync(browserPath(name), ['--version'], { stdio: 'pipe', encoding: 'utf8' });
  return output.match(/\d+\.\d+/)[0];
}
const version = Object.keys(browsers)
  .map((name) => `${name} ${versionOfBrowser(name)}`)
  .join(', ');

/** Opens the page of a section of the guide with a worker, in a browser. Returns what the worker reports. */
async function visit(browser, { main, worker }) {
  await consumer.write({ 'main.js': main + SHOW, 'worker.js': worker });
  return (await visitFolder(await browser(), consumer.folder)).report;
}

/** Does the same in each browser, and checks all reports but the returned one. */
async function visitEach(page) {
  assertComputes(await visit(browsers.Firefox, page));
  return visit(browsers.Chromium, page);
}

/** Makes a worker of the guide report in place of its own answer. */
function reporting(worker) {
  const [name, answer, report] = worker.includes('trainOnWasm')
    ? ['reportOnTfjs', 'registration.kernels', 'await reportOnTfjs(tf, registration)']
    : ['reportOn', 'dw.variant', 'reportOn(dw)'];
  const file = `./${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.js`;
  const isClassic = worker.includes('await import(');
  assert.ok(worker.includes(`postMessage(${answer})`), worker);
  const answering = worker.replace(`postMessage(${answer})`, `postMessage(${report})`);
  if (!isClassic) return `import { ${name} } from '${file}';\n${answering}`;
  return answering.replace(/^ {2}const/m, `  const { ${name} } = await import('${file}');\n  const`);
}

for (const [name, guide] of [
  ['Service worker', 'Service workers'],
  ['Shared worker', 'Shared workers'],
  ['Classic worker', 'Classic workers'],
]) {
  const main = guideFile(guide, 'main.js');
  const [load, train] = [0, 1].map((which) => guideFile(guide, 'worker.js', which));
  const standalone = load.replace('/js/index.js', '/dist/depthwise.standalone.js');
  const run = (worker) => () => visitEach({ main, worker: reporting(worker) });
  testEnvironment(name, { version, guide, runs: { load: run(load), train: run(train), standalone: run(standalone) } });
}

const guide = 'Service workers';
const mainOfService = guideFile(guide, 'main.js');
const mainOfClassic = mainOfService.replace(", { type: 'module' }", '');

/** Bundles a service worker to one classic script, and visits a page with it. */
async function visitBundled(worker) {
  await consumer.write({ 'load.js': worker });
  const [, ...options] = guideCommand(guide);
  await consumer.run('node_modules/.bin/esbuild', options);
  return visitEach({ main: mainOfClassic, worker: await consumer.read('worker.js') });
}
const load = guideFile(guide, 'load.js');
const train = guideFile(guide, 'train.js');
const standalone = load
  .replace("'depthwise-wasm'", "'depthwise-wasm/standalone'")
  .replace(/^import wasmUrl .*\n/m, '')
  .replace('{ wasmUrl }', '');
testEnvironment('Service worker, bundled', {
  version: `${version}, esbuild ${versionOf(consumer, 'esbuild')}`,
  guide,
  runs: {
    load: () => visitBundled(reporting(load)),
    train: () => visitBundled(reporting(train)),
    standalone: () => visitBundled(reporting(standalone)),
  },
});

/** Returns a service worker that answers with the message of what its own answer throws. */
const answeringErrors = (worker) =>
  worker.replace('answer(event)', 'answer(event).catch(({ message }) => event.source.postMessage({ error: message }))');
/** Returns a service worker with compiled training. */
const compiling = (worker) => worker.replace('trainOnWasm(tf, {', 'trainOnWasm(tf, { compile: true,');

test('a service worker forbids import(); a bundle in one file contains what the package imports later', async () => {
  const importing = answeringErrors(`
    globalThis.onmessage = (event) => event.waitUntil(answer(event));
    const answer = () => import('./node_modules/depthwise-wasm/js/index.js');
  `);
  const notCompiling = answeringErrors(compiling(guideFile(guide, 'worker.js', 1)));
  const messages = {
    Chromium: 'import\\(\\) is disallowed on ServiceWorkerGlobalScope',
    Firefox: 'Dynamic import not supported in this context',
  };
  for (const [name, message] of Object.entries(messages)) {
    const [browser, start] = [browsers[name], 'Error in registerKernels: the script of compiled training .* loaded: '];
    await assert.rejects(visit(browser, { main: mainOfClassic, worker: importing }), new RegExp(message));
    await assert.rejects(visit(browser, { main: mainOfService, worker: notCompiling }), new RegExp(start + message));
  }
  assertComputes(await visitBundled(reporting(compiling(train))));
});
