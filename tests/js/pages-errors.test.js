// docs/guide/errors.md names texts of errors: each of them is what a call says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { load } from 'depthwise-wasm';

import { loadAnotherModule } from './support/another-module.js';

const dw = await load();
const other = await loadAnotherModule();

const x = { data: new Float32Array(16), shape: [1, 4, 4, 1] };
const filter = { data: new Float32Array(9), shape: [3, 3, 1, 1] };
const one = { data: new Float32Array(1), shape: [1, 1, 1, 1] };
const disposed = dw.tensor(x.data, x.shape);
disposed.dispose();
const foreign = other.tensor(x.data, x.shape);
const built = new dw.DepthwiseConv2D({ kernelSize: 3 });
built.build([null, 4, 4, 1]);

const CALLS = [
  () => dw.depthwiseConv2d(x, { data: filter.data, shape: [3, 3, 1] }),
  () => dw.tensor(new Float32Array(3), [2, 2]),
  () => dw.tensor([1, 2, 3], [3]),
  () => dw.depthwiseConv2d(disposed, filter),
  () => dw.depthwiseConv2d(foreign, filter),
  () => dw.depthwiseConv2d(x, { data: new Float32Array(25), shape: [5, 5, 1, 1] }),
  () => dw.depthwiseConv2dNative({ inputs: { x, filter }, attrs: { pad: 'same', dimRoundingMode: 'ceil' } }),
  () => new dw.DepthwiseConv2D({ kernelSize: 3, strides: 2, dilationRate: 2 }),
  () => built.backward(x),
  () => dw.depthwiseConv2d(changing(), filter),
  () =>
    dw.depthwiseConv2d(one, one, 1, [
      [0, 0],
      [0, 2 ** 15 - 1],
      [0, 2 ** 15 - 1],
      [0, 0],
    ]),
  () => dw.tensor(new Float32Array(1), [2 ** 16, 2 ** 16]),
];

/** A tensor whose buffer goes away while the call reads on. */
function changing() {
  const data = new Float32Array(16);
  return {
    data,
    get shape() {
      const sizes = [1, 4, 4, 1];
      let reads = 0;
      return new Proxy(sizes, {
        get(target, name) {
          if (name === '3' && ++reads === 1) structuredClone(data.buffer, { transfer: [data.buffer] });
          return Reflect.get(target, name);
        },
      });
    },
  };
}

const messages = CALLS.map((call) => {
  try {
    call();
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
  return '';
});

const page = readFileSync(new URL('../../docs/guide/errors.md', import.meta.url), 'utf8');
const section = (title) => page.split(/^## /m).find((part) => part.startsWith(title));
const named = [
  ...[...section('What to do').matchAll(/^\| `([^`]+)`/gm)].map(([, text]) => text),
  ...[...section('Out of memory').matchAll(/`([^`]*(?:bytes were wanted|4 GiB)[^`]*)`/g)].map(([, text]) => text),
];

test('there are as many texts as calls', () => assert.equal(named.length, CALLS.length, named.join('\n')));

for (const text of named) {
  test(`a call says "${text}"`, () => {
    const parts = text.split('…').map((part) => part.trim());
    const isSaid = (message) => {
      let at = 0;
      return parts.every((part) => (at = message.indexOf(part, at) + part.length) >= part.length);
    };
    assert.ok(messages.some(isSaid), messages.join('\n'));
  });
}
