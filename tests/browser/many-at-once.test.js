import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browserNames, browserOfSuite } from './support/browsers.js';
import { once } from './support/once.js';
import { STRICT } from './support/policies.js';
import { visit } from './support/visit.js';

for (const name of browserNames) {
  describe(`four workers and two modules on a page in ${name}, of one compiled module`, () => {
    const browser = browserOfSuite(name);
    const visited = once(async () =>
      visit(await browser(), 'many-at-once.html', { 'content-security-policy': STRICT }),
    );

    test('all compute the same, at the same time, and leave nothing', async () => {
      const { report } = await visited();
      assert.deepEqual(report.variants, ['simd']);
      assert.equal(report.results, 6 * 20);
      assert.equal(report.different, 1);
      assert.deepEqual(report.tensorsLeft, Array(6).fill(0));
    });

    test('a tensor of one module is refused by the other', async () => {
      const { report } = await visited();
      assert.equal(report.foreign, "Error in depthwiseConv2d: x must be a tensor of this module, got another module's");
    });

    test('the wasm is fetched once, no policy is broken, and nothing is written to the console', async () => {
      const { report, requests, complaints } = await visited();
      assert.equal(requests.filter((path) => path.endsWith('.wasm')).length, 1);
      assert.deepEqual(report.violations, []);
      assert.deepEqual(complaints, []);
    });
  });
}
