// What both functions that load a wasm say of files that are not what they should be: cut off anywhere, damaged, or the other one's; and of
// engines that cannot run them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';

import { fetchBytes } from '../../js/fetch-bytes.node.js';
import { makeRegisterKernels } from '../../js/tfjs/register.js';
import { freshLoad, wasmBytes } from './support/another-module.js';
import { projectRoot } from './support/child.js';
import { Random } from './support/random.js';
import { tf } from './support/tfjs.js';

const tfjsWasm = new URL('../../dist/depthwise-tfjs.wasm', import.meta.url);
const tfjsUrls = { simd: tfjsWasm, 'relaxed-simd': tfjsWasm };

/** Each function as if for the first time, with the bytes of its file and of the one that is not for it. */
const loaders = {
  load: { make: freshLoad, own: await wasmBytes(), other: await readFile(tfjsWasm) },
  registerKernels: {
    make() {
      const register = makeRegisterKernels({ wasmUrls: tfjsUrls, fetchBytes });
      return (options) => register(tf, { kernels: [], ...options });
    },
    own: await readFile(tfjsWasm),
    other: await wasmBytes(),
  },
};

for (const [name, { make, own, other }] of Object.entries(loaders)) {
  describe(`${name}, given`, () => {
    const rejection = (wasmBinary) => make()({ wasmBinary }).then(() => 'it was taken', String);

    test('a file that is cut off anywhere, says so', async () => {
      const withoutEnd = []; // between two sections: WebAssembly, as far as that goes
      for (let length = 8; length < own.length; length += length < 1500 ? 1 : 997) {
        const text = await rejection(own.subarray(0, length));
        assert.match(text, new RegExp(`^\\w*Error: Error in ${name}: wasmBinary could not be `));
        if (!text.endsWith(`: it ends after ${length} bytes, and a part is missing`)) withoutEnd.push(length);
      }
      assert.ok(withoutEnd.length > 3 && withoutEnd.length < 12, `${withoutEnd}`);
    });

    test('a file that is damaged where it says what it imports and exports, and the next call has it whole', async () => {
      const random = new Random(7);
      let load = make();
      let refused = 0;
      for (let i = 0; i < 200; ++i) {
        const wasmBinary = Uint8Array.from(own);
        for (let k = 0; k < 4; ++k) wasmBinary[random.within(8, 1400)] = random.within(0, 255);
        const text = await load({ wasmBinary }).then(() => '', String);
        if (text) assert.match(text, new RegExp(`^\\w*Error: Error in ${name}: wasmBinary could not be `));
        refused += Number(text !== '');
        if (!text) load = make();
      }
      assert.ok(refused > 20);
      assert.equal((await load({ wasmBinary: own })).variant, 'simd');
    });

    test("the other function's file, names its own", async () => {
      const file = name === 'load' ? 'depthwise' : 'depthwise-tfjs';
      assert.match(
        await rejection(other),
        new RegExp(`^Error: Error in ${name}: wasmBinary .* as this package's ${file}\\.wasm: `),
      );
    });
  });
}

// tests/js/load.test.js has the same for `load`.
describe('registerKernels, from a server,', () => {
  const { make, own } = loaders.registerKernels;
  const advice = '. Pass wasmUrl, where the file is, or wasmBinary, its bytes';
  const answers = {
    '/page': [
      '<!doctype html>',
      ` must be WebAssembly, got '<!doctype html>' as text/html (a page of HTML: the server does not have the file there)${advice}`,
    ],
    '/missing': [undefined, ` could not be fetched: 404 Not Found${advice}`],
    '/half.wasm': [
      own.subarray(0, 50_000),
      " could not be compiled as this package's depthwise-tfjs.wasm: it ends after 50000 bytes, and a part is missing",
    ],
    '/other.wasm': [
      Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0),
      " could not be compiled as this package's depthwise-tfjs.wasm: it has no imports",
    ],
  };
  const server = createServer(({ url }, response) => {
    const body = url === '/depthwise-tfjs.wasm' ? own : answers[url][0];
    response.writeHead(body ? 200 : 404, { 'content-type': 'text/html' }).end(body);
  });
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  test('says what came in its place, and takes what is right', async () => {
    const origin = `http://127.0.0.1:${server.address().port}`;
    const register = make();
    for (const [path, [, text]] of Object.entries(answers)) {
      await assert.rejects(register({ wasmUrl: origin + path }), {
        message: `Error in registerKernels: ${origin}${path}${text}`,
      });
    }
    assert.equal((await register({ wasmUrl: `${origin}/depthwise-tfjs.wasm` })).variant, 'simd');
  });
});

/** What both functions say in a Node that is started with these options. */
function errorsIn(nodeOptions) {
  const source = `
    import { load } from 'depthwise-wasm';
    import { registerKernels } from 'depthwise-wasm/tfjs';
    import * as tf from '@tensorflow/tfjs-core';
    import '@tensorflow/tfjs-backend-cpu';
    const options = { backend: 'cpu', kernels: [] };
    for (const loading of [load(), registerKernels(tf, options)]) {
      console.log(await loading.then(() => 'it runs', String));
    }
  `;
  const args = [...nodeOptions, '--input-type=module', '--eval', source]; // and none of this process, which has an engine to play
  return execFileSync(process.execPath, args, { cwd: projectRoot, encoding: 'utf8', stdio: 'pipe' })
    .trimEnd()
    .split('\n');
}

const NEEDED = 'It needs Chrome 91, Firefox 89, Safari 16.4, Node 16.4 or a newer one';

test('an engine without SIMD is told what it lacks, and which have it', { skip: process.arch !== 'x64' }, () => {
  // On CPUs without these instructions V8 has no SIMD.
  const lacks = `this engine has no WebAssembly SIMD. ${NEEDED}`;
  assert.deepEqual(errorsIn(['--no-enable-sse4-1', '--no-enable-ssse3']), [
    `Error: Error in load: ${lacks}`,
    `Error: Error in registerKernels: ${lacks}`,
  ]);
});

test('an engine without WebAssembly too', () => {
  const lacks = `this engine has no WebAssembly, or it is switched off. ${NEEDED}`;
  assert.deepEqual(errorsIn(['--jitless']), [
    `Error: Error in load: ${lacks}`,
    `Error: Error in registerKernels: ${lacks}`,
  ]);
});
