import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { projectRoot, runInChild } from './support/child.js';

test("the README's example prints what the README says", () => {
  const { code, output } = exampleIn(readFileSync(join(projectRoot, 'README.md'), 'utf8'));
  assert.equal(runInChild(code).trimEnd(), output);
});

/** The first js block under "## Example", and the text block that follows it. */
function exampleIn(readme) {
  const section = readme.split(/^## /m).find((text) => text.startsWith('Example\n'));
  const [, code, output] = section?.match(/^```js\n(.*?)^```\n.*?^```text\n(.*?)\n```$/ms) ?? [];
  assert.ok(code && output, 'README.md has no js block and text block under "## Example"');
  return { code, output };
}
