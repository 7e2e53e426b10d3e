import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { projectRoot, runInChild } from './support/child.js';

for (const { title, code, output } of examplesIn(readFileSync(join(projectRoot, 'README.md'), 'utf8'))) {
  test(`the README's example "${title}" prints what the README says`, () => {
    assert.equal(runInChild(code).trimEnd(), output);
  });
}

/** Every js block, with its section and the text block that follows it. */
function examplesIn(readme) {
  const examples = readme.split(/^##+ /m).flatMap((section) => {
    const title = section.split('\n')[0];
    return [...section.matchAll(/^```js\n(.*?)^```$(.*?)(?=^```js|$(?![^]))/gms)].map(([, code, rest]) => {
      const [, output] = rest.match(/^```text\n(.*?)\n```$/ms) ?? [];
      assert.ok(output, `README.md, "${title}": the js block has no text block after it`);
      return { title, code, output };
    });
  });
  assert.ok(examples.length >= 2);
  return examples;
}
