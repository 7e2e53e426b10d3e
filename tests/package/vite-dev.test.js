// Vite's development server, which serves the installed package from node_modules or a prepared copy.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sharedBrowser } from '../browser/support/browsers.js';
import { visitSite } from '../browser/support/visit.js';
import { assertComputes } from './support/assert-report.js';
import { importTool, makeConsumer } from './support/consumer.js';
import { fixture, pageWith, REPORTS } from './support/consumer-page.js';
import { guideFile } from './support/guide.js';

describe("Vite's development server", () => {
  const browser = sharedBrowser('Chromium');
  const serves = {
    'of Vite 8, without configuration': { vite: 'vite', config: 'export default {};' },
    'of Vite 8, configured as for older versions': { vite: 'vite', config: guideFile('Vite', 'vite.config.js') },
    'of Vite 7, configured': { vite: 'vite-7', config: guideFile('Vite', 'vite.config.js') },
  };
  for (const [title, { vite, config }] of Object.entries(serves)) {
    test(`${title}, serves a page that runs`, async () => {
      const { report, complaints } = await visitDevelopment(await browser(), vite, config);
      assertComputes(report);
      assert.deepEqual(complaints, []);
    });
  }

  test('of Vite 7, without configuration, sends a page instead of the wasm, and the error says so', async () => {
    await assert.rejects(visitDevelopment(await browser(), 'vite-7', 'export default {};'), ({ message }) => {
      const [, error] = message.split('index.html: ');
      assert.match(
        error,
        /^Error in load: http:\S+\/depthwise\.relaxed\.wasm must be WebAssembly, got '<!doctype html>/,
      );
      assert.match(error, / as text\/html \(a page of HTML: .*\)\. Pass wasmUrl, .* wasmBinary/);
      return true;
    });
  });
});

async function visitDevelopment(browser, vite, config) {
  const consumer = await makeConsumer({
    'index.html': pageWith('/main.js').replace('<title>', '<link rel="icon" href="data:," />\n<title>'),
    'main.js': guideFile('', 'main.js') + REPORTS,
    'report-on.js': await fixture('report-on.js'),
    'vite.config.js': config,
  });
  const { createServer } = await importTool(`${vite}/dist/node/index.js`);
  const server = await createServer({
    root: consumer.folder,
    logLevel: 'silent',
    server: { host: '127.0.0.1', port: 0 },
  });
  await server.listen();
  const { port } = server.httpServer.address();
  const site = { origin: `http://127.0.0.1:${port}`, requests: [], close: () => server.close() };
  return visitSite(browser, site, 'index.html');
}
