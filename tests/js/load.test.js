// Both functions that load a wasm file: `load` and, for the kernels of TensorFlow.js, `registerKernels`.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { load } from 'depthwise-wasm';

import '../as-relaxed-simd.js';
import { load as loadOfWeb } from '../../js/index.js';
import { freePort } from '../browser/support/free-port.js';
import { anotherCopy, freshLoad, wasmBytes } from './support/another-module.js';
import { projectRoot, runInChild } from './support/child.js';
import { Random } from './support/random.js';
import { tf } from './support/tfjs.js';

const VARIANTS = ['simd', 'relaxed-simd'];
const ADVICE = /\. Pass wasmUrl, .* or wasmModule, the compiled module$/;

function assertComputes(dw) {
  const x = { data: Float32Array.of(1, 2, 3, 4), shape: [1, 2, 2, 1] };
  const y = dw.depthwiseConv2d(x, { data: Float32Array.of(1, 10), shape: [1, 2, 1, 1] });
  assert.deepEqual([...y.data], [21, 43]);
  y.dispose();
}

async function filesOf(name) {
  const path = (suffix) => new URL(`../../dist/${name}${suffix}.wasm`, import.meta.url);
  const urls = { simd: path(''), 'relaxed-simd': path('.relaxed') };
  const bytes = await Promise.all(VARIANTS.map((variant) => readFile(urls[variant])));
  return { name, urls, bytes: Object.fromEntries(VARIANTS.map((variant, i) => [variant, bytes[i]])) };
}

const files = { load: await filesOf('depthwise'), registerKernels: await filesOf('depthwise-tfjs') };

/** Each returns the function as if it was not called before, in Node and in browsers. */
const loaders = {
  load: {
    Node: () => anotherCopy('index.node.js', 'load'),
    'the web': () => anotherCopy('index.js', 'load'),
  },
  registerKernels: {
    Node: async () => withTfjs(await anotherCopy('tfjs/index.node.js', 'registerKernels')),
    'the web': async () => withTfjs(await anotherCopy('tfjs/index.js', 'registerKernels')),
  },
};

function withTfjs(register) {
  return (options) => register(tf, { kernels: [], ...options });
}

const isObject = (options) => options !== null && typeof options === 'object';

