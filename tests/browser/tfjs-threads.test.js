// Threads of the kernels in TensorFlow.js on an isolated page: a policy that forbids the workers, and a hidden page.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browserNames, sharedBrowser } from './support/browsers.js';
import { bundlePage } from './support/bundle-page.js';
import { once } from './support/once.js';
import { WITH_BLOBS } from './support/policies.js';
import { visit } from './support/visit.js';

const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const bundled = once(() => bundlePage('tfjs-threads.js'));

for (const name of browserNames) {
  describe(`threads of the kernels in TensorFlow.js in ${name}`, () => {
    const browser = sharedBrowser(name);

    test('a policy that forbids the workers leaves one thread', async () => {
      await bundled();
      const headers = { ...ISOLATED, 'content-security-policy': `${WITH_BLOBS}; worker-src blob:` };
      const { report } = await visit(await browser(), 'tfjs-threads.html', headers);
      assert.equal(report.threads.count, 2);
      assert.equal(report.threadsAtEnd.count, 1);
      assert.match(report.threadsAtEnd.reason, /^a worker could not start: ./);
      assert.ok(report.areEqual);
    });

    test('a hidden page computes on threads', async () => {
      await bundled();
      const opened = await browser();
      let other;
      const visited = {
        async newPage() {
          const page = await opened.newPage();
          other = await opened.newPage();
          await other.bringToFront();
          return page;
        },
      };
      const headers = { ...ISOLATED, 'content-security-policy': WITH_BLOBS };
      const { report } = await visit(visited, 'tfjs-threads.html?hidden', headers);
      await other.close();
      assert.deepEqual([report.threads.count, report.threadsAtEnd.count], [2, 2]);
      assert.ok(report.areEqual && report.hidden);
    });
  });
}
