import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browserNames, browserOfSuite } from './support/browsers.js';
import { once } from './support/once.js';
import { STRICT } from './support/policies.js';
import { visit } from './support/visit.js';

const places = { 'on a page': 'package.html', 'in a module worker': 'package-in-worker.html' };

/** By what is asked for in the page's address. Both browsers have relaxed SIMD. */
const variants = {
  '': { variant: 'relaxed-simd', file: '/dist/depthwise.relaxed.wasm' },
  '?variant=simd': { variant: 'simd', file: '/dist/depthwise.wasm' },
};
const cases = Object.entries(places).flatMap(([place, page]) =>
  Object.entries(variants).map(([query, expected]) => ({ place, page: page + query, ...expected })),
);

for (const name of browserNames) {
  describe(`the package in ${name}, under a strict content security policy`, () => {
    const browser = browserOfSuite(name);

    for (const { place, page, variant, file } of cases) {
      describe(`${place}, as ${variant}`, () => {
        const visited = once(async () => visit(await browser(), page, { 'content-security-policy': STRICT }));

        test('computes what the definition says, forward and both gradients', async () => {
          const { report } = await visited();
          const { passes } = report;
          assert.equal(report.variant, variant);
          assert.equal(passes.length, 9);
          assert.deepEqual(
            passes.filter(({ wrong }) => wrong),
            [],
          );
        });

        test('trains a layer', async () => {
          const { losses, tensorsLeft } = (await visited()).report;
          assert.ok(losses[0] > losses[1] && losses[1] > losses[2], `${losses}`);
          assert.equal(tensorsLeft, 0);
        });

        test('fetches the wasm once, and else only scripts, and nothing from elsewhere', async () => {
          const { requests, elsewhere } = await visited();
          assert.deepEqual(elsewhere, []);
          const others = requests.filter((path) => !/\.(html|js)(\?|$)/.test(path));
          assert.deepEqual(others, [file]);
          assert.equal(new Set(requests).size, requests.length, `${requests}`);
          assert.deepEqual(
            requests.filter((path) => path.includes('node')),
            [],
          );
        });

        test('breaks no policy, and nothing is written to the console', async () => {
          const { report, complaints } = await visited();
          assert.deepEqual(report.violations, []);
          assert.deepEqual(complaints, []);
        });
      });
    }
  });
}
