// Pages without a bundler: the standalone script and the files of the package, from the page's origin and from another.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { browserNames, sharedBrowser } from '../browser/support/browsers.js';
import { openSite } from '../browser/support/site.js';
import { assertComputes } from './support/assert-report.js';
import { makeConsumer } from './support/consumer.js';
import { fixture, pageWith, REPORTS, visitFolder } from './support/consumer-page.js';
import { guideFile, guidePolicy } from './support/guide.js';

const standalone = 'depthwise.standalone.js';
const load = (from) => `import { load } from '${from}';\n\nconst dw = await load();\n${REPORTS}`;
const [standalonePage, mappedPage] = [0, 1].map((i) => guideFile('A page without a bundler', 'index.html', i));

const consumer = await makeConsumer(
  {
    'guide.html': standalonePage.replace(/(await load\(\);\n)/, `$1${REPORTS}`),
    'standalone.html': pageWith('standalone.js'),
    'standalone.js': load(`./${standalone}`),
    'mapped.html': mappedPage,
    'main.js': guideFile('', 'main.js') + REPORTS,
    'report-on.js': await fixture('report-on.js'),
  },
  { withTools: false },
);
const installed = join(consumer.folder, 'node_modules/depthwise-wasm');
await consumer.copy(`node_modules/depthwise-wasm/dist/${standalone}`, standalone);

const othersThanScripts = (paths) => paths.filter((path) => !path.endsWith('.js'));

for (const name of browserNames) {
  describe(`on a page without a bundler, in ${name},`, () => {
    const browser = sharedBrowser(name);

    /** Opens a page, and asserts that it computes and writes nothing to the console. */
    async function visit(path, policy) {
      const headers = { 'content-security-policy': policy };
      const visited = await visitFolder(await browser(), consumer.folder, { path, headers });
      assertComputes(visited.report);
      assert.deepEqual(visited.complaints, []);
      return visited;
    }

    test('the example in the guide runs', async () => {
      await visit('guide.html', guidePolicy().replace("'self'", "'self' 'unsafe-inline'"));
    });

    test('the standalone script fetches nothing', async () => {
      const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
      const { report, requests, elsewhere } = await visit('standalone.html', policy);
      assert.equal(report.variant, 'simd');
      const scripts = ['/standalone.html', '/standalone.js', `/${standalone}`, '/report-on.js'];
      assert.deepEqual([requests.toSorted(), elsewhere], [scripts.sort(), []]);
    });

    for (const [title, folder, file, fetched] of [
      ['the standalone script', 'dist', standalone, []],
      ['the files of the package', '.', 'js/index.js', ['/dist/depthwise.relaxed.wasm']],
    ]) {
      test(`${title} from another origin, such as a CDN: the page computes`, async () => {
        const cdn = await openSite({ 'access-control-allow-origin': '*' }, { folder: join(installed, folder) });
        try {
          const page = `cdn-${name}-${folder === '.' ? 'files' : folder}`;
          const script = load(`${cdn.origin}/${file}`);
          await consumer.write({ [`${page}.html`]: pageWith(`${page}.js`), [`${page}.js`]: script });
          const sources = `script-src 'self' ${cdn.origin} 'wasm-unsafe-eval'; connect-src ${cdn.origin}`;
          const { elsewhere } = await visit(`${page}.html`, `default-src 'none'; ${sources}`);
          assert.equal(elsewhere.length, cdn.requests.length);
          assert.equal(new Set(cdn.requests).size, cdn.requests.length, `${cdn.requests}`);
          assert.deepEqual(othersThanScripts(cdn.requests), fetched);
        } finally {
          cdn.close();
        }
      });
    }

    test('the files of the package run with an import map and the policy in the guide', async () => {
      const map = mappedPage.match(/"importmap">(.*?)<\/script>/s)[1];
      const hash = createHash('sha256').update(map).digest('base64');
      const policy = guidePolicy().replace("'self'", `'self' 'sha256-${hash}'`);
      const { report, requests, elsewhere } = await visit('mapped.html', policy);
      assert.equal(report.variant, 'relaxed-simd');
      const ofPackage = requests.filter((path) => path.startsWith('/node_modules/depthwise-wasm/'));
      assert.deepEqual(othersThanScripts(ofPackage), ['/node_modules/depthwise-wasm/dist/depthwise.relaxed.wasm']);
      assert.equal(requests.length - ofPackage.length, 3, `${requests}`);
      assert.deepEqual(elsewhere, []);
    });
  });
}
