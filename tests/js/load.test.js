import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { load } from 'depthwise-wasm';

import { freshLoad, wasmBytes } from './support/another-module.js';
import { load as loadForWeb } from '../../js/index.js';
import { load as nodeLoad } from '../../js/index.node.js';

const bytes = await wasmBytes();

/** That the module computes. */
function assertWorks(dw) {
  const x = { data: new Float32Array([1, 2, 3, 4]), shape: [1, 2, 2, 1] };
  const y = dw.depthwiseConv2d(x, { data: new Float32Array([1, 10]), shape: [1, 2, 1, 1] });
  assert.deepEqual([...y.data], [21, 43]);
  y.dispose();
}

const ADVICE = '. Pass wasmUrl, where the file is, or wasmBinary, its bytes';

/** That a load fails with this text after "Error in load: ", and that the same `load` succeeds afterwards. */
async function assertRefuses(options, ErrorType, text, load = freshLoad()) {
  await assertFails(load, options, ErrorType, text);
  assertWorks(await load({ wasmBinary: bytes }));
}

async function assertFails(load, options, ErrorType, text) {
  await assert.rejects(load(options), (error) => {
    if (text instanceof RegExp) assert.match(error.message, text);
    else assert.equal(error.message, `Error in load: ${text}`);
    assert.equal(error.constructor, ErrorType);
    return true;
  });
}

test('loading gives a module that computes and says which variant it is', async () => {
  const dw = await load();
  assert.equal(dw.variant, WebAssembly.validate(await wasmBytes('relaxed-simd')) ? 'relaxed-simd' : 'simd');
  assertWorks(dw);
});

test('later calls give the same module, whatever their options', async () => {
  assert.equal(nodeLoad, load);
  const [first, second] = await Promise.all([load(), load()]);
  assert.equal(first, second);
  assert.equal(await load({ wasmUrl: 'file:///nowhere.wasm' }), first);
  assert.equal(await load({ variant: 'simd' }), first);
});

test('modules that were loaded apart have memories of their own', async () => {
  const [a, b] = await Promise.all([freshLoad()(), freshLoad()()]);
  a.tensor(new Float32Array([1]), [1]);
  assert.deepEqual([a.memory().numTensors, b.memory().numTensors], [1, 0]);
});

describe('the wasm may be given', () => {
  test('as bytes: a Buffer, an ArrayBuffer, or a view of a part of one', async () => {
    const padded = new Uint8Array(bytes.length + 9);
    padded.set(bytes, 5);
    const arrayBuffer = new Uint8Array(bytes).buffer;
    const part = padded.subarray(5, 5 + bytes.length);
    for (const wasmBinary of [bytes, arrayBuffer, part, new DataView(arrayBuffer)]) {
      assertWorks(await freshLoad()({ wasmBinary }));
    }
  });

  test('as a compiled module, which several may share', async () => {
    const wasmModule = await WebAssembly.compile(bytes);
    const [a, b] = await Promise.all([freshLoad()({ wasmModule }), freshLoad()({ wasmModule })]);
    assert.notEqual(a, b);
    assertWorks(a);
    assertWorks(b);
  });

  test('of the variant that is asked for', async () => {
    assertWorks(await freshLoad()({ variant: 'simd', wasmBinary: bytes }));
  });
});

for (const [name, option, ErrorType, text] of [
  ['options that are no object', 'simd', TypeError, "options must be an object, got 'simd'"],
  ['options that are null', null, TypeError, 'options must be an object, got null'],
  ['an unknown variant', { variant: 'avx' }, TypeError, "variant must be 'relaxed-simd' or 'simd', got 'avx'"],
  ['a variant that is not a name', { variant: 1 }, TypeError, "variant must be 'relaxed-simd' or 'simd', got 1"],
  [
    'bytes as a plain array',
    { wasmBinary: [0, 97, 115, 109] },
    TypeError,
    'wasmBinary must be an ArrayBuffer or a typed array, got [0,97,115,109]',
  ],
  [
    'bytes as text',
    { wasmBinary: '\0asm' },
    TypeError,
    "wasmBinary must be an ArrayBuffer or a typed array, got '\0asm'",
  ],
  ['no bytes at all', { wasmBinary: new ArrayBuffer(0) }, TypeError, "wasmBinary must be WebAssembly, got ''"],
  [
    'bytes of something else',
    { wasmBinary: Buffer.from('export {};') },
    TypeError,
    "wasmBinary must be WebAssembly, got 'export {};'",
  ],
  [
    'bytes that end too early',
    { wasmBinary: bytes.subarray(0, 50_000) },
    Error,
    'wasmBinary could not be compiled: it ends after 50000 bytes, and a part is missing',
  ],
  [
    'bytes that are damaged',
    { wasmBinary: Buffer.concat([bytes.subarray(0, 8), Buffer.from([99, 1, 0])]) },
    Error,
    /^Error in load: wasmBinary could not be compiled: WebAssembly\.compile\(\): /,
  ],
  [
    'a module that is not compiled',
    { wasmModule: bytes },
    TypeError,
    'wasmModule must be a WebAssembly.Module, got a Buffer',
  ],
  ['a URL that is a number', { wasmUrl: 3 }, TypeError, 'wasmUrl must be a string or a URL, got 3'],
]) {
  test(`${name} cannot be loaded, and the next load succeeds`, () => assertRefuses(option, ErrorType, text));
}

