import assert from 'node:assert/strict';
import { test } from 'node:test';
import { downloadSizes } from './download-sizes.js';

test('the download of each entry is within its limit', async () => {
  const sizes = await downloadSizes();
  assert.equal(sizes.length, 5);
  for (const { name, wasm, script, total, limit } of sizes) {
    assert.ok(script > 1000, `${name}: ${script} bytes of JavaScript`);
    if (/^depthwise-wasm(\/tfjs)?$/.test(name)) assert.ok(wasm > 20_000, `${name}: ${wasm} bytes of wasm`);
    assert.ok(total <= limit, `${name}: ${total} bytes gzipped, the limit is ${limit}`);
  }
});
