// Service workers, shared workers and classic workers. Chromium opens the pages.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { browserPath } from '../../scripts/setup/browsers.js';
import { browserOfSuite } from '../browser/support/browsers.js';
import { makeConsumer } from '../package/support/consumer.js';
import { pageWith, visitFolder } from '../package/support/consumer-page.js';
import { guideCommand, guideFile } from '../package/support/guide.js';
import { REPORTERS, testEnvironment, TFJS, versionOf } from './support/environment.js';

const SHOW = '\nfunction show(data) {\n  globalThis.report = data;\n}\n';
const packages = { ...TFJS, esbuild: '^0.28.2' };
const consumer = await makeConsumer({ ...REPORTERS, 'index.html': pageWith('main.js') }, { packages });
const browser = browserOfSuite('Chromium');
const [chromium] = String(execFileSync(browserPath('Chromium'), ['--version'], { stdio: 'pipe' })).match(/\d+\.\d+/);
const version = `Chromium ${chromium}`;

/** Opens the page of a section of the guide with a worker. Returns what the worker reports. */
async function visit({ main, worker }) {
  await consumer.write({ 'main.js': main + SHOW, 'worker.js': worker });
  return (await visitFolder(await browser(), consumer.folder)).report;
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
  const run = (worker) => () => visit({ main, worker: reporting(worker) });
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
  return visit({ main: mainOfClassic, worker: await consumer.read('worker.js') });
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
  const forbidden = /import\(\) is disallowed on ServiceWorkerGlobalScope/;
  const importing = answeringErrors(`
    globalThis.onmessage = (event) => event.waitUntil(answer(event));
    const answer = () => import('./node_modules/depthwise-wasm/js/index.js');
  `);
  await assert.rejects(visit({ main: mainOfClassic, worker: importing }), forbidden);
  const worker = answeringErrors(compiling(guideFile(guide, 'worker.js', 1)));
  await assert.rejects(visit({ main: mainOfService, worker }), (error) => {
    assert.match(error.message, /the script of compiled training could not be loaded/);
    assert.match(error.message, forbidden);
    return true;
  });
  assert.ok(await visitBundled(reporting(compiling(train))));
});
