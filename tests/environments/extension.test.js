// An extension of Chrome (Manifest V3): esbuild bundles a script, which runs in a page and in the service worker of the extension.
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { sharedBrowser } from '../browser/support/browsers.js';
import { makeConsumer } from '../package/support/consumer.js';
import { pageWith } from '../package/support/consumer-page.js';
import { guideCommand, guideFile } from '../package/support/guide.js';
import { partsOf, PROGRAMS, programOf, REPORTERS, testEnvironment, TFJS, versionOf } from './support/environment.js';

const programs = {
  load: programOf(guideFile('esbuild', 'main.js')),
  train: programOf(guideFile('TensorFlow.js', 'esbuild.js')),
  standalone: PROGRAMS.standalone,
};
const manifest = {
  ...{ manifest_version: 3, name: 'A consumer', version: '1.0' },
  background: { service_worker: 'main.js', type: 'module' },
  ...JSON.parse(guideFile('Chrome extensions', 'manifest.json')),
};

/** Returns a module that reports. A service worker must not await at the top level of a module. */
function moduleOf(name) {
  const { imports, body } = partsOf(programs[name], (report) => `return ${report}`);
  return `${imports}
async function run() {
${body}
}
(globalThis.reports ??= {}).${name} = run();
`;
}

const consumer = await makeConsumer(
  {
    ...REPORTERS,
    ...Object.fromEntries(Object.keys(programs).map((name) => [`${name}.js`, moduleOf(name)])),
    'main.js': Object.keys(programs)
      .map((name) => `import './${name}.js';\n`)
      .join(''),
    'dist/manifest.json': JSON.stringify(manifest),
    'dist/page.html': pageWith('main.js'),
  },
  { packages: { ...TFJS, esbuild: '^0.28.2' } },
);
const [, ...options] = guideCommand('esbuild');
await consumer.run('node_modules/.bin/esbuild', options);
const browser = sharedBrowser('Chromium', [], [join(consumer.folder, 'dist')]);
const version = `Manifest V3, esbuild ${versionOf(consumer, 'esbuild')}`;

const runsWith = (run) => Object.fromEntries(Object.keys(programs).map((name) => [name, () => run(name)]));
/** Returns a report of a page or a worker, when its script has run. */
async function reportOf(context, name) {
  const hasReport = (name) => Boolean(globalThis.reports?.[name]);
  while (!(await context.evaluate(hasReport, name))) await setTimeout(20);
  return context.evaluate((name) => globalThis.reports[name], name);
}

testEnvironment('Chrome extension, service worker', {
  version,
  guide: 'Chrome extensions',
  runs: runsWith(async (name) => {
    const target = await (await browser()).extensionWorker();
    return reportOf(await target.worker(), name);
  }),
});

testEnvironment('Chrome extension, page', {
  version,
  guide: 'Chrome extensions',
  runs: runsWith(async (name) => {
    const target = await (await browser()).extensionWorker();
    const page = await (await browser()).newPage();
    try {
      await page.goto(new URL('page.html', target.url()).href);
      return await reportOf(page, name);
    } finally {
      await page.close();
    }
  }),
});
