// The plug-in for TensorFlow.js of the installed package: in a bundle, on a page without a bundler, and in Node. The
// tests of environments use the other bundlers.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sharedBrowser } from '../browser/support/browsers.js';
import { assertComputes } from './support/assert-report.js';
import { makeConsumer } from './support/consumer.js';
import { fixture, pageWith, visitFolder } from './support/consumer-page.js';
import { guideFile } from './support/guide.js';

/** Returns a script of the guide that reports. `registration` is the result of trainOnWasm in it. */
const mainOf = (name) => `${guideFile('TensorFlow.js', name)}
import { reportOnTfjs } from './report-on-tfjs.js';
globalThis.report = reportOnTfjs(tf, registration);
`;
const files = { 'report-on-tfjs.js': await fixture('report-on-tfjs.js') };
const ofTfjs = '../node_modules/@tensorflow/';

describe('depthwise-wasm/tfjs adds gradients to the wasm backend of tfjs', () => {
  const browser = sharedBrowser('Chromium');

  test('in a bundle of Vite', async () => {
    const consumer = await makeConsumer({ ...files, 'index.html': pageWith('/main.js'), 'main.js': mainOf('main.js') });
    await consumer.tool('vite', 'build');
    const { report, wasmRequests, elsewhere } = await visitFolder(await browser(), join(consumer.folder, 'dist'));
    assertReports(report, 'relaxed-simd');
    assert.equal(wasmRequests.length, 2, `${wasmRequests}`);
    assert.match(wasmRequests[0], /^\/assets\/tfjs-backend-wasm-simd-[\w-]+\.wasm$/);
    assert.match(wasmRequests[1], /^\/assets\/depthwise-tfjs\.relaxed-[\w-]+\.wasm$/);
    assert.deepEqual(elsewhere, []);
  });

  test('on a page without a bundler, next to the scripts of TensorFlow.js', async () => {
    const scripts = ['tfjs-core/dist/tf-core.min.js', 'tfjs-backend-wasm/dist/tf-backend-wasm.min.js'];
    const wasm = 'tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';
    const nameOf = (path) => path.split('/').at(-1);
    const tags = scripts.map((path) => `<script src="tfjs/${nameOf(path)}"></script>`).join('\n');
    const consumer = await makeConsumer({
      ...files,
      'page.js': mainOf('page.js'),
      'index.html': pageWith('page.js').replace('<script', `${tags}\n<script`),
    });
    for (const path of [...scripts, wasm]) await consumer.copy(`${ofTfjs}${path}`, `tfjs/${nameOf(path)}`);
    const { report, wasmRequests } = await visitFolder(await browser(), consumer.folder);
    assertReports(report, 'relaxed-simd');
    assert.deepEqual(wasmRequests, [
      `/tfjs/${nameOf(wasm)}`,
      '/node_modules/depthwise-wasm/dist/depthwise-tfjs.relaxed.wasm',
    ]);
  });

  test('in Node', async () => {
    const script = mainOf('node.js').replace('globalThis.report =', 'const report = await');
    const consumer = await makeConsumer({ ...files, 'node.js': `${script}\nconsole.log(JSON.stringify(report));\n` });
    const report = JSON.parse((await consumer.node('node.js')).split('\n').find((line) => line.startsWith('{')));
    assertReports(report, process.version.startsWith('v20.') ? 'simd' : 'relaxed-simd');
  });

  function assertReports(report, variant) {
    assertComputes(report);
    assert.equal(report.backend, 'wasm');
    assert.equal(report.variant, variant);
  }
});