for (const [name, { Node: fresh, 'the web': freshOfWeb }] of Object.entries(loaders)) {
  const { bytes, urls, name: file } = files[name];
  const own = bytes.simd;
  const other = files[name === 'load' ? 'registerKernels' : 'load'].bytes.simd;

  /** Asserts that a load fails, and that the next load of the same function succeeds. */
  async function assertRefuses(options, ErrorType, text, loading) {
    const again = loading ?? (await fresh());
    await assert.rejects(again(options), (error) => {
      if (typeof text === 'string') assert.equal(error.message, `Error in ${name}: ${text}`);
      else assert.match(error.message, text);
      assert.equal(error.constructor, ErrorType);
      return true;
    });
    assert.equal((await again({ wasmBinary: own })).variant, 'simd');
  }

  describe(name, () => {
    test('accepts bytes: a Buffer, an ArrayBuffer, or a view of a part of one', async () => {
      const padded = new Uint8Array(own.length + 9);
      padded.set(own, 5);
      const arrayBuffer = new Uint8Array(own).buffer;
      const part = padded.subarray(5, 5 + own.length);
      for (const wasmBinary of [own, arrayBuffer, part, new DataView(arrayBuffer)]) {
        assert.equal((await (await fresh())({ wasmBinary })).variant, 'simd');
      }
    });

    test('accepts bytes and a compiled module of another realm', async () => {
      const bytesThere = runInNewContext('Uint8Array.from(bytes)', { bytes: own });
      const wasmModule = runInNewContext('new WebAssembly.Module(bytes)', { bytes: bytesThere });
      for (const source of [{ wasmBinary: bytesThere }, { wasmBinary: bytesThere.buffer }, { wasmModule }]) {
        assert.equal((await (await fresh())(source)).variant, 'simd');
      }
    });

    test('accepts an address: a string, a URL or a path', async () => {
      for (const wasmUrl of [urls.simd, urls.simd.href, urls.simd.pathname]) {
        assert.equal((await (await fresh())({ wasmUrl })).variant, 'simd');
      }
      const missing = new RegExp(`^Error in ${name}: /nowhere\\.wasm could not be fetched: ENOENT`);
      await assertRefuses({ wasmUrl: '/nowhere.wasm' }, Error, missing);
    });

    test('accepts a compiled module, which several calls may share, and refuses other values', async () => {
      const wasmModule = await WebAssembly.compile(own);
      for (let i = 0; i < 2; ++i) assert.equal((await (await fresh())({ wasmModule })).variant, 'simd');
      const text = 'wasmModule must be a WebAssembly.Module, got a Buffer';
      await assertRefuses({ wasmModule: own }, TypeError, text);
      await assertRefuses({ wasmModule: await WebAssembly.compile(other) }, Error, /wasmModule could not be /);
    });

    test('recognizes the variant of a given wasm, and refuses another than the wanted variant', async () => {
      for (const variant of VARIANTS) {
        assert.equal((await (await fresh())({ wasmBinary: bytes[variant] })).variant, variant);
      }
      assert.equal((await (await fresh())({ wasmBinary: own, variant: 'simd' })).variant, 'simd');
      const text = new RegExp(`wasmBinary could .*: it is the variant 'relaxed-simd', not 'simd' as asked for$`);
      await assertRefuses({ wasmBinary: bytes['relaxed-simd'], variant: 'simd' }, Error, text);
    });

    test('refuses options, sources and variants of another kind', async () => {
      for (const [options, text] of [
        ['simd', "options must be an object, got 'simd'"],
        [null, 'options must be an object, got null'],
        [{ variant: 'avx' }, "variant must be 'relaxed-simd' or 'simd', got 'avx'"],
        [{ variant: 1 }, "variant must be 'relaxed-simd' or 'simd', got 1"],
        [{ wasmBinary: [0, 97, 115, 109] }, 'wasmBinary must be an ArrayBuffer or a typed array, got [0,97,115,109]'],
        [{ wasmBinary: '\0asm' }, "wasmBinary must be an ArrayBuffer or a typed array, got '\0asm'"],
        [{ wasmBinary: new ArrayBuffer(0) }, "wasmBinary must be WebAssembly, got ''"],
        [{ wasmBinary: Buffer.from('export {};') }, "wasmBinary must be WebAssembly, got 'export {};'"],
        [
          { wasmBinary: Buffer.from('<!doctype html>') },
          "wasmBinary must be WebAssembly, got '<!doctype html>' (a page of HTML: the server does not have the file there)",
        ],
        [{ wasmUrl: 3 }, 'wasmUrl must be a string or a URL, got 3'],
      ]) {
        if (!isObject(options) && name !== 'load') continue; // tfjs/register.test.js
        await assertRefuses(options, TypeError, text);
      }
    });

    test('refuses a file that is cut off, damaged, empty or of another package', async () => {
      const random = new Random(7);
      const damaged = Array.from({ length: 60 }, () => {
        const copy = Uint8Array.from(own);
        for (let k = 0; k < 4; ++k) copy[random.within(8, 1400)] = random.within(0, 255);
        return copy;
      });
      const cutOff = [8, 9, 40, 500, 1200, 5000, own.length / 2, own.length - 1].map((end) => own.subarray(0, end));
      const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
      const theirs = await readFile(
        new URL(import.meta.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')),
      );
      const pattern = new RegExp(`^Error in ${name}: wasmBinary could not be `);
      let loading = await fresh();
      let refused = 0;
      for (const wasmBinary of [...cutOff, ...damaged, empty, theirs]) {
        const error = await loading({ wasmBinary }).then(
          () => undefined,
          (thrown) => thrown,
        );
        if (error) assert.match(error.message, pattern);
        else loading = await fresh(); // the damage does not matter
        refused += Number(error !== undefined);
      }
      assert.ok(refused > 20, `${refused}`);
      assert.equal((await loading({ wasmBinary: own })).variant, 'simd');
      const named = new RegExp(`^Error in ${name}: wasmBinary .* as this package's ${file}\\.wasm: `);
      await assertRefuses({ wasmBinary: other }, Error, named);
    });

    describe('fetches', () => {
      const html = '<!doctype html><title>Not found</title>';
      const answers = {
        '/right.wasm': [200, 'application/wasm', own],
        '/octets': [200, 'application/octet-stream', own],
        '/page': [200, 'text/html; charset=utf-8', html],
        '/other.wasm': [200, 'application/wasm', Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)],
        '/half.wasm': [200, 'application/wasm', own.subarray(0, 50_000)],
      };
      const server = createServer((request, response) => {
        if (request.url === '/broken-off') {
          response.writeHead(200, { 'content-length': own.length }).write(own.subarray(0, 50_000));
          return response.socket.end();
        }
        const [status, type, body] = answers[request.url] ?? [404, 'text/html', html];
        response.writeHead(status, { 'content-type': type }).end(body);
      });
      let origin;
      before(async () => {
        await once(server.listen(0, '127.0.0.1'), 'listening');
        origin = `http://127.0.0.1:${server.address().port}`;
      });
      after(() => server.close());

      for (const [place, make] of Object.entries({ Node: fresh, 'the web': freshOfWeb })) {
        test(`from a server, in ${place}, with any content type`, async () => {
          for (const path of ['/right.wasm', '/octets']) {
            assert.equal((await (await make())({ wasmUrl: origin + path })).variant, 'simd');
            assert.equal((await (await make())({ wasmUrl: new URL(path, origin) })).variant, 'simd');
          }
        });

        test(`in ${place}, and an error says what arrived instead`, async () => {
          const loading = await make();
          const page = ` must be WebAssembly, got '${html}' as text/html; charset=utf-8 (a page of HTML: the server does not have the file there)`;
          for (const [path, ErrorType, text] of [
            ['/page', TypeError, page],
            ['/missing', Error, ' could not be fetched: 404 Not Found'],
            ['/half.wasm', Error, ' could not be compiled'],
            ['/other.wasm', Error, ' could not be '],
            ['/broken-off', Error, ' could not be fetched: terminated (other side closed)'],
          ]) {
            await assert.rejects(loading({ wasmUrl: origin + path }), (error) => {
              assert.ok(error.message.startsWith(`Error in ${name}: ${origin}${path}${text}`), error.message);
              if (!path.endsWith('.wasm')) assert.match(error.message, ADVICE);
              assert.equal(error.constructor, ErrorType);
              return true;
            });
          }
          const url = `http://127.0.0.1:${await freePort()}/`;
          await assert.rejects(loading({ wasmUrl: url }), ({ message }) =>
            message.startsWith(`Error in ${name}: ${url} could not be fetched: fetch failed (connect ECONNREFUSED`),
          );
          assert.equal((await loading({ wasmUrl: `${origin}/right.wasm` })).variant, 'simd');
        });
      }
    });

    test('has variants with the same imports and exports', () => {
      const modules = VARIANTS.map((variant) => new WebAssembly.Module(bytes[variant]));
      for (const kind of ['imports', 'exports']) {
        const [plain, relaxed] = modules.map((module) => WebAssembly.Module[kind](module));
        assert.deepEqual(relaxed, plain);
      }
    });

    test('explains that the environment compiles no bytes, and points to wasmModule', async () => {
      const { compile } = WebAssembly;
      WebAssembly.compile = () =>
        Promise.reject(
          new WebAssembly.CompileError('WebAssembly.compile(): Wasm code generation disallowed by embedder'),
        );
      try {
        await assert.rejects((await fresh())({ wasmBinary: own }), ({ message }) => {
          assert.ok(message.startsWith(`Error in ${name}: wasmBinary could not be compiled`), message);
          assert.match(message, /disallowed by embedder\. .*wasmModule/);
          return true;
        });
      } finally {
        WebAssembly.compile = compile;
      }
    });

    test('explains that import.meta.url is not an address, unless a wasm is given', () => {
      // esbuild and webpack write such bundles for CommonJS.
      const entry = name === 'load' ? 'js/index.js' : 'js/tfjs/index.js';
      const output = runInChild(`
        import { build } from 'esbuild';
        import { readFileSync } from 'node:fs';
        const { outputFiles } = await build({
          ...{ entryPoints: ['${entry}'], bundle: true, format: 'cjs', platform: 'node', write: false, logLevel: 'silent' },
        });
        const module = { exports: {} };
        new Function('module', 'exports', 'require', outputFiles[0].text)(module, module.exports, () => {});
        const names = ['registerKernel', 'unregisterKernel', 'getKernel', 'registerGradient', 'getGradient'];
        const tf = {
          ...Object.fromEntries(names.map((name) => [name, () => {}])),
          ...{ findBackendFactory: () => true, findBackend() {}, getKernelsForBackend: () => [], engine: () => ({}) },
        };
        const start = (options) => '${name}' === 'load'
          ? module.exports.load(options)
          : module.exports.registerKernels({ ...tf, getBackend() {}, version_core: '4.22.0' }, { kernels: [], ...options });
        console.log(await start({}).then(() => 'loaded', String));
        const wasmBinary = readFileSync('dist/${file}.wasm');
        console.log(await start({ wasmBinary }).then(() => 'loaded', String));
      `);
      const [error, loaded] = output.trim().split('\n');
      const text = 'the wasm file has no address, because import.meta.url is not an address here. Pass wasmUrl';
      assert.ok(error.startsWith(`Error: Error in ${name}: ${text}`), error);
      assert.match(error, /wasmUrl.*wasmBinary.*wasmModule/);
      assert.equal(loaded, 'loaded');
    });
  });
}

