// Vite SSR: a server renders a page and computes for it, and the scripts of the page compute in the browser, from the same source.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { sharedBrowser } from '../browser/support/browsers.js';
import { assertComputes } from '../package/support/assert-report.js';
import { freePort } from '../browser/support/free-port.js';
import { makeConsumer } from '../package/support/consumer.js';
import { guideFile } from '../package/support/guide.js';
import { partsOf, programOf, PROGRAMS, REPORTERS, testEnvironment, TFJS, versionOf } from './support/environment.js';
import { reportOfClient } from './support/server.js';

const programs = { ...PROGRAMS, train: programOf(guideFile('Vite SSR', 'train.js')) };
const names = Object.keys(programs);

/** Returns a module that both sides import. */
function sharedModule(program) {
  const { imports, body } = partsOf(program, (report) => `return ${report}`);
  return `${imports}\nexport async function compute() {\n${body}\n}\n`;
}

const consumer = await makeConsumer(
  {
    ...REPORTERS,
    ...Object.fromEntries(names.map((name) => [`${name}.js`, sharedModule(programs[name])])),
    'functions.js': names.map((name) => `export { compute as ${name} } from './${name}.js';\n`).join(''),
    'index.html': `<!doctype html>
<meta charset="utf-8" />
<title>A consumer</title>
<pre><!-- rendered --></pre>
<script type="module" src="/client.js"></script>
`,
    'client.js': `
      import * as functions from './functions.js';
      const compute = functions[location.pathname.slice(1)];
      globalThis.report = compute().catch((error) => ({ error: error.message }));
    `,
    'server.js': `
      import * as functions from './functions.js';
      export const render = async (name) => JSON.stringify(await functions[name]());
    `,
    'run.js': `
      import { readFileSync } from 'node:fs';
      import { createServer } from 'node:http';
      import sirv from 'sirv';
      import { render } from './dist/server/server.js';
      const page = readFileSync('dist/client/index.html', 'utf8');
      const files = sirv('dist/client');
      const answer = async ({ url }, response) => {
        try {
          const html = page.replace('<!-- rendered -->', await render(url.slice(1)));
          response.setHeader('content-type', 'text/html').end(html);
        } catch (error) {
          response.writeHead(500).end(error.message);
        }
      };
      const server = createServer((request, response) => files(request, response, () => answer(request, response)));
      server.listen(process.env.PORT, () => console.log('Listening'));
    `,
  },
  { packages: { ...TFJS, vite: '^8.4.0', sirv: '^3.0.2' } },
);
const browser = sharedBrowser('Chromium');
let stop = () => {};
after(() => stop());

/** Builds both sides once and starts the server. Resolves to its address. */
let started;
const address = () => (started ??= start());
async function start() {
  const vite = 'node_modules/vite/bin/vite.js';
  await consumer.node(vite, 'build', '--outDir', 'dist/client');
  await consumer.node(vite, 'build', '--outDir', 'dist/server', '--ssr', 'server.js');
  const port = String(await freePort());
  stop = await consumer.serve(['run.js'], 'Listening', { PORT: port });
  return `http://localhost:${port}`;
}

/** Returns the report that the server has rendered into a page. */
async function reportInPage(address) {
  const response = await fetch(address);
  const html = await response.text();
  assert.ok(response.ok, html);
  return JSON.parse(html.match(/<pre>(.*)<\/pre>/)[1]);
}

const runsAt = (run) => Object.fromEntries(names.map((name) => [name, async () => run(`${await address()}/${name}`)]));
const version = versionOf(consumer, 'vite');
testEnvironment('Vite SSR, server', { version, guide: 'Vite SSR', runs: runsAt(reportInPage) });
testEnvironment('Vite SSR, client', {
  version,
  guide: 'Vite SSR',
  runs: runsAt(async (address) => reportOfClient(await browser(), address)),
});

test('Vite SSR: a server that bundles packages needs the configuration, or the standalone script', async () => {
  const config = guideFile('Vite SSR', 'vite.config.js');
  const without = config.replace(/, external: \[.*\]/, '');
  assert.notEqual(without, config);
  const build = async (text) => {
    await consumer.write({ 'vite.config.js': text });
    await consumer.node('node_modules/vite/bin/vite.js', 'build', '--outDir', 'dist/bundled', '--ssr', 'server.js');
    await consumer.remove('vite.config.js');
  };
  const render = async (name) => {
    const code = `console.log(await (await import('./dist/bundled/server.js')).render('${name}'));`;
    return JSON.parse(await consumer.node('--input-type=module', '--eval', code));
  };
  await build(without);
  await assert.rejects(render('load'), /If a bundler moved this script without its wasm/);
  assertComputes(await render('standalone'));
  await build(config);
  assertComputes(await render('load'));
  assertComputes(await render('train'));
});
