// The errors of `load` and `registerKernels` on a page. Each page loads from wrong addresses first, then from the right one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../../scripts/project-root.js';
import { browserNames, sharedBrowser } from './support/browsers.js';
import { bundlePage } from './support/bundle-page.js';
import { once } from './support/once.js';
import { STRICT } from './support/policies.js';
import { visit } from './support/visit.js';

const WASM = { 'content-type': 'application/wasm' };
const files = { load: '/dist/depthwise.wasm', registerKernels: '/dist/depthwise-tfjs.wasm' };

/** By address: the answer of the server, and the error after "Error in <function>: <address>". */
const answers = {
  '/app/page.wasm': {
    answer: (response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>An app</title>'),
    error:
      /^ must be WebAssembly, got '<!doctype html><title>An app<\/title>' as text\/html \(a page of HTML: the server does not have the file there\)\. Pass wasmUrl/,
  },
  '/app/missing.wasm': {
    answer: (response) => response.writeHead(404).end(),
    error: /^ could not be fetched: 404( Not Found)?\. Pass wasmUrl/,
  },
  '/app/half.wasm': {
    answer: (response, wasm) => response.writeHead(200, WASM).end(wasm.subarray(0, 50_000)),
    error: /^ could not be compiled.*: ./,
  },
  '/app/other.wasm': {
    answer: (response) => response.writeHead(200, WASM).end(Buffer.from([0, 97, 115, 109, 1, 0, 0, 0])),
    error: /^ could not be .* as this package's depthwise(-tfjs)?\.wasm: it /,
  },
  '/app/broken-off.wasm': {
    answer(response, wasm) {
      response.writeHead(200, { 'content-length': wasm.length });
      response.write(wasm.subarray(0, 50_000), () => response.destroy());
    },
    error: /^ could not be fetched: .+\. Pass wasmUrl/,
  },
  'http://127.0.0.2:9/against-the-policy.wasm': { error: /^ could not be fetched: .+\. Pass wasmUrl/ },
};
const bundled = once(() => bundlePage('load-errors.js'));

/** Returns the variants or errors of loads from these addresses. */
async function loadFrom(browser, name, addresses, policy = STRICT) {
  await bundled();
  const wasm = readFileSync(join(projectRoot, files[name]));
  const query = new URLSearchParams([['with', name], ...addresses.map((address) => ['from', address])]);
  function answer(path, response) {
    answers[path]?.answer?.(response, wasm);
    return path in answers;
  }
  const headers = { 'content-security-policy': policy };
  const { report } = await visit(browser, `load-errors.html?${query}`, headers, { answer });
  return report.answers;
}

for (const browserName of browserNames) {
  describe(`in ${browserName}`, () => {
    const browser = sharedBrowser(browserName);

    for (const [name, file] of Object.entries(files)) {
      test(`${name} says what is wrong with a wasm file, and then loads from the right address`, async () => {
        const said = await loadFrom(await browser(), name, [...Object.keys(answers), file]);
        assert.equal(said.pop(), 'simd');
        Object.entries(answers).forEach(([address, { error }], i) => {
          const [, text] = said[i].split(`Error: Error in ${name}: ${address}`);
          assert.match(text ?? said[i], error);
        });
      });

      test(`${name} names what a policy needs that forbids WebAssembly`, async () => {
        const policy = STRICT.replace(" 'wasm-unsafe-eval'", '');
        const [said] = await loadFrom(await browser(), name, [file], policy);
        assert.ok(said.startsWith(`Error: Error in ${name}: ${file} could not be compiled`), said);
        assert.match(said, /\. The policy must have 'wasm-unsafe-eval' in its script-src$/);
      });
    }
  });
}

for (const [lacks, flags] of [
  ['WebAssembly SIMD', '--no-enable-sse4-1 --no-enable-ssse3'], // V8 has no SIMD on such CPUs
  ['WebAssembly, or it is switched off', '--jitless'],
]) {
  describe(`in a Chromium without ${lacks}`, { skip: process.arch !== 'x64' }, () => {
    const browser = sharedBrowser('Chromium', [`--js-flags=${flags}`]);
    test('both functions say so', async () => {
      const needed = 'It needs Chrome 91, Firefox 89, Safari 16.4, Node 16.4 or a newer one';
      for (const [name, file] of Object.entries(files)) {
        const said = await loadFrom(await browser(), name, [file]);
        assert.deepEqual(said, [`Error: Error in ${name}: this engine has no ${lacks}. ${needed}`]);
      }
    });
  });
}
