// What both functions that load a wasm say of files that are not what they should be: cut off anywhere, damaged, or the other one's; and of
// engines that cannot run them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';

import { fetchBytes } from '../../js/fetch-bytes.node.js';
import { makeRegisterKernels } from '../../js/tfjs/register-kernels.js';
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
