// What `load` and `registerKernels` say on a page where the wasm is not what it should be, or cannot be run; and that they can be called
// again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../../scripts/project-root.js';
import { browserNames, browserOfSuite } from './support/browsers.js';
import { bundlePage } from './support/bundle-page.js';
import { once } from './support/once.js';
import { STRICT } from './support/policies.js';
import { visit } from './support/visit.js';

const ADVICE = '. Pass wasmUrl, where the file is, or wasmBinary, its bytes';
const HALF = 50_000;

/** What a server may do to a file, and what is then said. */
const answers = {
  '/app/page.wasm': {
    body: () => '<!doctype html><title>An app</title>',
    headers: { 'content-type': 'text/html' },
    says: /^TypeError: Error in NAME: URL must be WebAssembly, got '<!doctype html><title>An app<\/title>' as text\/html \(a page of HTML: the server does not have the file there\)ADVICE$/,
  },
  '/app/missing.wasm': {
    status: 404,
    says: /^Error: Error in NAME: URL could not be fetched: 404( Not Found)?ADVICE$/,
  },
  '/app/half.wasm': {
    body: (wasm) => wasm.subarray(0, HALF),
    says: /^Error: Error in NAME: URL could not be compiled.*: it ends after 50000 bytes, and a part is missing$/,
  },
  '/app/other.wasm': {
    body: () => Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]),
    says: /^Error: Error in NAME: URL could not be .* as this package's depthwise(-tfjs)?\.wasm: it .*$/,
  },
  '/app/broken-off.wasm': { isBrokenOff: true, says: /^Error: Error in NAME: URL could not be fetched: .+ADVICE$/ },
  '/app/no-answer.wasm': { isHungUp: true, says: /^Error: Error in NAME: URL could not be fetched: .+ADVICE$/ },
  'http://127.0.0.2:9/against-the-policy.wasm': { says: /^Error: Error in NAME: URL could not be fetched: .+ADVICE$/ },
};
const files = { load: '/dist/depthwise.wasm', registerKernels: '/dist/depthwise-tfjs.wasm' };
const bundled = once(() => bundlePage('load-errors.js'));

/** Visits the page, whose server does to the file what `answers` says. */
async function visitWith(browser, name, addresses, policy = STRICT) {
  await bundled();
  const wasm = readFileSync(join(projectRoot, files[name]));
  const query = new URLSearchParams([['with', name], ...addresses.map((address) => ['from', address])]);
  function answer(path, response) {
    if (!answers[path]) return false;
    const {
      status = 200,
      headers = { 'content-type': 'application/wasm' },
      body,
      isBrokenOff,
      isHungUp,
    } = answers[path];
    if (isHungUp) response.destroy();
    else if (isBrokenOff) {
      response.writeHead(200, { 'content-length': wasm.length });
      response.write(wasm.subarray(0, HALF), () => response.destroy());
    } else response.writeHead(status, headers).end(body?.(wasm));
    return true;
  }
  const visited = await visit(browser, `load-errors.html?${query}`, { 'content-security-policy': policy }, { answer });
  return visited.report.answers;
}

for (const browserName of browserNames) {
  describe(`in ${browserName}, where the wasm is not what it should be,`, () => {
    const browser = browserOfSuite(browserName);

    for (const [name, file] of Object.entries(files)) {
      test(`${name} says what came in its place, and loads it when told where it is`, async () => {
        const said = await visitWith(await browser(), name, [...Object.keys(answers), file]);
        assert.equal(said.pop(), 'simd');
        Object.entries(answers).forEach(([address, { says }], i) => {
          const pattern = says.source
            .replace('NAME', name)
            .replace('URL', escaped(address))
            .replace('ADVICE', escaped(ADVICE));
          assert.match(said[i], new RegExp(pattern));
        });
      });

      test(`${name} says what the policy lacks that forbids WebAssembly`, async () => {
        const policy = STRICT.replace(" 'wasm-unsafe-eval'", '');
        const [said] = await visitWith(await browser(), name, [file], policy);
        assert.match(said, new RegExp(`^Error: Error in ${name}: ${file} could not be compiled`));
        assert.match(said, /\. The policy must have 'wasm-unsafe-eval' in its script-src$/);
      });
    }
  });
}

describe('in a Chromium', () => {
  const NEEDED = 'It needs Chrome 91, Firefox 89, Safari 16.4, Node 16.4 or a newer one';
  for (const [title, flags, lacks] of [
    // On CPUs without these instructions V8 has no SIMD.
    ['without SIMD', '--no-enable-sse4-1 --no-enable-ssse3', 'WebAssembly SIMD'],
    ['without WebAssembly', '--jitless', 'WebAssembly, or it is switched off'],
  ]) {
    describe(title, () => {
      const browser = browserOfSuite('Chromium', [`--js-flags=${flags}`]);
      for (const name of Object.keys(files)) {
        test(`${name} says what it lacks`, { skip: process.arch !== 'x64' }, async () => {
          const said = await visitWith(await browser(), name, [files[name]]);
          assert.deepEqual(said, [`Error: Error in ${name}: this engine has no ${lacks}. ${NEEDED}`]);
        });
      }
    });
  }
});

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
