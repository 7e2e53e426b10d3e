// Nuxt: on the server, and in pages.
import { after } from 'node:test';
import { sharedBrowser } from '../browser/support/browsers.js';
import { freePort } from '../browser/support/free-port.js';
import { makeConsumer } from '../package/support/consumer.js';
import { guideFile } from '../package/support/guide.js';
import { partsOf, programOf, PROGRAMS, REPORTERS, testEnvironment, TFJS, versionOf } from './support/environment.js';
import { answerOf, reportAt, reportOfClient } from './support/server.js';

const clientPrograms = { ...PROGRAMS, train: programOf(guideFile('TensorFlow.js', 'main.js')) };
const names = Object.keys(PROGRAMS);
const up = (source, nesting) => source.replaceAll("'./report", `'${nesting}report`);

/** Returns a page that computes in the browser. */
function pageOf(program) {
  const { imports, body } = partsOf(program, (report) => `return ${report}`);
  return `<template><p>client</p></template>
<script setup>
${up(imports, '../../../')}
async function run() {
${body}
}
onMounted(() => void (globalThis.report = run().catch((error) => ({ error: error.message }))));
</script>
`;
}

const consumer = await makeConsumer(
  {
    ...REPORTERS,
    'nuxt.config.js': guideFile('Nuxt and Nitro', 'nuxt.config.js').replace(
      '({',
      "({ compatibilityDate: '2026-01-01', telemetry: false,",
    ),
    'app/app.vue': '<template><NuxtPage /></template>\n',
    ...Object.fromEntries(names.map((name) => [`app/pages/client/${name}.vue`, pageOf(clientPrograms[name])])),
    ...Object.fromEntries(
      names.map((name) => [
        `server/routes/${name}.js`,
        `${up(answerOf(PROGRAMS[name]), '../../')}\nexport default defineEventHandler(answer);`,
      ]),
    ),
  },
  { packages: { ...TFJS, nuxt: '~4.4.2' } }, // 4.5 needs Node 22, and these tests run in Node 20, too
);
const browser = sharedBrowser('Chromium');
let stop = () => {};
after(() => stop());

/** Builds the project once and starts its server. Resolves to its address. */
let started;
const address = () => (started ??= start());
async function start() {
  const port = String(await freePort());
  await consumer.node('node_modules/nuxt/bin/nuxt.mjs', 'build');
  stop = await consumer.serve(['.output/server/index.mjs'], 'Listening on', { PORT: port });
  return `http://localhost:${port}`;
}

const runsAt = (run) => Object.fromEntries(names.map((name) => [name, async () => run(await address(), name)]));
const version = versionOf(consumer, 'nuxt');
testEnvironment('Nuxt, server', {
  version,
  guide: 'Nuxt and Nitro',
  runs: runsAt((address, name) => reportAt(`${address}/${name}`)),
});
testEnvironment('Nuxt, client', {
  version,
  runs: runsAt(async (address, name) => reportOfClient(await browser(), `${address}/client/${name}`)),
});
