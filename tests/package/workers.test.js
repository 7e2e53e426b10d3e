// Module workers: from a bundler and without one.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sharedBrowser } from '../browser/support/browsers.js';
import { forward } from '../js/support/oracle.js';
import { makeConsumer } from './support/consumer.js';
import { pageWith, visitFolder } from './support/consumer-page.js';
import { guideFile } from './support/guide.js';

const main = `${guideFile('Workers', 'main.js')}
function show(y) {
  globalThis.report = { y: Array.from(y) };
}
worker.onerror = ({ message }) => (globalThis.report = { error: \`the worker failed: \${message}\` });
`;
const worker = guideFile('Workers', 'worker.js');
const convolution = { xShape: [1, 8, 8, 1], filterShape: [3, 3, 1, 1], pad: 'same' };
const expected = Array.from(forward(convolution, Array(64).fill(1), Array(9).fill(1)).values);
const installed = 'node_modules/depthwise-wasm';

describe('a module worker computes', () => {
  const browser = sharedBrowser('Chromium');

  test('in a bundle of Vite', async () => {
    const consumer = await makeConsumer({ 'main.js': main, 'worker.js': worker, 'index.html': pageWith('/main.js') });
    await consumer.tool('vite', 'build');
    const { report, wasmRequests, elsewhere, complaints } = await visitFolder(
      await browser(),
      join(consumer.folder, 'dist'),
    );
    assert.deepEqual(report.y, expected);
    assert.equal(wasmRequests.length, 1, `${wasmRequests}`);
    assert.deepEqual([elsewhere, complaints], [[], []]);
  });

  test('with the standalone script, which fetches nothing', async () => {
    const script = worker.replace("'depthwise-wasm'", "'./depthwise.standalone.js'");
    const consumer = await makeConsumer({ 'main.js': main, 'worker.js': script, 'index.html': pageWith('main.js') });
    await consumer.copy(`${installed}/dist/depthwise.standalone.js`, 'depthwise.standalone.js');
    const { report, requests, complaints } = await visitFolder(await browser(), consumer.folder);
    assert.deepEqual(report.y, expected);
    assert.deepEqual(requests, ['/index.html', '/main.js', '/worker.js', '/depthwise.standalone.js']);
    assert.deepEqual(complaints, []);
  });

  test('with a compiled module that the page posts to it', async () => {
    const consumer = await makeConsumer({
      'index.html': pageWith('main.js'),
      'main.js': `
        const wasmModule = await WebAssembly.compileStreaming(fetch('./${installed}/dist/depthwise.wasm'));
        const answerOf = (worker) => new Promise((resolve) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => resolve(message);
          worker.postMessage(wasmModule);
        });
        const workers = [1, 2].map(() => new Worker('worker.js', { type: 'module' }));
        globalThis.report = Promise.all(workers.map(answerOf)).then((answers) => ({ answers }));
      `,
      'worker.js': `
        import { load } from './${installed}/js/index.js';
        onmessage = async ({ data: wasmModule }) => {
          const dw = await load({ wasmModule });
          const x = dw.tensor(new Float32Array(64).fill(1), [1, 8, 8, 1]);
          const filter = dw.tensor(new Float32Array(9).fill(1), [3, 3, 1, 1]);
          postMessage(Array.from(dw.depthwiseConv2d(x, filter, 1, 'same').data));
        };
      `,
    });
    const { report, wasmRequests } = await visitFolder(await browser(), consumer.folder);
    assert.deepEqual(report.answers, [expected, expected]);
    assert.deepEqual(wasmRequests, [`/${installed}/dist/depthwise.wasm`]);
  });
});
