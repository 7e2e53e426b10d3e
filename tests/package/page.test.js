// Pages without a bundler: the standalone script, from their own origin and from another, and the package's files as they are.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { browserNames, browserOfSuite } from '../browser/support/browsers.js';
import { openSite } from '../browser/support/site.js';
import { assertComputes } from './support/assert-report.js';
import { makeConsumer } from './support/consumer.js';
import { fixture, pageWith, REPORTS, visitFolder } from './support/consumer-page.js';
import { guideFile, guidePolicy } from './support/guide.js';

const standalone = 'depthwise.standalone.js';
const load = (from) => `import { load } from '${from}';\n\nconst dw = await load();\n${REPORTS}`;
const withReports = (page) => page.replace(/(await load\(\);\n)/, `$1${REPORTS}`);

const consumer = await makeConsumer(
  {
    'guide.html': withReports(guideFile('A page without a bundler', 'index.html', 0)),
    'standalone.html': pageWith('standalone.js'),
    'standalone.js': load(`./${standalone}`),
    'mapped.html': guideFile('A page without a bundler', 'index.html', 1),
    'main.js': guideFile('', 'main.js') + REPORTS,
    'report-on.js': await fixture('report-on.js'),
  },
  { withTools: false },
);
const installed = join(consumer.folder, 'node_modules/depthwise-wasm');
await consumer.copy(`node_modules/depthwise-wasm/dist/${standalone}`, standalone);

for (const name of browserNames) {
  describe(`on a page without a bundler, in ${name},`, () => {
    const browser = browserOfSuite(name);
    const visit = async (page, policy) =>
      visitFolder(await browser(), consumer.folder, { path: page, headers: { 'content-security-policy': policy } });

    test('the example in the guide runs', async () => {
      const { report, complaints } = await visit(
        'guide.html',
        `${guidePolicy().replace("'self'", "'self' 'unsafe-inline'")}`,
      );
      assertComputes(report);
      assert.deepEqual(complaints, []);
    });

    test('the standalone script asks for nothing, and may ask for nothing', async () => {
      const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'";
      const { report, requests, elsewhere, complaints } = await visit('standalone.html', policy);
      assertComputes(report);
      assert.equal(report.variant, 'simd');
      const scripts = ['/standalone.html', '/standalone.js', `/${standalone}`, '/report-on.js'];
      assert.deepEqual(requests.toSorted(), scripts.sort());
      assert.deepEqual([elsewhere, complaints], [[], []]);
    });

    test('the standalone script runs from another origin, as from a CDN', async () => {
      const cdn = await openSite({ 'access-control-allow-origin': '*' }, { folder: join(installed, 'dist') });
      try {
        const address = `${cdn.origin}/${standalone}`;
        await consumer.write({ [`cdn-${name}.html`]: pageWith(`cdn-${name}.js`), [`cdn-${name}.js`]: load(address) });
        const policy = `default-src 'none'; script-src 'self' ${cdn.origin} 'wasm-unsafe-eval'`;
        const { report, elsewhere, complaints } = await visit(`cdn-${name}.html`, policy);
        assertComputes(report);
        assert.deepEqual([elsewhere, cdn.requests, complaints], [[address], [`/${standalone}`], []]);
      } finally {
        cdn.close();
      }
    });

    test("the package's own files run, from another origin too, and the page fetches one wasm", async () => {
      const cdn = await openSite({ 'access-control-allow-origin': '*' }, { folder: installed });
      try {
        const page = `files-${name}`;
        const address = `${cdn.origin}/js/index.js`;
        await consumer.write({ [`${page}.html`]: pageWith(`${page}.js`), [`${page}.js`]: load(address) });
        const policy = `default-src 'none'; script-src 'self' ${cdn.origin} 'wasm-unsafe-eval'; connect-src ${cdn.origin}`;
        const { report, elsewhere, complaints } = await visit(`${page}.html`, policy);
        assertComputes(report);
        assert.equal(report.variant, 'relaxed-simd');
        assert.equal(elsewhere.length, cdn.requests.length);
        assert.deepEqual(othersThanScripts(cdn.requests), ['/dist/depthwise.relaxed.wasm']);
        assert.deepEqual(complaints, []);
      } finally {
        cdn.close();
      }
    });

    test("the package's own files run by an import map, under the policy in the guide", async () => {
      const map = guideFile('A page without a bundler', 'index.html', 1).match(/"importmap">(.*?)<\/script>/s)[1];
      const hash = createHash('sha256').update(map).digest('base64');
      const policy = guidePolicy().replace("'self'", `'self' 'sha256-${hash}'`);
      const { report, requests, elsewhere, complaints } = await visit('mapped.html', policy);
      assertComputes(report);
      assert.equal(report.variant, 'relaxed-simd');
      const ofPackage = requests.filter((path) => path.startsWith('/node_modules/depthwise-wasm/'));
      assert.deepEqual(othersThanScripts(ofPackage), ['/node_modules/depthwise-wasm/dist/depthwise.relaxed.wasm']);
      assert.equal(requests.length - ofPackage.length, 3, `${requests}`);
      assert.ok(ofPackage.length < 30, `${ofPackage.length} files`);
      assert.deepEqual([elsewhere, complaints], [[], []]);
    });
  });
}

function othersThanScripts(paths) {
  assert.equal(new Set(paths).size, paths.length, `${paths}`);
  return paths.filter((path) => !path.endsWith('.js'));
}
