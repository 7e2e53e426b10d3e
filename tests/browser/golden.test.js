// The variant without relaxed SIMD gives the same bits in browsers as in Node.
import { describe, test } from 'node:test';
import { assertGolden } from '../golden/assert-golden.js';
import { browserNames, sharedBrowser } from './support/browsers.js';
import { bundlePage } from './support/bundle-page.js';
import { once } from './support/once.js';
import { STRICT } from './support/policies.js';
import { visit } from './support/visit.js';

const bundled = once(() => bundlePage('golden.js'));

for (const name of browserNames) {
  describe(`results in ${name}`, () => {
    const browser = sharedBrowser(name);

    test('have the same bits as in Node', async () => {
      await bundled();
      const { report } = await visit(await browser(), 'golden.html', { 'content-security-policy': STRICT });
      assertGolden(report.hashes);
    });
  });
}
