import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertComputes } from '../package/support/assert-report.js';
import { browserNames, sharedBrowser } from './support/browsers.js';
import { once } from './support/once.js';
import { STRICT } from './support/policies.js';
import { visit } from './support/visit.js';

const places = { 'on a page': 'package.html', 'in a module worker': 'package-in-worker.html' };

/** By the query of the page's address. Both browsers run relaxed SIMD. */
const variants = {
  '': { variant: 'relaxed-simd', file: '/dist/depthwise.relaxed.wasm' },
  '?variant=simd': { variant: 'simd', file: '/dist/depthwise.wasm' },
};

for (const name of browserNames) {
  describe(`the package in ${name}, with a strict content security policy`, () => {
    const browser = sharedBrowser(name);

    for (const [place, page] of Object.entries(places)) {
      for (const [query, { variant, file }] of Object.entries(variants)) {
        const visited = once(async () => visit(await browser(), page + query, { 'content-security-policy': STRICT }));

        test(`${place}, as ${variant}: computes all passes and trains a layer`, async () => {
          const { report } = await visited();
          assert.equal(report.variant, variant);
          assertComputes(report);
          const [first, second, third] = report.losses;
          assert.ok(first > second && second > third, `${report.losses}`);
          assert.equal(report.tensorsLeft, 0);
        });

        test(`${place}, as ${variant}: fetches one wasm file, and violates no policy`, async () => {
          const { report, requests, elsewhere, complaints } = await visited();
          const others = requests.filter((path) => !/\.(html|js)(\?|$)/.test(path));
          assert.deepEqual([others, elsewhere, report.violations, complaints], [[file], [], [], []]);
          assert.equal(new Set(requests).size, requests.length, `${requests}`);
          assert.ok(!requests.some((path) => path.includes('node')), `${requests}`);
        });
      }
    }
  });
}
