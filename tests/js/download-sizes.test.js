import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { downloadSizes, LIMIT_BYTES } from '../../scripts/download-sizes.js';

const sizes = await downloadSizes();

for (const { name, wasm, script, total } of sizes) {
  test(`${name} downloads no more than the limit`, () => {
    assert.equal(total, wasm + script);
    assert.ok(script > 1000, `${script} bytes of JavaScript are not all that there is`);
    assert.ok(total <= LIMIT_BYTES, `${total} bytes gzipped, ${LIMIT_BYTES} are allowed`);
  });
}

test('the entries with kernels count their wasm', () => {
  const withWasm = sizes.filter(({ wasm }) => wasm > 20_000).map(({ name }) => name);
  assert.deepEqual(withWasm, ['depthwise-wasm', 'depthwise-wasm/tfjs']);
});

test('docs/releasing.md expects these sizes', () => {
  const page = readFileSync(new URL('../../docs/releasing.md', import.meta.url), 'utf8');
  for (const { name, total } of sizes) {
    const [, expected] = page.match(new RegExp(`^\\| \`${name}\` +\\| (\\d+) KB `, 'm')) ?? [];
    assert.ok(Math.abs(total / 1024 - expected) < 2, `${name}: ${total} bytes, ${expected} KB are expected`);
  }
});
