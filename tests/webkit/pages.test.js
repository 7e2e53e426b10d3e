// The package and its kernels in TensorFlow.js in WebKit, the engine of Safari. The pages are those of tests/browser/pages. WebDriver reports
// no requests and no messages of the console, so these tests check only what the pages report.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bundlePage } from '../browser/support/bundle-page.js';
import { once } from '../browser/support/once.js';
import { STRICT, WITH_BLOBS } from '../browser/support/policies.js';
import { openSite } from '../browser/support/site.js';
import { testTraining } from '../browser/training/test-training.js';
import { assertGolden } from '../golden/assert-golden.js';
import { assertComputes } from '../package/support/assert-report.js';
import { webKitOfSuite } from './webkit.js';

const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** WebKitGTK gives pages no SharedArrayBuffer, also not to isolated ones. With this option of JavaScriptCore it does, as Safari does. */
const WITH_SHARED_MEMORY = { JSC_useSharedArrayBuffer: 'true' };

/** Opens a page of tests/browser/pages, and returns its report. */
async function visit(browser, page, headers) {
  const site = await openSite(headers);
  try {
    await browser.open(`${site.origin}/tests/browser/pages/${page}`);
    await browser.waitFor(() => Boolean(globalThis.report));
    const report = await browser.evaluate(() => globalThis.report);
    if (report.error) throw new Error(`${page}: ${report.error}`);
    // The policy forbids the icon that WebKit asks for, whatever the page.
    const violations = report.violations.filter((text) => !text.endsWith('/favicon.ico'));
    assert.deepEqual(violations, []);
    return report;
  } finally {
    site.close();
  }
}

describe('in WebKit', () => {
  const browser = webKitOfSuite();
  const strict = { 'content-security-policy': STRICT };

  for (const [place, page] of [
    ['a page', 'package.html'],
    ['a module worker', 'package-in-worker.html'],
  ]) {
    test(`the package computes all passes and trains a layer in ${place}, in each variant of the engine`, async () => {
      for (const query of ['', '?variant=simd']) {
        const report = await visit(await browser(), page + query, strict);
        assert.ok(query === '' || report.variant === 'simd');
        assertComputes(report);
        const [first, second, third] = report.losses;
        assert.ok(first > second && second > third, `${report.losses}`);
        assert.equal(report.tensorsLeft, 0);
      }
    });
  }

  test('results have the same bits as in Node', async () => {
    await bundlePage('golden.js');
    assertGolden((await visit(await browser(), 'golden.html', strict)).hashes);
  });

  describe('TensorFlow.js with the kernels', () => {
    const report = once(async () => {
      await bundlePage('tfjs.js');
      return visit(await browser(), 'tfjs.html', strict);
    });

    test('runs on the wasm backend on one thread', async () => {
      const { isThreaded, threads } = await report();
      assert.deepEqual([isThreaded, threads], [false, 1]);
    });

    testTraining(report);
  });
});

describe('in WebKit with shared memory', () => {
  const browser = webKitOfSuite(WITH_SHARED_MEMORY);

  test('the package computes on two threads, with the same bits', async () => {
    for (const page of ['threads.html', 'threads-in-worker.html']) {
      const report = await visit(await browser(), page, { ...ISOLATED, 'content-security-policy': STRICT });
      const { isIsolated, isShared, areEqual, jobs, threads, others } = report;
      assert.deepEqual([isIsolated, isShared, areEqual], [true, true, true]);
      assert.deepEqual(threads, { count: 2, reason: 'as wanted' });
      assert.ok(jobs >= 10, `${jobs} jobs`);
      assertComputes(others);
    }
  });

  describe('TensorFlow.js with the kernels', () => {
    const report = once(async () => {
      await bundlePage('tfjs.js');
      return visit(await browser(), 'tfjs.html', { ...ISOLATED, 'content-security-policy': WITH_BLOBS });
    });

    test('runs on the threaded build of the wasm backend', async () => {
      const { isThreaded, isMemoryShared, threads } = await report();
      assert.deepEqual([isThreaded, isMemoryShared, threads], [true, true, 2]);
    });

    testTraining(report);
  });
});
