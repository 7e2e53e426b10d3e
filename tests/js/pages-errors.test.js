// Checks that the messages in the tables of docs/guide/errors.md and docs/guide/install.md are those of the package.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';
import { filesUnder } from '../../scripts/test/files-under.js';
import { loadAnotherModule } from './support/another-module.js';
import { projectRoot } from './support/child.js';

const dw = await load();
const x = { data: new Float32Array(16), shape: [1, 4, 4, 1] };
const filter = { data: new Float32Array(9), shape: [3, 3, 1, 1] };
const disposed = dw.tensor(x.data, x.shape);
disposed.dispose();
const foreign = (await loadAnotherModule()).tensor(x.data, x.shape);
const built = new dw.DepthwiseConv2D({ kernelSize: 3, inputShape: [4, 4, 1] });
built.build();

const CALLS = {
  'must have 4 dimensions [height, width, …]': () => dw.depthwiseConv2d(x, { data: filter.data, shape: [3, 3, 1] }),
  'must have … elements for shape': () => dw.tensor(new Float32Array(3), [2, 2]),
  'must be a Float32Array': () => dw.tensor([1, 2, 3], [3]),
  'must be a live tensor, got one that is disposed': () => dw.depthwiseConv2d(disposed, filter),
  'must be a tensor of this module': () => dw.depthwiseConv2d(foreign, filter),
  'filter must not be larger than the padded input': () =>
    dw.depthwiseConv2d(x, { data: new Float32Array(25), shape: [5, 5, 1, 1] }),
  'dimRoundingMode goes with a numeric pad only': () =>
    dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs: { pad: 'same', dimRoundingMode: 'ceil' } }),
  'backward must follow a call with training': () => built.backward(x),
  'must have at most 1073741824 elements (4 GiB)': () => dw.tensor(new Float32Array(1), [2 ** 16, 2 ** 16]),
};

const page = readFileSync(new URL('../../docs/guide/errors.md', import.meta.url), 'utf8');
const messages = [...page.matchAll(/^\| `([^`]+)`|: `(must have at most[^`]+)`/gm)].map(([, row, text]) => row ?? text);

test('each message of the page has a call', () => assert.deepEqual(messages, Object.keys(CALLS)));

for (const [message, call] of Object.entries(CALLS)) {
  test(`a call throws "${message}"`, () => {
    assert.throws(call, (error) => {
      let position = 0;
      for (const part of message.split('…').map((text) => text.trim().replace(/]$/, ''))) {
        assert.ok((position = error.message.indexOf(part, position)) >= 0, error.message);
      }
      return true;
    });
  });
}

test('each message of "When loading fails" is in js/', () => {
  /** The parts of a message that is put together, or none if the engine writes it. */
  const PARTS = {
    'could not be fetched: 404': [' could not be fetched', '${response.status} '],
    'no WebAssembly SIMD': ['has no ', 'WebAssembly SIMD'],
    'no WebAssembly, or it is switched off': ['has no ', 'WebAssembly, or it is switched off'],
    'fetch is not defined': [],
    'Wasm code generation disallowed by embedder': [],
  };
  const sources = filesUnder('js', /\.js$/)
    .map((file) => readFileSync(join(projectRoot, file), 'utf8'))
    .join('\n');
  const guide = readFileSync(new URL('../../docs/guide/install.md', import.meta.url), 'utf8');
  const [, section] = guide.split('## When loading fails\n');
  const texts = [...section.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell]) => cell.match(/(?<=`)[^`,][^`]*(?=`)/g));
  assert.ok(texts.length > 15, `${texts}`);
  for (const text of texts) for (const part of PARTS[text] ?? [text]) assert.ok(sources.includes(part), part);
  assert.deepEqual(
    Object.keys(PARTS).filter((text) => !texts.includes(text)),
    [],
  );
});
