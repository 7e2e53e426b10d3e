// `load({ threads: 2 })` on a page, and in a worker of a page.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertComputes } from '../package/support/assert-report.js';
import { browserNames, sharedBrowser } from './support/browsers.js';
import { once } from './support/once.js';
import { STRICT } from './support/policies.js';
import { visit } from './support/visit.js';

const POLICY = { 'content-security-policy': STRICT };
const ISOLATED = {
  ...POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const CORE = '/dist/depthwise.relaxed.wasm';
const SIDE = '/dist/depthwise-tfjs.relaxed.wasm';

const wasmOf = ({ requests }) => requests.filter((path) => path.endsWith('.wasm')).sort();

for (const name of browserNames) {
  describe(`the package on several threads in ${name}`, () => {
    const browser = sharedBrowser(name);

    for (const [place, page] of [
      ['a page', 'threads.html'],
      ['a worker', 'threads-in-worker.html'],
    ]) {
      const isolated = once(async () => visit(await browser(), page, ISOLATED));

      test(`in ${place} that is isolated: computes on two threads, with the same bits`, async () => {
        const visited = await isolated();
        const { isIsolated, isShared, areEqual, jobs, threads, after, others, violations } = visited.report;
        assert.deepEqual(threads, { count: 2, reason: 'as wanted' });
        assert.deepEqual([isIsolated, isShared, areEqual], [true, true, true]);
        assert.ok(jobs >= 10, `${jobs} jobs`);
        assert.deepEqual(after, { count: 1, reason: 'dispose was called' });
        assertComputes(others);
        assert.deepEqual(wasmOf(visited), [SIDE, CORE, CORE]);
        assert.deepEqual([violations, visited.elsewhere, visited.complaints], [[], [], []]);
      });
    }

    test('on a page that is not isolated: computes on one thread, and loads nothing for threads', async () => {
      const visited = await visit(await browser(), 'threads.html', POLICY);
      const { isShared, areEqual, jobs, threads, others } = visited.report;
      const reason = 'the page is not cross-origin isolated, so its memory cannot be shared';
      assert.deepEqual(threads, { count: 1, reason });
      assert.deepEqual([isShared, areEqual, jobs], [false, true, 0]);
      assertComputes(others);
      assert.deepEqual(wasmOf(visited), [CORE, CORE]);
    });
  });
}
