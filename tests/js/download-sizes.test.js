import assert from 'node:assert/strict';
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