test('load returns the same module for every call, whatever the options', async () => {
  const [first, second] = await Promise.all([load(), load()]);
  assert.equal(first, second);
  assert.equal(await load({ wasmUrl: 'file:///nowhere.wasm' }), first);
  assert.equal(await load({ variant: 'simd' }), first);
  assertComputes(first);
});

test('the entry for the web computes in Node with given bytes', async () => {
  assertComputes(await loadOfWeb({ wasmBinary: await wasmBytes() }));
});

test('modules that share a compiled module have memories of their own', async () => {
  const wasmModule = await WebAssembly.compile(await wasmBytes());
  const modules = await Promise.all(Array.from({ length: 3 }, () => freshLoad()({ wasmModule })));
  const tensors = modules.map((dw, i) => dw.tensor(new Float32Array(1 << (18 + i)).fill(i), [1 << (18 + i)]));
  assert.equal(new Set(tensors.map(({ data }) => data.buffer)).size, 3);
  modules.forEach((dw, i) => {
    assert.equal(dw.memory().numTensors, 1);
    assert.equal(dw.memory().numBytes, 4 << (18 + i));
    assert.ok(tensors[i].data.every((value) => value === i));
    assertComputes(dw);
  });
});

test('a process that has computed ends without a call to end it', () => {
  runInChild(`
    import { load } from 'depthwise-wasm';
    const dw = await load();
    dw.tensor(new Float32Array(1), [1]);
  `);
});

