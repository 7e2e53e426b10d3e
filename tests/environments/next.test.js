// Next.js, built with Turbopack and with webpack: on the server and in client components.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sharedBrowser } from '../browser/support/browsers.js';
import { freePort } from '../browser/support/free-port.js';
import { makeConsumer } from '../package/support/consumer.js';
import { guideFile } from '../package/support/guide.js';
import { partsOf, programOf, PROGRAMS, REPORTERS, testEnvironment, TFJS, versionOf } from './support/environment.js';
import { answerOf, reportAt, reportOfClient } from './support/server.js';

const config = guideFile('Next.js', 'next.config.mjs');
const clientPrograms = { ...PROGRAMS, train: programOf(guideFile('TensorFlow.js', 'main.js')) };

/** Returns a route handler that answers with the report of a program. */
const routeOf = (program) => `${answerOf(program)}
export const dynamic = 'force-dynamic';
export const GET = answer;
`;

/** Returns a server component that shows the report of a program. */
const componentOf = (program) => `${answerOf(program)}
export const dynamic = 'force-dynamic';
export default async () => <p>{await (await answer()).text()}</p>;
`;

/** Returns a page whose component computes in the browser. */
function clientOf(program) {
  const { imports, body } = partsOf(program, (report) => `return ${report}`);
  return `'use client';
import { useEffect } from 'react';
${imports}
async function run() {
${body}
}
export default function Page() {
  useEffect(() => void (globalThis.report = run().catch((error) => ({ error: error.message }))), []);
  return <p>client</p>;
}
`;
}

const at = (folder, file, sources) =>
  Object.fromEntries(
    Object.entries(sources).map(([name, source]) => {
      const up = '../'.repeat(`${folder}/${name}`.split('/').length);
      return [`${folder}/${name}/${file}`, source.replaceAll("'./report", `'${up}report`)];
    }),
  );
const mapped = (programs, make) =>
  Object.fromEntries(Object.entries(programs).map(([name, program]) => [name, make(program)]));
const packages = { ...TFJS, next: '^16.4.6', react: '^19.0.0', 'react-dom': '^19.0.0' };
const consumer = await makeConsumer(
  {
    'package.json': '{ "private": true }',
    ...REPORTERS,
    'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;',
    ...at('app', 'route.js', mapped(PROGRAMS, routeOf)),
    ...at('app/client', 'page.js', mapped(clientPrograms, clientOf)),
    ...at('app/component', 'page.js', { load: componentOf(PROGRAMS.load) }),
  },
  { packages },
);
const browser = sharedBrowser('Chromium');
const next = join(consumer.folder, 'node_modules/next/dist/bin/next');
let started = {};
let stop = () => {};
after(() => stop());

/** Builds with a bundler and a configuration, starts the server, and returns its address. */
async function serverOf(bundler, text) {
  const key = bundler + text;
  if (started.key === key) return started.address;
  stop();
  const port = String(await freePort());
  await consumer.write({ 'next.config.mjs': text });
  await consumer.node(next, 'build', `--${bundler}`);
  stop = await consumer.serve([next, 'start', '--port', port], 'Ready');
  started = { key, address: `http://localhost:${port}` };
  return started.address;
}

const version = versionOf(consumer, 'next');
for (const bundler of ['turbopack', 'webpack']) {
  testEnvironment(`Next.js, server, ${bundler}`, {
    version,
    guide: 'Next.js',
    runs: mapped(
      { load: 'load', train: 'train', standalone: 'standalone' },
      (name) => async () => reportAt(`${await serverOf(bundler, config)}/${name}`),
    ),
  });
  testEnvironment(`Next.js, client, ${bundler}`, {
    version,
    runs: mapped(
      { load: 'load', train: 'train', standalone: 'standalone' },
      (name) => async () => reportOfClient(await browser(), `${await serverOf(bundler, config)}/client/${name}`),
    ),
  });
  test(`Next.js: a server component computes, with ${bundler}`, async () => {
    const html = await (await fetch(`${await serverOf(bundler, config)}/component/load`)).text();
    assert.match(html, /<p>.*tensorsLeft&quot;:0/);
  });
}

test('Next.js says without the configuration which line is missing; the standalone script computes', async () => {
  const address = await serverOf('webpack', 'export default {};');
  await assert.rejects(reportAt(`${address}/load`), /serverExternalPackages: \['depthwise-wasm'\]/);
  assert.ok(await reportAt(`${address}/standalone`));
});
