import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const golden = JSON.parse(readFileSync(new URL('hashes.json', import.meta.url), 'utf8'));

/** Asserts that hashes are those of tests/golden/hashes.json. @param {Record<string, string>} hashes */
export function assertGolden(hashes) {
  const names = new Set([...Object.keys(golden), ...Object.keys(hashes)]);
  const changed = [...names].filter((name) => hashes[name] !== golden[name]);
  if (changed.length === 0) return;
  assert.fail(
    `the bits of these results have changed: ${changed.join(', ')}. If the change is intended, explain in CHANGELOG.md what changed and ` +
      'why, and run npm run golden. If only one engine or processor fails, its results are wrong',
  );
}