describe('the engine', () => {
  /** Returns the variant or the error of some loads in a Node with an engine. */
  function answersIn(engine) {
    const source = `
      import { readFile } from 'node:fs/promises';
      import { anotherCopy } from './tests/js/support/another-module.js';
      import { tf } from './tests/js/support/tfjs.js';
      const answer = (promise) => promise.then(({ variant }) => variant, ({ message }) => message);
      const binary = { wasmBinary: await readFile('dist/depthwise.relaxed.wasm') };
      const answers = [];
      for (const options of [{}, { variant: 'simd' }, { variant: 'relaxed-simd' }, binary]) {
        answers.push(await answer((await anotherCopy('index.node.js', 'load'))(options)));
      }
      for (const options of [{ variant: 'relaxed-simd' }, {}]) {
        answers.push(await answer((await anotherCopy('tfjs/index.node.js', 'registerKernels'))(tf, options)));
      }
      console.log(JSON.stringify(answers));
      process.exit();
    `;
    return JSON.parse(runInChild(source, { engine }));
  }

  test('with relaxed SIMD loads that variant by default', () => {
    const relaxed = 'relaxed-simd';
    assert.deepEqual(answersIn('relaxed-simd'), [relaxed, 'simd', relaxed, relaxed, relaxed, relaxed]);
  });

  test('without relaxed SIMD loads the other variant, and an error says what the wanted one needs', () => {
    const refusal = (name) =>
      `Error in ${name}: this engine has no relaxed SIMD, which the variant 'relaxed-simd' needs. ` +
      "Node 20 has it with --experimental-wasm-relaxed-simd, newer ones without; the variant 'simd' needs none";
    const [first, second, third, fourth, fifth, sixth] = answersIn('simd');
    assert.deepEqual([first, second, third], ['simd', 'simd', refusal('load')]);
    assert.deepEqual([fifth, sixth], [refusal('registerKernels'), 'simd']);
    // Newer versions of Node compile it whatever the probe answers.
    if (process.version.startsWith('v20.')) assert.equal(fourth, refusal('load'));
  });

  const NEEDED = 'It needs Chrome 91, Firefox 89, Safari 16.4, Node 16.4 or a newer one';
  for (const [lacks, flags] of [
    ['WebAssembly SIMD', ['--no-enable-sse4-1', '--no-enable-ssse3']], // V8 has no SIMD on such CPUs
    ['WebAssembly, or it is switched off', ['--jitless']],
  ]) {
    test(`without ${lacks}: both functions say so`, { skip: process.arch !== 'x64' }, () => {
      const source = `
        import { load } from 'depthwise-wasm';
        import { registerKernels } from 'depthwise-wasm/tfjs';
        import * as tf from '@tensorflow/tfjs-core';
        import '@tensorflow/tfjs-backend-cpu';
        for (const loading of [load(), registerKernels(tf, { backend: 'cpu', kernels: [] })]) {
          console.log(await loading.then(() => 'it runs', String));
        }
      `;
      const args = [...flags, '--input-type=module', '--eval', source];
      const output = execFileSync(process.execPath, args, { cwd: projectRoot, encoding: 'utf8', stdio: 'pipe' });
      const errors = Object.keys(loaders).map(
        (name) => `Error: Error in ${name}: this engine has no ${lacks}. ${NEEDED}`,
      );
      assert.deepEqual(output.trimEnd().split('\n'), errors);
    });
  }
});
