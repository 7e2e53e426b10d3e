// The plug-in for TensorFlow.js of the installed package: in bundles, on a page without a bundler, and in Node.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { browserOfSuite } from '../browser/support/browsers.js';
import { assertComputes } from './support/assert-report.js';
import { makeConsumer } from './support/consumer.js';
import { fixture, pageWith, visitFolder } from './support/consumer-page.js';
import { guideFile } from './support/guide.js';

const example = guideFile('TensorFlow.js', 'main.js');
const main = `${example.replace('await registerKernels', 'const registration = await registerKernels')}
import { reportOnTfjs } from './report-on-tfjs.js';
globalThis.report = reportOnTfjs(tf, registration);
`;
const files = { 'main.js': main, 'report-on-tfjs.js': await fixture('report-on-tfjs.js') };
const wasmOfTfjs = '../node_modules/@tensorflow/tfjs-backend-wasm/dist';
const namesOfTfjs = ['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];

const bundles = {
  Vite: {
    files: { 'index.html': pageWith('/main.js') },
    build: ['vite', 'build'],
    statics: 'public/tfjs',
    fetches: /^\/assets\/depthwise-tfjs\.relaxed-[\w-]+\.wasm$/,
  },
  webpack: {
    files: {
      'dist/index.html': pageWith('main.js'),
      'webpack.config.js': guideFile('webpack', 'webpack.config.js'),
    },
    build: ['webpack', 'build'],
    statics: 'dist/tfjs',
    fetches: /^\/[0-9a-f]{20}\.wasm$/,
  },
};

describe('depthwise-wasm/tfjs adds gradients to the wasm backend of tfjs', () => {
  const browser = browserOfSuite('Chromium');

  for (const [title, { files: others, build, statics, fetches }] of Object.entries(bundles)) {
    test(`in a bundle of ${title}`, async () => {
      const consumer = await makeConsumer({ ...files, ...others });
      for (const name of namesOfTfjs) await consumer.copy(`${wasmOfTfjs}/${name}`, `${statics}/${name}`);
      await consumer.tool(...build);
      const { report, wasmRequests, elsewhere } = await visitFolder(await browser(), join(consumer.folder, 'dist'));
      assertReports(report, 'relaxed-simd');
      assert.equal(wasmRequests[0], '/tfjs/tfjs-backend-wasm-simd.wasm');
      assert.equal(wasmRequests.length, 2, `${wasmRequests}`);
      assert.match(wasmRequests[1], fetches);
      assert.deepEqual(elsewhere, []);
    });
  }

  test('on a page without a bundler, next to the scripts of TensorFlow.js', async () => {
    const scripts = ['tfjs-core/dist/tf-core.min.js', 'tfjs-backend-wasm/dist/tf-backend-wasm.min.js'];
    const script = main
      .replace(/^import \* as tf .*\n^import \{ setWasmPaths .*\n/m, 'const { setWasmPaths } = globalThis.tf.wasm;\n')
      .replace("'depthwise-wasm/tfjs'", "'./node_modules/depthwise-wasm/js/tfjs/index.js'");
    const tags = scripts.map((path) => `<script src="tfjs/${path.split('/').at(-1)}"></script>`).join('\n');
    const consumer = await makeConsumer({
      ...files,
      'main.js': script,
      'index.html': pageWith('main.js').replace('<script', `${tags}\n<script`),
    });
    for (const name of namesOfTfjs) await consumer.copy(`${wasmOfTfjs}/${name}`, `tfjs/${name}`);
    for (const path of scripts) {
      await consumer.copy(`../node_modules/@tensorflow/${path}`, `tfjs/${path.split('/').at(-1)}`);
    }
    const { report, wasmRequests } = await visitFolder(await browser(), consumer.folder);
    assertReports(report, 'relaxed-simd');
    assert.deepEqual(wasmRequests, [
      '/tfjs/tfjs-backend-wasm-simd.wasm',
      '/node_modules/depthwise-wasm/dist/depthwise-tfjs.relaxed.wasm',
    ]);
  });

  test('in Node', async () => {
    const folder = 'node_modules/@tensorflow/tfjs-backend-wasm/dist/';
    const script = main
      .replace("setWasmPaths('/tfjs/')", `setWasmPaths(new URL('../${folder}', import.meta.url).pathname)`)
      .replace('globalThis.report = reportOnTfjs', 'const report = await reportOnTfjs');
    const consumer = await makeConsumer({ ...files, 'main.js': `${script}\nconsole.log(JSON.stringify(report));\n` });
    const report = JSON.parse((await consumer.node('main.js')).split('\n').find((line) => line.startsWith('{')));
    assertReports(report, process.version.startsWith('v20.') ? 'simd' : 'relaxed-simd');
  });

  function assertReports(report, variant) {
    assertComputes(report);
    assert.equal(report.backend, 'wasm');
    assert.equal(report.variant, variant);
  }
});
