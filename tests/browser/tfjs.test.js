import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browserNames, sharedBrowser } from './support/browsers.js';
import { bundlePage } from './support/bundle-page.js';
import { once } from './support/once.js';
import { STRICT, WITH_BLOBS } from './support/policies.js';
import { visit } from './support/visit.js';
import { testTraining } from './training/test-training.js';

const ISOLATED = {
  'content-security-policy': WITH_BLOBS,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

const kinds = {
  'on one thread': { variant: 'relaxed-simd' },
  'on one thread, without relaxed SIMD': { variant: 'simd', query: '?variant=simd' },
  'with threads, on a page that is isolated from other origins': {
    ...{ variant: 'relaxed-simd', headers: ISOLATED, isThreaded: true },
  },
};
const files = { 'relaxed-simd': 'depthwise-tfjs.relaxed.wasm', simd: 'depthwise-tfjs.wasm' };

const bundled = once(() => bundlePage('tfjs.js'));

for (const name of browserNames) {
  describe(`the kernels in TensorFlow.js in ${name}`, () => {
    const browser = sharedBrowser(name);

    for (const [kind, { variant, query = '', headers, isThreaded = false }] of Object.entries(kinds)) {
      describe(kind, () => {
        const visited = once(async () => {
          await bundled();
          return visit(await browser(), `tfjs.html${query}`, headers ?? { 'content-security-policy': STRICT });
        });

        test('run on the expected backend of tfjs, and violate no policy', async () => {
          const { report, requests, complaints } = await visited();
          const wasm = requests.filter((path) => path.endsWith('.wasm')).map((path) => path.split('/').at(-1));
          assert.deepEqual(wasm, [`tfjs-backend-wasm-${isThreaded ? 'threaded-' : ''}simd.wasm`, files[variant]]);
          const { isIsolated, isMemoryShared, threads } = report;
          assert.deepEqual([report.variant, report.isThreaded, isIsolated, isMemoryShared], [variant, ...Array(3).fill(isThreaded)]); // prettier-ignore
          assert.equal(threads, isThreaded ? 2 : 1);
          assert.deepEqual([report.violations, complaints], [[], []]);
        });

        testTraining(async () => (await visited()).report);
      });
    }
  });
}