test('WebAssembly that is not this package is refused', async () => {
  const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
  const text = (name) =>
    new RegExp(`^Error in load: ${name} could not be started as this package's depthwise\\.wasm: `);
  await assertRefuses({ wasmBinary: empty }, Error, text('wasmBinary'));
  await assertRefuses({ wasmModule: await WebAssembly.compile(empty) }, Error, text('wasmModule'));
});

describe('the wasm may be fetched', () => {
  const html = '<!doctype html><title>Not found</title>';
  const answers = {
    '/depthwise.wasm': [200, 'application/wasm', bytes],
    '/octets': [200, 'application/octet-stream', bytes],
    '/page': [200, 'text/html; charset=utf-8', html],
    '/other.wasm': [200, 'application/wasm', new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])],
    '/half.wasm': [200, 'application/wasm', bytes.subarray(0, 50_000)],
  };
  const server = createServer((request, response) => {
    if (request.url === '/broken-off') {
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 50_000));
      return response.socket.end();
    }
    const [status, type, body] = answers[request.url] ?? [404, 'text/html', html];
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  let origin;
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => server.close());

  const loads = { Node: loadWith('../../js/index.node.js'), 'the web': loadWith('../../js/index.js') };
  for (const [name, makeLoad] of Object.entries(loads)) {
    test(`from a server, in ${name}, whatever it calls the file`, async () => {
      for (const path of ['/depthwise.wasm', '/octets']) {
        assertWorks(await (await makeLoad())({ wasmUrl: origin + path }));
        assertWorks(await (await makeLoad())({ wasmUrl: new URL(path, origin) }));
      }
    });

    test(`and in ${name} an error says what came in its place`, async () => {
      const load = await makeLoad();
      for (const [path, ErrorType, text] of [
        [
          'page',
          TypeError,
          ` must be WebAssembly, got '${html}' as text/html; charset=utf-8 (a page of HTML: the server does not have the file there)${ADVICE}`,
        ],
        ['missing', Error, ` could not be fetched: 404 Not Found${ADVICE}`],
        ['half.wasm', Error, ' could not be compiled: it ends after 50000 bytes, and a part is missing'],
        ['other.wasm', Error, " could not be started as this package's depthwise.wasm: it is not from this package"],
        ['broken-off', Error, ` could not be fetched: terminated (other side closed)${ADVICE}`],
      ]) {
        await assertFails(load, { wasmUrl: `${origin}/${path}` }, ErrorType, `${origin}/${path}${text}`);
      }
      const nobody = await portOfNobody();
      const refused = ` could not be fetched: fetch failed (connect ECONNREFUSED 127.0.0.1:${nobody})${ADVICE}`;
      const wasmUrl = `http://127.0.0.1:${nobody}/`;
      await assertFails(load, { wasmUrl }, Error, wasmUrl + refused);
      assertWorks(await load({ wasmUrl: `${origin}/depthwise.wasm` }));
    });
  }

  test('from a file, in Node, by URL or path', async () => {
    const url = new URL('../../dist/depthwise.wasm', import.meta.url);
    for (const wasmUrl of [url, url.href, url.pathname]) assertWorks(await (await loads.Node())({ wasmUrl }));
    const missing = /^Error in load: \/nowhere\.wasm could not be fetched: ENOENT/;
    await assertRefuses({ wasmUrl: '/nowhere.wasm' }, Error, missing, await loads.Node());
  });
});

/** A port that was free a moment ago. */
async function portOfNobody() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An entry of the package as if for the first time: its `load` has not been called. */
function loadWith(entry) {
  let copies = 0;
  return async () => (await import(`${entry}?copy=${++copies}`)).load;
}

test('the entry for the web works in Node too, where it is given the bytes', async () => {
  assertWorks(await loadForWeb({ wasmBinary: bytes }));
});
