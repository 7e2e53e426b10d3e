import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browserNames, browserOfSuite } from './support/browsers.js';
import { bundlePage } from './support/bundle-page.js';
import { once } from './support/once.js';
import { STRICT, WITH_BLOBS } from './support/policies.js';
import { visit } from './support/visit.js';
import { testTraining } from './training/test-training.js';

const kinds = {
  'on one thread': {
    headers: { 'content-security-policy': STRICT },
    binary: 'tfjs-backend-wasm-simd.wasm',
    isThreaded: false,
  },
  'on one thread, without relaxed SIMD': {
    query: '?variant=simd',
    headers: { 'content-security-policy': STRICT },
    binary: 'tfjs-backend-wasm-simd.wasm',
    isThreaded: false,
  },
  'with threads, on a page that is isolated from other origins': {
    headers: {
      'content-security-policy': WITH_BLOBS,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    },
    binary: 'tfjs-backend-wasm-threaded-simd.wasm',
    isThreaded: true,
  },
};

const bundled = once(() => bundlePage('tfjs.js'));

for (const name of browserNames) {
  describe(`the kernels in TensorFlow.js in ${name}`, () => {
    const browser = browserOfSuite(name);

    for (const [kind, { query = '', headers, binary, isThreaded }] of Object.entries(kinds)) {
      describe(kind, () => {
        const visited = once(async () => {
          await bundled();
          return visit(await browser(), `tfjs.html${query}`, headers);
        });

        test('this is the backend that tfjs has started', async () => {
          const { report, requests } = await visited();
          assert.deepEqual(
            requests.filter((path) => path.endsWith('.wasm')).map((path) => path.split('/').at(-1)),
            [binary, query ? 'depthwise-tfjs.wasm' : 'depthwise-tfjs.relaxed.wasm'],
          );
          assert.equal(report.variant, query ? 'simd' : 'relaxed-simd');
          assert.equal(report.isIsolated, isThreaded);
          assert.equal(report.isThreaded, isThreaded);
          assert.equal(report.isMemoryShared, isThreaded);
          assert.equal(report.threads, isThreaded ? 2 : 1);
        });

        testTraining(async () => (await visited()).report);

        test('breaks no policy, and nothing is written to the console', async () => {
          const { report, complaints } = await visited();
          assert.deepEqual(report.violations, []);
          assert.deepEqual(complaints, []);
        });
      });
    }
  });
}
